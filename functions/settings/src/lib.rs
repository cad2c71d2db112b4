//! What a project configures: `/settings/agent-transfer`, `/settings/event-endpoints` and `/integrations`.

mod effective;
mod endpoints;
mod etag;
mod integrations;
mod lifecycle;
#[cfg(feature = "openapi")]
pub mod openapi;

use lambda_http::{Body, Request, Response};
use transfer_app::Fault;
use transfer_aws::Service;
use transfer_http::{FieldError, Problem, Route, no_such_route, respond};
use transfer_providers::{Adapters, Inbound};

/// Answers the settings and integration routes.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(answer(service, adapters, route, &request).await)
}

async fn answer(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    route: Option<Route>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    match route {
        Some(Route::GetSettings) => lifecycle::get(service, request).await,
        Some(Route::PutSettings) => lifecycle::put(service, adapters, request).await,
        Some(Route::EffectiveSettings) => effective::get(service, adapters, request).await,
        Some(Route::ListIntegrations) => integrations::list(service, adapters, request).await,
        Some(Route::GetIntegration) => integrations::get(service, adapters, request).await,
        Some(Route::PutIntegration) => integrations::put(service, adapters, request).await,
        Some(Route::DeleteIntegration) => integrations::delete(service, adapters, request).await,
        Some(Route::ListEventEndpoints) => endpoints::list(service, request).await,
        Some(Route::GetEventEndpoint) => endpoints::get(service, request).await,
        Some(Route::PutEventEndpoint) => endpoints::put(service, request).await,
        Some(Route::DeleteEventEndpoint) => endpoints::delete(service, request).await,
        Some(_) | None => Err(no_such_route()),
    }
}

fn invalid(faults: Vec<Fault>) -> Problem {
    Problem::invalid_fields(faults.into_iter().map(|fault| FieldError::new(fault.pointer, fault.rule)).collect())
}
