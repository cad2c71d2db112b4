//! What a project configures: `/settings/agent-transfer` and `/integrations`.

mod etag;
mod integrations;
mod lifecycle;
#[cfg(feature = "openapi")]
pub mod openapi;
mod place;
mod secrets;

use lambda_http::{Body, Request, Response};
use transfer_aws::Service;
use transfer_http::{Problem, no_such_route, respond, route};
use transfer_providers::{Adapters, Inbound};

/// Answers the settings and integration routes.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    service.metrics.came_by(route(&request));
    respond(answer(service, adapters, &request).await)
}

async fn answer(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let route = route(request).ok_or_else(no_such_route)?;
    let (method, path) = route.split_once(' ').ok_or_else(no_such_route)?;
    let resource = path.strip_prefix("/v1/projects/{projectId}/").ok_or_else(no_such_route)?;
    match (method, resource) {
        ("GET", "settings/agent-transfer") => lifecycle::get(service, request).await,
        ("PUT", "settings/agent-transfer") => lifecycle::put(service, adapters, request).await,
        ("GET", "integrations") => integrations::list(service, adapters, request).await,
        ("GET", "integrations/{provider}") => integrations::get(service, adapters, request).await,
        ("PUT", "integrations/{provider}") => integrations::put(service, adapters, request).await,
        ("DELETE", "integrations/{provider}") => integrations::delete(service, adapters, request).await,
        _ => Err(no_such_route()),
    }
}

fn failed(error: &transfer_store::StoreError) -> Problem {
    Problem::of_failure(error, error.retry_after())
}
