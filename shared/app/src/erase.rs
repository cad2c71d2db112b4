//! Erasing a contact's data: all that is kept of their sessions.
//!
//! A session that goes on is ended first, which the contact centre and everybody outside are told as of any end, and is
//! removed by a later call, once nothing that follows from its end is on its way any more. So nothing of it comes back.

use transfer_domain::{ContactId, EndedBy, ProjectId, Session, SessionId, Transition};
use transfer_store::{Erased, ListError, StoreError};

use crate::Service;

/// How many sessions are looked at, and how many of these are ended or removed, by one call: it has to answer in time.
const LOOKED_AT: u8 = 100;
const CHANGED: usize = 25;

/// What was done of it, and whether it is all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The sessions that were found, newest first.
    pub sessions: Vec<ErasedSession>,
    /// How many Inbox tasks were removed with them.
    pub tasks: usize,
    /// Whether something is left: sessions that are ending, or that were not looked at.
    pub more: bool,
    /// Whether the same at once would do nothing: whatever is left has to end first.
    pub waits: bool,
}

/// How far erasing a session has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedSession {
    /// Which.
    pub session_id: SessionId,
    /// How far.
    pub state: Erasing,
}

/// How far erasing a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// It has ended, perhaps by this call, and what follows from that is still on its way.
    Ending,
    /// It is removed.
    Removed,
}

/// Ends and removes a contact's sessions, some at a time. Repeated until nothing is left, it leaves nothing, wherever it
/// was cut off.
pub async fn erase(service: &Service, project: &ProjectId, contact: &ContactId) -> Result<Erasure, ListError> {
    let found = service.store.sessions_of_contact(project, contact, LOOKED_AT).await?;
    let mut erasure = Erasure { sessions: Vec::new(), tasks: 0, more: found.more, waits: false };
    let (mut changed, mut left_out) = (0, found.more);
    for session in found.sessions {
        let now = service.now();
        let waits = session.is_ended() && !session.can_be_erased(now);
        if !waits && changed == CHANGED {
            left_out = true;
            continue;
        }
        changed += usize::from(!waits);
        let session_id = session.session_id.clone();
        let state = if waits {
            Erasing::Ending
        } else if session.is_ended() {
            match service.store.erase(&session, now).await? {
                Erased::Removed { task } => {
                    erasure.tasks += usize::from(task);
                    Erasing::Removed
                }
                Erased::Changed => Erasing::Ending,
            }
        } else {
            end(service, session).await?;
            Erasing::Ending
        };
        erasure.more |= state == Erasing::Ending;
        erasure.sessions.push(ErasedSession { session_id, state });
    }
    erasure.more |= left_out;
    erasure.waits = erasure.more && (changed == 0 || !left_out);
    let removed = erasure.sessions.iter().filter(|session| session.state == Erasing::Removed).count();
    let ending = erasure.sessions.len() - removed;
    tracing::info!(project.id = %project, removed, ending, erasure.tasks, erasure.more, "a contact's data is erased");
    Ok(erasure)
}

/// Ends a session that was just loaded, by whatever came first: this, its time, or somebody else.
async fn end(service: &Service, session: Session) -> Result<(), StoreError> {
    let now = service.now();
    let decide = |session: &Session| {
        Ok::<Option<Transition>, std::convert::Infallible>(transfer_domain::end(session, EndedBy::Operator, now).ok())
    };
    service.store.transact_on(session, now, decide).await.map(drop)
}
