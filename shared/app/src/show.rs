//! One session, its messages and its timeline.

use transfer_domain::{Message, ProjectId, Session, SessionId, TimelineEntry};
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
    let whole = service.store.whole_session(project, id.transfer, now).await?;
    let whole = whole.map(|whole| WholeSession { session: whole.session.by_the_clock(now), ..whole });
    let whole = whole.filter(|it| it.session.session_id == *id && !it.session.is_forgotten(now));
    whole.ok_or(SessionError::NotFound)
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
