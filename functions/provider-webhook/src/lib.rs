//! Provider callbacks: `ANY /v1/webhooks/{provider}/{target}/{secret}[/…]` and `POST /v1/webhooks/relay/{integrationId}`.
//!
//! Verify over the raw body, write, answer. Whatever is not authentic learns nothing: a wrong secret, an unknown
//! integration and an unknown path have the same answer.

#[cfg(feature = "openapi")]
pub mod openapi;
mod provider;
mod relay;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde_json::json;
use transfer_app::{Failure, receive};
use transfer_aws::Service;
use transfer_domain::IntegrationId;
use transfer_http::{Kind, Problem, Route, no_such_route, path_parameter, respond, source_address};
use transfer_providers::{Adapters, Inbound, WebhookRequest};

/// The largest webhook body, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Answers a callback.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(take(service, adapters, route, &request).await)
}

async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    route: Option<Route>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let parameter = match route {
        Some(Route::Relayed | Route::RelayedRaw) => "integrationId",
        Some(_) | None => "target",
    };
    let target = path_parameter(request, parameter).unwrap_or_default();
    let address = source_address(request).unwrap_or_default();
    receive::admit(service, &target, &address).map_err(|wait| Problem::new(Kind::TooManyRequests).retry_after(wait))?;
    let integration = IntegrationId::new(target).ok();
    match route {
        Some(Route::Relayed) => relay::take(service, adapters, integration.as_ref(), request, false).await,
        Some(Route::RelayedRaw) => relay::take(service, adapters, integration.as_ref(), request, true).await,
        Some(Route::Callback | Route::CallbackBelow) => provider::take(service, adapters, integration, request).await,
        Some(_) | None => Err(no_such_route()),
    }
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

fn failed(failure: &Failure) -> Problem {
    Problem::of_failure(failure, failure.retry_after())
}

fn not_found() -> Problem {
    Problem::new(Kind::NotFound)
}

fn status(word: &str) -> Response<Body> {
    transfer_http::json(StatusCode::OK, &json!({ "status": word }))
}
