//! `POST /v1/projects/{projectId}/contacts/{contactId}/erase`: removes what is kept of a contact.

#[cfg(feature = "openapi")]
pub mod openapi;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_app::erase::{ErasedSession, Erasing, erase};
use transfer_aws::Service;
use transfer_domain::{FOLLOWS_WITHIN, SessionId};
use transfer_http::{Kind, Problem, Query, Route, Scope, authorize, contact_id, json, respond};
use transfer_store::ListError;

/// What was done, and what is left.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Erasure))]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    /// The contact's sessions that were found, newest first.
    sessions: Vec<Session<'a>>,
    /// How many Inbox tasks were removed with them.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    tasks: usize,
    /// Whether something is left to do: the same request goes on.
    more: bool,
    /// Where copies are that no request removes.
    not_erased: &'static [Copies],
}

/// A session, and how far erasing it has come.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ErasedSession))]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    /// Which.
    session_id: &'a SessionId,
    /// How far.
    status: Status,
}

/// How far erasing a session has come.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ErasureStatus))]
#[serde(rename_all = "snake_case")]
enum Status {
    /// It has ended, and the contact centre is being told; a later request removes it.
    Ending,
    /// It is removed.
    Removed,
}

/// Where copies are that go by their own time, or that others have.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Copies))]
#[serde(rename_all = "snake_case")]
enum Copies {
    /// The archive of the event bus, and whoever took events from it.
    Events,
    /// The table's past, for point-in-time recovery.
    Backups,
    /// Queues: events and commands on their way, and what was set aside.
    Queues,
    /// What became of events at the project's endpoints: ids of events and sessions, for seven days.
    Deliveries,
    /// The contact centre's own conversation.
    ContactCentre,
}

const NOT_ERASED: &[Copies] =
    &[Copies::Events, Copies::Backups, Copies::Queues, Copies::Deliveries, Copies::ContactCentre];

impl<'a> From<&'a ErasedSession> for Session<'a> {
    fn from(session: &'a ErasedSession) -> Self {
        let status = match session.state {
            Erasing::Ending => Status::Ending,
            Erasing::Removed => Status::Removed,
        };
        Self { session_id: &session.session_id, status }
    }
}

/// Answers 200 with what was removed; the same for a contact of whom nothing is known.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    respond(erase_contact(service, &request).await)
}

async fn erase_contact(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersErase)?;
    let contact = contact_id(request)?;
    Query::of(request, &[]).finish()?;
    let erasure = erase(service, &caller.project, &contact).await.map_err(|error| match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    let sessions: Vec<Session<'_>> = erasure.sessions.iter().map(Session::from).collect();
    let answer = Answer { sessions, tasks: erasure.tasks, more: erasure.more, not_erased: NOT_ERASED };
    let mut response = json(StatusCode::OK, &answer);
    if erasure.waits {
        let seconds = FOLLOWS_WITHIN.num_seconds();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
