//! What became of events at a project's endpoints, and sending them again.

use chrono::{DateTime, Utc};
use transfer_domain::{
    EndpointId, Envelope, Event, EventEndpoint, Notice, NoticeRecord, NoticeState, ProjectId, SessionId,
};
use transfer_store::{FeedCursor, Page, StoreError};

use crate::relay::{Refusal, Transport};
use crate::{Failure, Service, SessionError};

/// As many events are sent again by one request.
const REPLAYED_AT_ONCE: u8 = 100;

/// Why nothing was shown or sent.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// There is no such endpoint, or no such notice at it.
    #[error("there is no such endpoint or notice")]
    NotFound,
    /// It is still tried.
    #[error("the event is still tried")]
    StillTried,
    /// The event is not kept any more: its session's time is over.
    #[error("the event is not kept any more")]
    NotKept,
    /// The place to go on from is none of ours.
    #[error("the place of the page is none of ours")]
    InvalidCursor,
    /// The queue took none, or not all; what was taken is sent.
    #[error("the queue did not take it: {0}")]
    NotQueued(String),
    /// Something that was needed failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreError> for NoticeError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SessionError> for NoticeError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound | SessionError::Closed(_) => Self::NotKept,
            SessionError::Failed(error) => error.into(),
        }
    }
}

/// What was sent again, and whether there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many events.
    pub events: usize,
    /// Where to go on from, if there is more.
    pub next: Option<String>,
}

/// From when until when events were put on their way.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From.
    pub from: DateTime<Utc>,
    /// Until before.
    pub until: DateTime<Utc>,
}

/// What became of the events at an endpoint, the newest first. `state`: only those; a page may then be shorter than
/// `limit`, or empty where more follows.
pub async fn list(
    service: &Service,
    project: &ProjectId,
    endpoint: &EndpointId,
    state: Option<NoticeState>,
    after: Option<&str>,
    limit: u8,
) -> Result<Page<NoticeRecord>, NoticeError> {
    known(service, project, endpoint).await?;
    let until = match after {
        Some(after) => checked(after)?,
        None => NEWEST,
    };
    let span = ("0", until);
    let mut page = service.store.notices(project, endpoint, span, true, limit, service.now()).await?;
    page.retain(|record| state.is_none_or(|state| record.state == state));
    Ok(page)
}

/// Sends an event again that is settled; gives the id of its new notice.
pub async fn retry(
    service: &Service,
    queue: &impl Transport<Content = Notice>,
    project: &ProjectId,
    endpoint: &EndpointId,
    notice: &str,
) -> Result<String, NoticeError> {
    let endpoint = known(service, project, endpoint).await?;
    let notice = checked(notice).map_err(|_| NoticeError::NotFound)?;
    let record = service.store.notice(project, &endpoint.endpoint_id, notice).await?.ok_or(NoticeError::NotFound)?;
    if record.state == NoticeState::Pending {
        return Err(NoticeError::StillTried);
    }
    let event = event_of(service, project, &record).await?.ok_or(NoticeError::NotKept)?;
    let notice = again(service, &endpoint, event);
    send(queue, &notice).await?;
    Ok(notice.notice_id)
}

/// Sends the events of a session again that the endpoint gets, in their order.
pub async fn replay_session(
    service: &Service,
    queue: &impl Transport<Content = Notice>,
    project: &ProjectId,
    endpoint: &EndpointId,
    session: &SessionId,
    after: Option<&str>,
) -> Result<Replayed, NoticeError> {
    let endpoint = known(service, project, endpoint).await?;
    let after: Result<FeedCursor, _> = after.map_or_else(|| Ok(FeedCursor::default()), str::parse);
    let after = after.map_err(|_| NoticeError::InvalidCursor)?;
    crate::show::kept(service, project, session).await?;
    let page = service.store.feed(project, session.transfer, &after, REPLAYED_AT_ONCE, service.now()).await;
    let page = page.map_err(|error| match error {
        transfer_store::ListError::InvalidCursor => NoticeError::InvalidCursor,
        transfer_store::ListError::Store(error) => error.into(),
    })?;
    let mut events = 0;
    for event in page.events {
        if endpoint.chooses(&event.detail_type) {
            send(queue, &again(service, &endpoint, event)).await?;
            events += 1;
        }
    }
    Ok(Replayed { events, next: page.more.then(|| page.next.to_string()) })
}

/// Sends what was put on its way to the endpoint within a time again, in its order. What is not kept any more is left out.
pub async fn replay_span(
    service: &Service,
    queue: &impl Transport<Content = Notice>,
    project: &ProjectId,
    endpoint: &EndpointId,
    span: Span,
    after: Option<&str>,
) -> Result<Replayed, NoticeError> {
    let endpoint = known(service, project, endpoint).await?;
    let (from, until) = (Notice::id_at(span.from, ""), Notice::id_at(span.until, ""));
    let from = match after {
        Some(after) => checked(after)?,
        None => &from,
    };
    let (limit, now) = (REPLAYED_AT_ONCE, service.now());
    let page = service.store.notices(project, &endpoint.endpoint_id, (from, &until), false, limit, now).await?;
    let mut events = 0;
    for record in page.items {
        if let Some(event) = event_of(service, project, &record).await? {
            send(queue, &again(service, &endpoint, event)).await?;
            events += 1;
        }
    }
    Ok(Replayed { events, next: page.more.then_some(page.next) })
}

/// Sends an event that says nothing but that it arrives; gives the id of its notice.
pub async fn test(
    service: &Service,
    queue: &impl Transport<Content = Notice>,
    project: &ProjectId,
    endpoint: &EndpointId,
) -> Result<String, NoticeError> {
    let endpoint = known(service, project, endpoint).await?;
    let now = service.now();
    let Event { detail_type, occurred_at: time, detail } = Event::of_test(&endpoint, service.ids.transfer_id(now), now);
    let event = Envelope { detail_type: detail_type.to_owned(), time, detail };
    let notice = again(service, &endpoint, event);
    send(queue, &notice).await?;
    Ok(notice.notice_id)
}

/// Behind the newest.
const NEWEST: &str = "9";

async fn known(service: &Service, project: &ProjectId, id: &EndpointId) -> Result<EventEndpoint, NoticeError> {
    service.store.endpoint(project, id).await?.ok_or(NoticeError::NotFound)
}

/// The id of a notice, as one is written.
fn checked(id: &str) -> Result<&str, NoticeError> {
    let written = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_id = (1..=160).contains(&id.len()) && id.chars().all(written);
    if is_id { Ok(id) } else { Err(NoticeError::InvalidCursor) }
}

fn again(service: &Service, endpoint: &EventEndpoint, event: Envelope) -> Notice {
    let now = service.now();
    let own = service.ids.transfer_id(now);
    Notice {
        project_id: endpoint.project_id.clone(),
        endpoint_id: endpoint.endpoint_id.clone(),
        notice_id: Notice::id_at(now, &own.to_string()),
        again: true,
        since: Some(now),
        event,
    }
}

/// The event of a notice, if it is kept.
async fn event_of(
    service: &Service,
    project: &ProjectId,
    record: &NoticeRecord,
) -> Result<Option<Envelope>, NoticeError> {
    if record.event.is_some() {
        return Ok(record.event.clone());
    }
    let Some(session) = &record.session_id else { return Ok(None) };
    match crate::show::kept(service, project, session).await {
        Ok(_) => {}
        Err(SessionError::NotFound | SessionError::Closed(_)) => return Ok(None),
        Err(SessionError::Failed(error)) => return Err(error.into()),
    }
    Ok(service.store.event_of(project, session.transfer, &record.event_id).await?)
}

async fn send<T: Transport<Content = Notice>>(queue: &T, notice: &Notice) -> Result<(), NoticeError> {
    let not_queued = |refusal: Refusal| NoticeError::NotQueued(refusal.code);
    let item = T::written(notice).map_err(not_queued)?;
    let sent = queue.send(&[&item]).await.map_err(not_queued)?;
    sent.into_iter().collect::<Result<(), _>>().map_err(not_queued)
}
