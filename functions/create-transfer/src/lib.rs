//! `POST /v1/projects/{projectId}/transfers`: creates a transfer session by one write.
//!
//! Everything else follows from the table's stream: `relay-changes` announces it and asks `deliver` to open the
//! conversation at the provider.

mod body;
#[cfg(feature = "openapi")]
pub mod openapi;

use std::time::Duration;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use transfer_aws::Service;
use transfer_http::{
    Kind, Problem, Scope, SessionRecord, authorize, idempotency_key, json_body, json_text, respond, route,
};
use transfer_store::{Created, Idempotency};

use crate::body::CreateBody;

/// Answers a create request: 201, or 200 with the first answer for a repeated `Idempotency-Key`.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(route(&request));
    // Boxed, because what it looks up and writes makes one very large future.
    respond(Box::pin(create(service, &request)).await)
}

async fn create(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::TransfersWrite)?;
    let key = idempotency_key(request)?;
    let body = json_body::<CreateBody>(request)?.validate()?;
    let failed = |error: transfer_store::StoreError| Problem::of_failure(&error, error.retry_after());

    let settings = service.directory.settings(&caller.project).await.map_err(failed)?;
    let provider = body
        .provider
        .or(settings.default_routing.provider)
        .ok_or_else(|| Problem::invalid_field("/provider", "is required: the project has no default provider"))?;
    let directory = &service.directory;
    let (integration, configured) =
        tokio::join!(directory.integration(&caller.project, provider), directory.providers(&caller.project));
    let integration = integration.map_err(failed)?.ok_or_else(|| Problem::new(Kind::IntegrationNotConfigured))?;
    let others = configured.map_err(failed)?.iter().copied().filter(|other| *other != provider).collect();

    let now = service.now();
    let id = service.ids.transfer_id(now);
    transfer_aws::about_session(id);
    let (mut transition, briefing) = transfer_domain::create(body.transfer, id, &integration, &settings, now);
    transition.session.other_providers = others;
    let answer = serde_json::to_string(&SessionRecord::of(&transition.session, now))
        .map_err(|error| Problem::of_failure(&error, None))?;
    let idempotency = key.map(|key| Idempotency { key, fingerprint: body.fingerprint });

    let created = service.store.create(&transition, &briefing, &answer, idempotency.as_ref(), now).await;
    match created.map_err(failed)? {
        Created::Created => {
            tracing::info!(project.id = %caller.project, session.id = %id, provider = %provider, "a transfer was created");
            let mut response = json_text(StatusCode::CREATED, answer);
            let location = format!("/v1/projects/{}/transfers/{}", caller.project, transition.session.session_id);
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Ok(response)
        }
        Created::Repeated { answer } => Ok(json_text(StatusCode::OK, answer)),
        Created::InProgress => Err(Problem::new(Kind::IdempotencyInProgress).retry_after(Duration::from_secs(1))),
        Created::KeyReused => Err(Problem::new(Kind::KeyReused)),
        Created::ConversationOpen(session) => Err(Problem::already_open(&session)),
    }
}
