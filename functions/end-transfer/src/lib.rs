//! `POST /v1/projects/{projectId}/transfers/{sessionId}/end`: ends a session; the provider is told by `deliver`. And
//! `…/handback`, by which the agent runtime says that it has what it goes on with; `…/voice/outcome`, by which it
//! reports of a call; and `…/retry`.

mod handback;
#[cfg(feature = "openapi")]
pub mod openapi;
mod retry;
mod voice;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use transfer_aws::Service;
use transfer_domain::{EndedBy, ProjectId};
use transfer_http::{
    Problem, Route, Scope, SessionRecord, authorize, json, no_such_route, optional_json_body, respond, session_id,
};

/// Who ends it.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EndTransfer))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EndBody {
    /// On whose behalf; the AI agent's unless it is said.
    #[serde(default)]
    ended_by: Requester,
}

/// On whose behalf the caller ends it.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Requester {
    #[default]
    Agent,
    Contact,
    Operator,
}

impl From<Requester> for EndedBy {
    fn from(requester: Requester) -> Self {
        match requester {
            Requester::Agent => Self::Agent,
            Requester::Contact => Self::Contact,
            Requester::Operator => Self::Operator,
        }
    }
}

/// Answers its routes.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(answer(service, route, &request).await)
}

async fn answer(service: &Service, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersWrite)?;
    match route {
        Some(Route::EndTransfer) => end(service, request, &caller.project).await,
        Some(Route::RetryTransfer) => retry::retry(service, request, &caller.project).await,
        Some(Route::AcknowledgeHandBack) => handback::acknowledge(service, request, &caller.project).await,
        Some(Route::ReportCall) => voice::report(service, request, &caller.project).await,
        Some(_) | None => Err(no_such_route()),
    }
}

/// 202 with the session's record. Ending an ended one is harmless and answers the same.
async fn end(service: &Service, request: &Request, project: &ProjectId) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let body: EndBody = optional_json_body(request)?;
    let ended = transfer_app::end(service, project, &id, body.ended_by.into()).await?;
    let record = SessionRecord::of(&ended.session, &ended.facts, &ended.request, service.now());
    Ok(json(StatusCode::ACCEPTED, &record))
}
