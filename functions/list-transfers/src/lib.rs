//! `GET /v1/projects/{projectId}/transfers`: the table of sessions, newest first; and `…/counts`, how many there are.

mod counts;
#[cfg(feature = "openapi")]
pub mod openapi;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::Service;
#[cfg(feature = "openapi")]
use transfer_domain::{AgentName, ContactId, Tag};
use transfer_domain::{
    Channel, EndReason, Expiry, HandBackState, HandedBack, NamedSession, Outcome, Overview, Priority, Provider,
    ReasonCode, SessionId, Status, Tags, Trigger, UnknownWord,
};
use transfer_http::{
    Action, Caller, EntityTag, Kind, MAX_PAGE_BYTES, Problem, Query, QueueRecord, Route, Scope, authorize,
    bytes_in_answer, json, no_such_route, optional_time, respond, time, unless_known,
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
    queue: Option<QueueRecord>,
    /// How long it has lasted, or lasted until its end.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    duration_seconds: i64,
    /// Why it ended; null while it goes on.
    #[cfg_attr(feature = "openapi", schema(required))]
    end_reason: Option<EndReason>,
    /// What became of it; null while it goes on.
    #[cfg_attr(feature = "openapi", schema(required))]
    outcome: Option<Outcome>,
    /// Whether the agent runtime has the hand-back; null while it goes on.
    #[cfg_attr(feature = "openapi", schema(required))]
    handback: Option<HandBackRow>,
    /// What made the agent hand off.
    #[cfg_attr(feature = "openapi", schema(required))]
    trigger: Option<Trigger>,
    /// Why, as the caller's code.
    #[cfg_attr(feature = "openapi", schema(required))]
    reason_code: Option<&'a ReasonCode>,
    /// The caller's tags, in the order of their letters.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Tag>))]
    tags: &'a Tags,
    /// Whether nobody knows if the contact centre took it.
    unconfirmed: bool,
    /// Who is or was connected: the name, else the contact centre's id.
    #[cfg_attr(feature = "openapi", schema(required))]
    representative: Option<&'a str>,
    /// 0 (lowest) to 10.
    priority: Priority,
    /// Whether somebody should look: a voice session that is silent for too long.
    stale: bool,
    /// When it was requested.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When it expires, or its record is removed once it has ended; null = never. Only if `include=expiresAt` asked for
    /// it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "asked_time")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DateTime<Utc>>))]
    expires_at: Option<Expiry>,
    /// When a message was accepted last, in either direction. Only if `include=expiresAt` asked for it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_time")]
    last_message_at: Option<DateTime<Utc>>,
    /// What can be done with it now. That a message, an opening or closing waits for its next try is known only if
    /// `include=expiresAt` was asked for.
    actions: Vec<Action>,
}

/// Whether the agent runtime has a hand-back.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
struct HandBackRow {
    /// Whether it has acknowledged the newest.
    state: HandBackState,
    /// The newest.
    version: u64,
    /// When it acknowledged it.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    acknowledged_at: Option<DateTime<Utc>>,
}

impl From<HandedBack> for HandBackRow {
    fn from(handed: HandedBack) -> Self {
        Self { state: handed.state(), version: handed.version, acknowledged_at: handed.acknowledged_at }
    }
}

/// A page of the table.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferPage))]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    /// Newest first; none only if no more follow, or if `lookedAt` is at its bound.
    items: Vec<Row<'a>>,
    /// The `cursor` of the next page; null after the last.
    #[cfg_attr(feature = "openapi", schema(required))]
    next_cursor: Option<String>,
    /// How many sessions were looked at for this page: what a filter that few match costs.
    looked_at: u32,
}

/// What a list can tell beside what stands in its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(Serialize, utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", serde(rename_all = "camelCase"))]
enum Include {
    /// When each session expires.
    ExpiresAt,
}

impl FromStr for Include {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let allowed = "expiresAt";
        if text == allowed { Ok(Self::ExpiresAt) } else { Err(UnknownWord { allowed: allowed.to_owned() }) }
    }
}

#[expect(clippy::ref_option, reason = "serde calls it")]
fn asked_time<S: serde::Serializer>(at: &Option<Expiry>, to: S) -> Result<S::Ok, S::Error> {
    optional_time(&at.and_then(Into::into), to)
}

impl<'a> Row<'a> {
    fn of(session: &'a Overview, now: DateTime<Utc>) -> Self {
        Self {
            session_id: &session.session_id,
            contact_id: session.contact_id.as_str(),
            agent: session.agent.as_str(),
            provider: session.provider,
            channel: session.session_id.channel,
            status: session.status,
            queue: Some(session.queue.clone().into()),
            duration_seconds: session.duration(now).num_seconds(),
            end_reason: session.end_reason,
            outcome: session.outcome,
            handback: session.hand_back.map(Into::into),
            trigger: session.labels.trigger,
            reason_code: session.labels.reason_code.as_ref(),
            tags: &session.labels.tags,
            unconfirmed: session.unconfirmed,
            representative: session.representative.as_deref(),
            priority: session.priority,
            stale: session.stale,
            created_at: session.created_at,
            expires_at: session.expires_at,
            last_message_at: session.last_message_at,
            actions: Action::with_listed(session),
        }
    }
}

/// What a row takes of an answer without the texts of others: names of fields, times, words of ours.
const ROW_BYTES: usize = 2048;
/// What a byte of a text becomes at most: `\u0001`, whose backslash is escaped once more.
const ESCAPED: usize = 7;

/// A bound of what a session's row takes of an answer, which is found without rendering it.
fn bytes_at_most(session: &Overview) -> usize {
    let Overview { session_id, contact_id, agent, queue, labels, representative, .. } = session;
    let texts = [session_id.conversation.as_str(), contact_id.as_str(), agent.as_str(), &queue.name];
    let optional = [labels.reason_code.as_ref().map(ReasonCode::as_str), representative.as_deref()];
    let tags = labels.tags.iter().map(|tag| tag.as_str().len());
    let lengths = texts.into_iter().chain(optional.into_iter().flatten()).map(str::len).chain(tags);
    ROW_BYTES + ESCAPED * lengths.sum::<usize>()
}

/// Answers both routes.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(answer(service, route, &request).await)
}

async fn answer(service: &Service, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersRead)?;
    match route {
        Some(Route::ListTransfers) => list(service, request, &caller).await,
        Some(Route::CountTransfers) => counts::count(service, request, &caller).await,
        Some(_) | None => Err(no_such_route()),
    }
}

async fn list(service: &Service, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
    let Asked { filter, limit, cursor, with_expiry } = read_query(request)?;
    let listed = transfer_app::list(service, &caller.project, &filter, limit, cursor.as_deref(), with_expiry).await;
    let listed = listed.map_err(|error| match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    let now = service.now();
    let at_most: usize = listed.items.iter().map(bytes_at_most).sum();
    let listed = if at_most > MAX_PAGE_BYTES {
        listed.within(MAX_PAGE_BYTES, |session| bytes_in_answer(&Row::of(session, now)))
    } else {
        listed
    };
    let tag = EntityTag::of_state(&(&listed.items, &listed.next_cursor));
    Ok(unless_known(request, &tag, || {
        let items = listed.items.iter().map(|session| Row::of(session, now)).collect();
        json(StatusCode::OK, &Page { items, next_cursor: listed.next_cursor.clone(), looked_at: listed.looked_at })
    }))
}

/// What is asked for.
struct Asked {
    filter: SessionFilter,
    limit: u8,
    cursor: Option<String>,
    with_expiry: bool,
}

/// The parameters of both routes.
const FILTERS: [&str; 21] = [
    "status",
    "channel",
    "provider",
    "agent",
    "contactId",
    "queue",
    "outcome",
    "handback",
    "trigger",
    "reasonCode",
    "tag",
    "createdAfter",
    "createdBefore",
    "sessionId",
    "conversationSessionId",
    "providerSessionId",
    "callId",
    "q",
    "unconfirmed",
    "stale",
    "updatedAfter",
];

/// A parameter that is there or not.
struct Only;

impl FromStr for Only {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if text == "true" { Ok(Self) } else { Err(UnknownWord { allowed: "true".to_owned() }) }
    }
}

fn read_filter(query: &mut Query<'_>) -> SessionFilter {
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
        outcome: query.one("outcome"),
        hand_back: query.one("handback"),
        trigger: query.one("trigger"),
        reason_code: query.one("reasonCode"),
        tag: query.one("tag"),
        created_after: query.one("createdAfter"),
        created_before: query.one("createdBefore"),
        transfer: query.one::<NamedSession>("sessionId").map(|named| named.0),
        conversation: query.one("conversationSessionId"),
        provider_session_id: query.one("providerSessionId"),
        call: query.one("callId"),
        named: query.one("q"),
        unconfirmed: query.one::<Only>("unconfirmed").is_some(),
        stale: query.one::<Only>("stale").is_some(),
        updated_after: query.one("updatedAfter"),
    };
    let names = [filter.contact_id.is_some(), filter.transfer.is_some(), filter.conversation.is_some()];
    if filter.named.is_some()
        && (names.contains(&true) || filter.provider_session_id.is_some() || filter.call.is_some())
    {
        query.refuse("q", "looks all names up: give it alone");
    }
    filter
}

fn read_query(request: &Request) -> Result<Asked, Problem> {
    let known: Vec<_> = FILTERS.into_iter().chain(["include", "limit", "cursor"]).collect();
    let mut query = Query::of(request, &known);
    let filter = read_filter(&mut query);
    let with_expiry = query.all::<Include>("include").contains(&Include::ExpiresAt);
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    let cursor = query.one("cursor");
    query.finish()?;
    Ok(Asked { filter, limit, cursor, with_expiry })
}
