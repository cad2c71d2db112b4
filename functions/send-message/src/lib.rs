//! What the contact's side tells the representative, below `/v1/projects/{projectId}/transfers/{sessionId}`:
//! `POST …/messages`, `POST …/typing` and `POST …/receipts`.
//!
//! One write accepts each; `deliver` takes it to the provider.

mod message;
#[cfg(feature = "openapi")]
pub mod openapi;
mod receipts;
mod typing;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::Service;
use transfer_domain::{ProjectId, Session};
use transfer_http::{Kind, Problem, Scope, authorize, no_such_route, respond, route, session_id};
use transfer_providers::{Adapters, Capabilities, Inbound};
use transfer_store::StoreError;

/// Answers the three routes.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, request: Request) -> Response<Body> {
    service.metrics.came_by(route(&request));
    respond(take(service, adapters, &request).await)
}

async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::TransfersWrite)?;
    let route = route(request).ok_or_else(no_such_route)?;
    if route.ends_with("/messages") {
        message::send(service, request, &caller.project).await
    } else if route.ends_with("/typing") {
        typing::tell(service, adapters, request, &caller.project).await
    } else if route.ends_with("/receipts") {
        receipts::take(service, adapters, request, &caller.project).await
    } else {
        Err(no_such_route())
    }
}

/// It was taken; what becomes of it is told by events.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    Accepted,
}

/// The session of a request, whatever has become of it.
async fn session(service: &Service, request: &Request, project: &ProjectId) -> Result<Session, Problem> {
    let id = session_id(request)?;
    let session = service.store.session(project, id.transfer).await.map_err(|error| failed(&error))?;
    session
        .filter(|session| session.session_id == id && !session.is_forgotten(service.now()))
        .ok_or_else(|| Problem::new(Kind::NotFound))
}

/// What the session's provider can do; `None` if it is not configured any more.
async fn capabilities(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    session: &Session,
) -> Result<Option<Capabilities>, Problem> {
    let integration = service.directory.integration(&session.project_id, session.provider).await;
    let integration = integration.map_err(|error| failed(&error))?;
    let adapter = adapters.get(session.provider);
    Ok(adapter.zip(integration).map(|(adapter, integration)| adapter.capabilities_of(&integration)))
}

fn failed(error: &StoreError) -> Problem {
    Problem::of_failure(error, error.retry_after())
}
