//! Provider callbacks: `ANY /v1/webhooks/{provider}/{target}/{secret}[/…]` and `POST /v1/webhooks/relay/{integrationId}`.
//!
//! Verify over the raw body, write, answer. Whatever is not authentic learns nothing: a wrong secret, an unknown
//! integration and an unknown path have the same answer.

mod gate;
#[cfg(feature = "openapi")]
pub mod openapi;
mod provider;
mod relay;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde_json::json;
use transfer_aws::{Service, WebhookOutcome};
use transfer_http::{Kind, Problem, path_parameter, respond, route, source_address};
use transfer_providers::{Adapters, Inbound, WebhookRequest};

/// The largest webhook body, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Answers a callback.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    let route = route(&request);
    let relayed = route.as_ref().is_some_and(|route| route.contains("/v1/webhooks/relay/"));
    service.metrics.came_by(route);
    respond(match admitted(service, &request, if relayed { "integrationId" } else { "target" }) {
        Err(throttled) => Err(throttled),
        Ok(()) if relayed => relay::receive(service, adapters, &request).await,
        Ok(()) => provider::receive(service, adapters, &request).await,
    })
}

/// Whether the caller may call the integration now: told before anything is read or compared, and for an integration
/// that does not exist like for one that does. The address counts as well as the integration, because whoever merely
/// knows an integration must not use up what its contact centre needs.
fn admitted(service: &Service, request: &Request, parameter: &str) -> Result<(), Problem> {
    let integration = path_parameter(request, parameter).unwrap_or_default();
    let address = source_address(request).unwrap_or_default();
    service.callbacks.take(&[&integration, &address], service.now()).map_err(|wait| {
        service.refused(None, WebhookOutcome::Throttled);
        Problem::new(Kind::TooManyRequests).retry_after(wait)
    })
}

fn webhook_request(request: &Request) -> Result<WebhookRequest, Problem> {
    let rest = path_parameter(request, "rest").unwrap_or_default();
    Ok(WebhookRequest {
        method: request.method().clone(),
        rest: rest.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect(),
        headers: request.headers().clone(),
        body: transfer_http::raw_body(request, MAX_BYTES)?.to_vec(),
    })
}

fn failed(error: &transfer_store::StoreError) -> Problem {
    Problem::of_failure(error, error.retry_after())
}

fn not_found() -> Problem {
    Problem::new(Kind::NotFound)
}

fn status(word: &str) -> Response<Body> {
    transfer_http::json(StatusCode::OK, &json!({ "status": word }))
}
