//! What the contact's side tells the representative, below `/v1/projects/{projectId}/transfers/{sessionId}`:
//! `POST …/messages`, `POST …/typing` and `POST …/receipts`.
//!
//! One write accepts a message or receipts, and `deliver` takes them to the provider; typing goes there without one.

mod content;
mod message;
#[cfg(feature = "openapi")]
pub mod openapi;
mod receipts;
mod typing;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::Service;
use transfer_aws::commands::Commands;
use transfer_http::{Problem, Route, Scope, authorize, no_such_route, respond};
use transfer_providers::{Adapters, Inbound};

/// Answers the three routes.
pub async fn handle(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    commands: &Commands,
    request: Request,
) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(take(service, adapters, commands, route, &request).await)
}

async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    commands: &Commands,
    route: Option<Route>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersWrite)?;
    match route {
        Some(Route::SendMessage) => message::send(service, adapters, request, &caller.project).await,
        Some(Route::TellTyping) => typing::tell(service, adapters, commands, request, &caller.project).await,
        Some(Route::TakeReceipts) => receipts::take(service, adapters, request, &caller.project).await,
        Some(_) | None => Err(no_such_route()),
    }
}

/// It was taken; what becomes of it is told by events.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    Accepted,
}
