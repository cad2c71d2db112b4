//! `GET /v1/projects/{projectId}/transfers/{sessionId}/events`: the events of a session, for those who ask; at once, or as
//! soon as there is one.

#[cfg(feature = "openapi")]
pub mod openapi;
mod wire;

use std::time::Duration;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_app::follow::{self, LONGEST_WAIT};
use transfer_app::show::NotShown;
use transfer_aws::Service;
use transfer_http::{Kind, Problem, Query, Route, Scope, authorize, json, respond, session_id};
use transfer_store::FeedCursor;

use crate::wire::{EventPage, EventRecord};

const DEFAULT_LIMIT: u8 = 50;
const MAX_LIMIT: u8 = 100;

/// Answers the route.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    respond(answer(service, &request).await)
}

async fn answer(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersRead)?;
    let id = session_id(request)?;
    let mut query = Query::of(request, &["after", "limit", "waitSeconds"]);
    let after = query.one::<String>("after");
    let limit = query.one("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    let wait = Duration::from_secs(query.one::<u32>("waitSeconds").unwrap_or_default().into());
    if wait > LONGEST_WAIT {
        query.refuse("waitSeconds", format!("must be 0 to {}", LONGEST_WAIT.as_secs()));
    }
    query.finish()?;
    let after = after.map_or_else(|| Ok(FeedCursor::default()), |after| after.parse());
    let after = after.map_err(|_| Problem::new(Kind::InvalidCursor))?;
    let page = follow::events(service, &caller.project, &id, &after, limit, wait).await.map_err(problem)?;
    let items = page.events.iter().map(EventRecord::of).collect();
    Ok(json(StatusCode::OK, &EventPage { items, next: page.next.to_string(), more: page.more }))
}

fn problem(error: NotShown) -> Problem {
    match error {
        NotShown::InvalidCursor => Problem::new(Kind::InvalidCursor),
        NotShown::Session(error) => error.into(),
    }
}
