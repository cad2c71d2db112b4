//! One session: `GET /v1/projects/{projectId}/transfers/{sessionId}`, its `/messages` and its `/timeline`.

#[cfg(feature = "openapi")]
pub mod openapi;
mod wire;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_app::show::{self, NotShown};
use transfer_aws::Service;
use transfer_domain::{ProjectId, Session, SessionId};
use transfer_http::{
    EntityTag, Kind, MAX_PAGE_BYTES, MessageRecord, Problem, Query, Route, Scope, TimelineRecord, authorize,
    bytes_in_answer, json, no_such_route, respond, session_id, unless_known,
};

use crate::wire::{DetailRecord, PageRecord, TimelinePageRecord};

const DEFAULT_LIMIT: u8 = 50;
const MAX_LIMIT: u8 = 100;

/// Answers the three routes.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(get(service, route, &request).await)
}

async fn get(service: &Service, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersRead)?;
    let id = session_id(request)?;
    match route {
        Some(Route::ShowTransfer) => {
            let whole = show::session(service, &caller.project, &id).await?;
            let undelivered = show::undelivered(service, &whole.session).await?;
            let now = service.now();
            // What is told follows from these and from what never changes, but for what moves by itself.
            // The change too: the end of what has expired is shown before it is written, and may be written as another.
            let Session { version, updated_at, .. } = &whole.session;
            let (status, stale) = (whole.session.status(), whole.session.is_stale(now));
            let tag =
                EntityTag::of_state(&(version, updated_at, status, stale, undelivered.messages, undelivered.oldest_at));
            Ok(unless_known(request, &tag, || json(StatusCode::OK, &DetailRecord::of(&whole, undelivered, now))))
        }
        Some(Route::ShowMessages) => messages(service, request, &caller.project, &id).await,
        Some(Route::ShowTimeline) => timeline(service, request, &caller.project, &id).await,
        Some(_) | None => Err(no_such_route()),
    }
}

async fn messages(
    service: &Service,
    request: &Request,
    project: &ProjectId,
    id: &SessionId,
) -> Result<Response<Body>, Problem> {
    let (after, limit) = read_query(request)?;
    let shown = show::messages(service, project, id, after.as_deref(), limit).await;
    let (session, page) = shown.map_err(page_problem)?;
    let page = page.within(MAX_PAGE_BYTES, |item| bytes_in_answer(&MessageRecord::of(item, &session)));
    let items = page.items.iter().map(|message| MessageRecord::of(message, &session)).collect();
    Ok(json(StatusCode::OK, &PageRecord { items, next: page.next, more: page.more }))
}

async fn timeline(
    service: &Service,
    request: &Request,
    project: &ProjectId,
    id: &SessionId,
) -> Result<Response<Body>, Problem> {
    let (at, after, limit) = read_timeline_query(request)?;
    if let Some(sequence) = at {
        let (entry, standing) = show::moment(service, project, id, sequence).await?;
        let (next, record) = (entry.sequence.to_string(), Some(standing.into()));
        let page = TimelinePageRecord { items: vec![TimelineRecord::of(&entry)], next, more: false, record };
        return Ok(json(StatusCode::OK, &page));
    }
    let page = show::timeline(service, project, id, after.as_deref(), limit).await.map_err(page_problem)?;
    let page = page.within(MAX_PAGE_BYTES, |item| bytes_in_answer(&TimelineRecord::of(item)));
    let items = page.items.iter().map(TimelineRecord::of).collect();
    Ok(json(StatusCode::OK, &TimelinePageRecord { items, next: page.next, more: page.more, record: None }))
}

fn read_timeline_query(request: &Request) -> Result<(Option<u64>, Option<String>, u8), Problem> {
    let mut query = Query::of(request, &["at", "after", "limit"]);
    let at = query.one("at");
    let (after, limit) = read_page(&mut query);
    if at.is_some() && after.is_some() {
        query.refuse("at", "names one entry: give no `after`");
    }
    query.finish()?;
    Ok((at, after, limit))
}

fn read_query(request: &Request) -> Result<(Option<String>, u8), Problem> {
    let mut query = Query::of(request, &["after", "limit"]);
    let (after, limit) = read_page(&mut query);
    query.finish()?;
    Ok((after, limit))
}

fn read_page(query: &mut Query<'_>) -> (Option<String>, u8) {
    let after = query.one("after");
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    (after, limit)
}

fn page_problem(error: NotShown) -> Problem {
    match error {
        NotShown::Session(error) => error.into(),
        NotShown::InvalidCursor => Problem::new(Kind::InvalidCursor),
    }
}
