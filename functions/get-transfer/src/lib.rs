//! One session: `GET /v1/projects/{projectId}/transfers/{sessionId}`, its `/messages` and its `/timeline`.

#[cfg(feature = "openapi")]
pub mod openapi;
mod wire;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_aws::Service;
use transfer_domain::{ProjectId, Session, SessionId};
use transfer_http::{
    Kind, MAX_PAGE_BYTES, Problem, Query, Scope, SessionRecord, authorize, bytes_in_answer, json, no_such_route,
    respond, route, session_id,
};
use transfer_store::{ListError, StoreError};

use crate::wire::{MessageRecord, PageRecord, TimelineRecord};

const DEFAULT_LIMIT: u8 = 50;
const MAX_LIMIT: u8 = 100;

/// Answers the three routes.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(route(&request));
    respond(get(service, &request).await)
}

async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::TransfersRead)?;
    let id = session_id(request)?;
    let route = route(request).ok_or_else(no_such_route)?;
    if route.ends_with("/messages") {
        messages(service, request, &caller.project, &id).await
    } else if route.ends_with("/timeline") {
        timeline(service, request, &caller.project, &id).await
    } else {
        let session = live(service, &caller.project, &id).await?;
        Ok(json(StatusCode::OK, &SessionRecord::of(&session, service.now())))
    }
}

/// The session, if it is still there for a reader.
async fn live(service: &Service, project: &ProjectId, id: &SessionId) -> Result<Session, Problem> {
    let session = service.store.session(project, id.transfer).await.map_err(|error| failed(&error))?;
    match session.filter(|session| session.session_id == *id && !session.is_forgotten(service.now())) {
        None => Err(Problem::new(Kind::NotFound)),
        Some(session) if session.is_expired(service.now()) => Err(Problem::new(Kind::Expired)),
        Some(session) => Ok(session),
    }
}

async fn messages(
    service: &Service,
    request: &Request,
    project: &ProjectId,
    id: &SessionId,
) -> Result<Response<Body>, Problem> {
    let (after, limit) = read_query(request)?;
    let page = service.store.messages(project, id.transfer, after.as_deref(), limit);
    let (session, page) = tokio::join!(live(service, project, id), page);
    let session = session?;
    let page = page.map_err(page_failed)?;
    let page = page.within(MAX_PAGE_BYTES, |item| bytes_in_answer(&MessageRecord::of(item, &session)));
    let items = page.items.iter().map(|message| MessageRecord::of(message, &session)).collect();
    Ok(json(StatusCode::OK, &PageRecord { items, next: page.next }))
}

async fn timeline(
    service: &Service,
    request: &Request,
    project: &ProjectId,
    id: &SessionId,
) -> Result<Response<Body>, Problem> {
    let (after, limit) = read_query(request)?;
    let page = service.store.timeline(project, id.transfer, after.as_deref(), limit);
    let (session, page) = tokio::join!(live(service, project, id), page);
    session?;
    let page = page.map_err(page_failed)?.within(MAX_PAGE_BYTES, |item| bytes_in_answer(&TimelineRecord::of(item)));
    let items = page.items.iter().map(TimelineRecord::of).collect();
    Ok(json(StatusCode::OK, &PageRecord { items, next: page.next }))
}

fn read_query(request: &Request) -> Result<(Option<String>, u8), Problem> {
    let mut query = Query::of(request, &["after", "limit"]);
    let after = query.one("after");
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    query.finish()?;
    Ok((after, limit))
}

fn failed(error: &StoreError) -> Problem {
    Problem::of_failure(error, error.retry_after())
}

fn page_failed(error: ListError) -> Problem {
    match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => failed(&error),
    }
}
