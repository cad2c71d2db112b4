//! One session, its messages and its timeline.

use chrono::{DateTime, Utc};
use transfer_domain::{Message, ProjectId, Session, SessionId, Standing, TimelineEntry};
use transfer_store::{ListError, Page, WholeSession};

use crate::{Service, SessionError};

/// Why a page of a session is not shown.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// The session is not there any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The page's place is none of ours.
    #[error("the place of the page is none of ours")]
    InvalidCursor,
}

impl From<ListError> for NotShown {
    fn from(error: ListError) -> Self {
        match error {
            ListError::InvalidCursor => Self::InvalidCursor,
            ListError::Store(error) => Self::Session(error.into()),
        }
    }
}

/// The session as it stands by the clock, if it is still there for a reader.
pub async fn session(service: &Service, project: &ProjectId, id: &SessionId) -> Result<WholeSession, SessionError> {
    let now = service.now();
    let Some(mut whole) = service.store.whole_session(project, id.transfer, now).await? else {
        return Err(SessionError::NotFound);
    };
    whole.session = whole.session.by_the_clock(now);
    if whole.session.session_id != *id || whole.session.is_forgotten(now) {
        return Err(SessionError::NotFound);
    }
    Ok(whole)
}

/// A page of its messages, with the session that tells who wrote them.
pub async fn messages(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    after: Option<&str>,
    limit: u8,
) -> Result<(Session, Page<Message>), NotShown> {
    let page = service.store.messages(project, id.transfer, after, limit);
    let (session, page) = tokio::join!(kept(service, project, id), page);
    Ok((session?, page?))
}

/// What of the contact's messages is not settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// How many.
    pub messages: usize,
    /// When the oldest of them was accepted.
    pub oldest_at: Option<DateTime<Utc>>,
}

/// What of the contact's messages is not settled. Asks only where the session does not say that all are.
pub async fn undelivered(service: &Service, session: &Session) -> Result<Undelivered, SessionError> {
    let Some(range) = session.maybe_unsettled() else { return Ok(Undelivered::default()) };
    let (project, id) = (&session.project_id, session.transfer_id());
    let messages = service.store.undelivered(project, id, *range.start(), *range.end()).await?;
    Ok(Undelivered { messages: messages.len(), oldest_at: messages.first().map(|message| message.accepted_at) })
}

/// One entry of its timeline, and where it stood right after that, if the timeline tells.
pub async fn moment(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    sequence: u64,
) -> Result<(TimelineEntry, Option<Standing>), SessionError> {
    let session = kept(service, project, id).await?;
    let first = session.requested_entry();
    let mut entries = service.store.whole_timeline(project, id.transfer, first).await?;
    entries.retain(|entry| entry.sequence <= sequence);
    let standing = Standing::after(&session, &entries);
    let entry = entries.pop().filter(|entry| entry.sequence == sequence);
    Ok((entry.ok_or(SessionError::NotFound)?, standing))
}

/// A page of its timeline.
pub async fn timeline(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    after: Option<&str>,
    limit: u8,
) -> Result<Page<TimelineEntry>, NotShown> {
    let session = kept(service, project, id).await?;
    Ok(service.store.timeline(project, id.transfer, session.requested_entry(), after, limit).await?)
}

/// The session as it stands by the clock, whatever has become of it.
pub(crate) async fn kept(service: &Service, project: &ProjectId, id: &SessionId) -> Result<Session, SessionError> {
    let now = service.now();
    let session = service.store.session(project, id.transfer).await?.map(|session| session.by_the_clock(now));
    session.filter(|it| it.session_id == *id && !it.is_forgotten(now)).ok_or(SessionError::NotFound)
}
