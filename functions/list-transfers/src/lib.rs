//! `GET /v1/projects/{projectId}/transfers`: the table of sessions, newest first.

#[cfg(feature = "openapi")]
pub mod openapi;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::Service;
#[cfg(feature = "openapi")]
use transfer_domain::{AgentName, ContactId};
use transfer_domain::{Channel, Provider, Session, SessionId, Status};
use transfer_http::{
    Kind, MAX_PAGE_BYTES, Problem, Query, QueueRecord, Route, Scope, authorize, bytes_in_answer, json, optional_time,
    respond, time,
};
use transfer_store::{ListError, SessionFilter};

const DEFAULT_LIMIT: u8 = 25;
const MAX_LIMIT: u8 = 100;

/// One row of the table.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferRow))]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    /// The session.
    session_id: &'a SessionId,
    /// The end user.
    #[cfg_attr(feature = "openapi", schema(value_type = ContactId))]
    contact_id: &'a str,
    /// The AI agent that handed off.
    #[cfg_attr(feature = "openapi", schema(value_type = AgentName))]
    agent: &'a str,
    /// Where it goes.
    provider: Provider,
    /// Where the contact talks.
    channel: Channel,
    /// Where it stands.
    status: Status,
    /// The queue it is or was in.
    #[cfg_attr(feature = "openapi", schema(required))]
    queue: Option<QueueRecord<'a>>,
    /// How long it has lasted, or lasted until its end.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    duration_seconds: i64,
    /// Whether somebody should look: a voice session that is silent for too long.
    stale: bool,
    /// When it was requested.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When it expires, or its record is removed once it has ended; null = never.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    expires_at: Option<DateTime<Utc>>,
    /// What can be done with it now.
    actions: &'static [Action],
}

/// What an operator can do with a row.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Action {
    Refresh,
    End,
}

/// A page of the table.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferPage))]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    /// Newest first; possibly none although more follow.
    items: Vec<Row<'a>>,
    /// The `cursor` of the next page; null after the last.
    #[cfg_attr(feature = "openapi", schema(required))]
    next_cursor: Option<String>,
}

impl<'a> Row<'a> {
    fn of(session: &'a Session, now: DateTime<Utc>) -> Self {
        Self {
            session_id: &session.session_id,
            contact_id: session.contact_id.as_str(),
            agent: session.agent.as_str(),
            provider: session.provider,
            channel: session.channel(),
            status: session.status,
            queue: session.queue.as_ref().map(QueueRecord::from),
            duration_seconds: session.duration(now).num_seconds(),
            stale: session.is_stale(now),
            created_at: session.created_at,
            expires_at: session.expires_at,
            actions: if session.is_ended() { &[Action::Refresh] } else { &[Action::Refresh, Action::End] },
        }
    }
}

/// Answers a list request.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    respond(list(service, &request).await)
}

async fn list(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::TransfersRead)?;
    let (filter, limit, cursor) = read_query(request)?;
    let listed = transfer_app::list(service, &caller.project, &filter, limit, cursor.as_deref()).await;
    let listed = listed.map_err(|error| match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    let now = service.now();
    let listed = listed.within(MAX_PAGE_BYTES, |session| bytes_in_answer(&Row::of(session, now)));
    let items = listed.items.iter().map(|session| Row::of(session, now)).collect();
    Ok(json(StatusCode::OK, &Page { items, next_cursor: listed.next_cursor }))
}

fn read_query(request: &Request) -> Result<(SessionFilter, u8, Option<String>), Problem> {
    let known = [
        "status",
        "channel",
        "provider",
        "agent",
        "contactId",
        "queue",
        "createdAfter",
        "createdBefore",
        "limit",
        "cursor",
    ];
    let mut query = Query::of(request, &known);
    let mut statuses: Vec<Status> = query.all("status");
    statuses.sort_unstable();
    statuses.dedup();
    let filter = SessionFilter {
        statuses,
        channel: query.one("channel"),
        provider: query.one("provider"),
        agent: query.one("agent"),
        contact_id: query.one("contactId"),
        queue: query.one("queue"),
        created_after: query.one("createdAfter"),
        created_before: query.one("createdBefore"),
    };
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    let cursor = query.one("cursor");
    query.finish()?;
    Ok((filter, limit, cursor))
}
