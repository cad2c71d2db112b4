//! `/settings/event-endpoints/{endpointId}/…`: what became of events at an endpoint, and sending them again.

#[cfg(feature = "openapi")]
pub mod openapi;
mod wire;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_app::Failure;
use transfer_app::notices::{self, NoticeError, Span};
use transfer_aws::Service;
use transfer_aws::commands::Notices;
use transfer_domain::{EndpointId, NoticeState, SessionId};
use transfer_http::{
    Fields, Kind, Problem, Query, Route, Scope, authorize, json, json_body, no_such_route, path_parameter, respond,
};

use crate::wire::{DeliveryPage, DeliveryRecord, Queued, ReplayBody, ReplayRecord};

const DEFAULT_LIMIT: u8 = 50;
const MAX_LIMIT: u8 = 100;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deliveries {
    service: Service,
    queue: Notices,
}

impl Deliveries {
    /// Over the service's table, with the queue of its configuration.
    pub fn new(service: Service, queue: aws_sdk_sqs::Client) -> Self {
        let queue = Notices::new(queue, &service.config.notice_queue_url);
        Self { service, queue }
    }
}

/// Answers the four routes.
pub async fn handle(deliveries: &Deliveries, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    deliveries.service.metrics.came_by(route);
    respond(answer(deliveries, route, &request).await)
}

async fn answer(deliveries: &Deliveries, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    match route {
        Some(Route::ListDeliveries) => list(&deliveries.service, request).await,
        Some(Route::RetryDelivery) => retry(deliveries, request).await,
        Some(Route::ReplayEvents) => replay(deliveries, request).await,
        Some(Route::TestEventEndpoint) => test(deliveries, request).await,
        Some(_) | None => Err(no_such_route()),
    }
}

async fn list(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let endpoint = endpoint_id(request)?;
    let mut query = Query::of(request, &["state", "after", "limit"]);
    let state = query.one::<NoticeState>("state");
    let after = query.one::<String>("after");
    let limit = query.one("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    query.finish()?;
    let page = notices::list(service, &caller.project, &endpoint, state, after.as_deref(), limit).await;
    let page = page.map_err(problem)?;
    let items = page.items.iter().map(DeliveryRecord::of).collect();
    Ok(json(StatusCode::OK, &DeliveryPage { items, next: page.more.then_some(page.next.as_str()) }))
}

async fn retry(deliveries: &Deliveries, request: &Request) -> Result<Response<Body>, Problem> {
    let Deliveries { service, queue } = deliveries;
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let endpoint = endpoint_id(request)?;
    let delivery = path_parameter(request, "deliveryId").ok_or_else(|| Problem::new(Kind::NotFound))?;
    let id = notices::retry(service, queue, &caller.project, &endpoint, &delivery).await.map_err(problem)?;
    Ok(json(StatusCode::ACCEPTED, &Queued { delivery_id: &id }))
}

async fn test(deliveries: &Deliveries, request: &Request) -> Result<Response<Body>, Problem> {
    let Deliveries { service, queue } = deliveries;
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let endpoint = endpoint_id(request)?;
    let id = notices::test(service, queue, &caller.project, &endpoint).await.map_err(problem)?;
    Ok(json(StatusCode::ACCEPTED, &Queued { delivery_id: &id }))
}

async fn replay(deliveries: &Deliveries, request: &Request) -> Result<Response<Body>, Problem> {
    let Deliveries { service, queue } = deliveries;
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let endpoint = endpoint_id(request)?;
    let body: ReplayBody = json_body(request)?;
    let mut fields = Fields::default();
    let session = fields.optional::<SessionId>("/sessionId", body.session_id.as_deref());
    let one = body.session_id.is_some() != (body.from.is_some() || body.until.is_some());
    fields.rule(one, "", "needs either sessionId, or from and until");
    fields.rule(body.from.is_some() == body.until.is_some(), "/until", "from and until stand together");
    fields.rule(body.from.zip(body.until).is_none_or(|(from, until)| from < until), "/until", "must be after from");
    fields.finish()?;
    let after = body.after.as_deref();
    let replayed = match (session, body.from.zip(body.until)) {
        (Some(session), _) => {
            notices::replay_session(service, queue, &caller.project, &endpoint, &session, after).await
        }
        (None, Some((from, until))) => {
            notices::replay_span(service, queue, &caller.project, &endpoint, Span { from, until }, after).await
        }
        (None, None) => Err(NoticeError::NotFound),
    };
    let replayed = replayed.map_err(problem)?;
    let record = ReplayRecord { events: replayed.events, next: replayed.next.as_deref() };
    Ok(json(StatusCode::ACCEPTED, &record))
}

fn endpoint_id(request: &Request) -> Result<EndpointId, Problem> {
    let id = path_parameter(request, "endpointId").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::new(Kind::NotFound))
}

fn problem(error: NoticeError) -> Problem {
    match error {
        NoticeError::NotFound => Problem::new(Kind::NotFound),
        NoticeError::StillTried => Problem::new(Kind::DeliveryPending),
        NoticeError::NotKept => Problem::new(Kind::EventNotKept),
        NoticeError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        NoticeError::NotQueued(code) => {
            tracing::error!(code, "the queue of events for endpoints does not take one");
            Problem::unavailable()
        }
        NoticeError::Failed(failure) => of_failure(&failure),
    }
}

fn of_failure(failure: &Failure) -> Problem {
    Problem::of_failure(failure, failure.retry_after())
}
