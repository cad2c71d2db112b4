//! `POST /v1/projects/{projectId}/transfers`: creates a transfer session by one write.
//!
//! Everything else follows from the table's stream: `relay-changes` announces it and asks `deliver` to open the
//! conversation at the provider.

mod body;
#[cfg(feature = "openapi")]
pub mod openapi;
mod voice;

use std::time::Duration;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use transfer_app::{Created, NotCreated, Wanted};
use transfer_aws::Service;
use transfer_domain::{Metadata, ProviderFacts};
use transfer_http::{
    Kind, MAX_BODY_BYTES, Problem, Route, Scope, SessionRecord, authorize, idempotency_key, json_body, json_text,
    raw_body, respond,
};
use transfer_store::Idempotency;

use crate::body::CreateBody;

const PREDECESSOR: &str = "/predecessorSessionId";

/// Answers a create request: 201, or 200 with the first answer for a repeated `Idempotency-Key`.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    // Boxed, because what it looks up and writes makes one very large future.
    respond(Box::pin(create(service, &request)).await)
}

async fn create(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersWrite)?;
    let key = idempotency_key(request)?;
    let body: CreateBody = json_body(request)?;
    // Read once more for its numbers, which no value of JSON holds to the digit.
    let metadata = Metadata::within(raw_body(request, MAX_BODY_BYTES)?);
    let body = body.validate(metadata.map_err(|error| Problem::of_failure(&error, None))?)?;
    let idempotency = key.map(|key| Idempotency { key, fingerprint: body.fingerprint });
    let wanted = Wanted { provider: body.provider, transfer: body.transfer, carry: body.carry, idempotency };
    let created = transfer_app::create(service, &caller.project, wanted, |session, request, now| {
        serde_json::to_string(&SessionRecord::of(session, &ProviderFacts::default(), request, now))
    });
    match created.await.map_err(problem)? {
        Created::Now { session, answer } => {
            let mut response = json_text(StatusCode::CREATED, answer);
            let location = format!("/v1/projects/{}/transfers/{session}", caller.project);
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Ok(response)
        }
        Created::Before { answer } => Ok(json_text(StatusCode::OK, answer)),
    }
}

fn problem(error: NotCreated) -> Problem {
    match error {
        NotCreated::NoProvider => {
            Problem::invalid_field("/provider", "is required: the project has no default provider")
        }
        NotCreated::NotConfigured => Problem::new(Kind::IntegrationNotConfigured),
        NotCreated::StepNotConfigured { step } => {
            Problem::invalid_field(format!("/fallback/{step}/provider"), "is not configured in the project")
        }
        NotCreated::NoPredecessor => Problem::invalid_field(PREDECESSOR, "names no transfer of the project"),
        NotCreated::NotFollowed(not) => Problem::invalid_field(PREDECESSOR, not.to_string()),
        NotCreated::InProgress => Problem::new(Kind::IdempotencyInProgress).retry_after(Duration::from_secs(1)),
        NotCreated::KeyReused => Problem::new(Kind::KeyReused),
        NotCreated::ConversationOpen(session) => Problem::already_open(&session),
        NotCreated::Failed(failure) => Problem::of_failure(&failure, failure.retry_after()),
    }
}
