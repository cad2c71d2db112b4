//! Exporting sessions whole: each with its messages and its timeline.

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use transfer_domain::{Message, Overview, ProjectId, Session, SessionId, TimelineEntry};
use transfer_store::{ListError, Listed, Page, SessionFilter, WholeSession};

use crate::show::{self, NotShown};
use crate::{Service, SessionError};

/// How many pages of a session's messages, and of its timeline, are read for an export.
const PAGES: usize = 10;
const PAGE: u8 = 100;

/// After how many bytes of a session's texts no further page of them is read.
const MESSAGES_BYTES: usize = 1024 * 1024;

/// How many sessions are read at once.
pub const AT_ONCE: usize = 8;

/// A session with what hangs on it: all of it, or the first of each, a thousand at most, and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The session.
    pub whole: WholeSession,
    /// Its messages.
    pub messages: Page<Message>,
    /// Its timeline.
    pub timeline: Page<TimelineEntry>,
}

/// The sessions that were created from one moment until before another, newest first.
pub async fn sessions(
    service: &Service,
    project: &ProjectId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u8,
    cursor: Option<&str>,
) -> Result<Listed<Overview>, ListError> {
    let filter = SessionFilter { created_after: Some(from), created_before: Some(until), ..SessionFilter::default() };
    crate::list(service, project, &filter, limit, cursor, false).await
}

/// Each of these sessions whole, in their order; `None` for one that has gone since it was listed. They are read at once,
/// so they should be no more than [`AT_ONCE`].
pub async fn whole(
    service: &Service,
    project: &ProjectId,
    sessions: &[Overview],
) -> Result<Vec<Option<Exported>>, NotShown> {
    try_join_all(sessions.iter().map(|session| one(service, project, &session.session_id))).await
}

async fn one(service: &Service, project: &ProjectId, id: &SessionId) -> Result<Option<Exported>, NotShown> {
    let whole = match show::session(service, project, id).await {
        Ok(whole) => whole,
        Err(SessionError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let messages = messages(service, &whole.session);
    let timeline = timeline(service, &whole.session);
    let (messages, timeline) = tokio::try_join!(messages, timeline)?;
    Ok(Some(Exported { whole, messages, timeline }))
}

async fn messages(service: &Service, session: &Session) -> Result<Page<Message>, ListError> {
    let (project, transfer) = (&session.project_id, session.transfer_id());
    let mut all = service.store.messages(project, transfer, None, PAGE).await?;
    for _ in 1..PAGES {
        let bytes: usize = all.items.iter().map(|message| message.text.len()).sum();
        if !all.more || bytes > MESSAGES_BYTES {
            break;
        }
        let page = service.store.messages(project, transfer, Some(&all.next), PAGE).await?;
        append(&mut all, page);
    }
    Ok(all)
}

async fn timeline(service: &Service, session: &Session) -> Result<Page<TimelineEntry>, ListError> {
    let (project, transfer) = (&session.project_id, session.transfer_id());
    let first = || session.requested_entry();
    let mut all = service.store.timeline(project, transfer, first(), None, PAGE).await?;
    for _ in 1..PAGES {
        if !all.more {
            break;
        }
        let page = service.store.timeline(project, transfer, first(), Some(&all.next), PAGE).await?;
        append(&mut all, page);
    }
    Ok(all)
}

fn append<T>(all: &mut Page<T>, page: Page<T>) {
    all.items.extend(page.items);
    all.after.extend(page.after);
    (all.next, all.more) = (page.next, page.more);
}
