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
use transfer_aws::Service;
use transfer_http::{Kind, Problem, path_parameter, respond, route};
use transfer_providers::{Adapters, Inbound, WebhookRequest};

/// The largest webhook body, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Answers a callback.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    let route = route(&request);
    let relayed = route.as_ref().is_some_and(|route| route.contains("/v1/webhooks/relay/"));
    service.metrics.came_by(route);
    respond(if relayed {
        relay::receive(service, adapters, &request).await
    } else {
        provider::receive(service, adapters, &request).await
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
