//! Committing a decision.

use chrono::{DateTime, Utc};
use transfer_domain::{SourceId, Transition};

use crate::{Store, StoreError};

/// What became of a commit. Unless it is `Committed`, nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// All of it is written.
    Committed,
    /// These identities were there already.
    Seen {
        /// Events.
        events: Vec<SourceId>,
        /// Messages: accepted before, or settled before.
        messages: Vec<SourceId>,
    },
    /// The session has changed since the decision: load and decide again.
    Conflict,
    /// The session has expired or its record is gone.
    Gone,
    /// The provider's name of the conversation belongs to another session.
    LinkTaken,
}

impl Store {
    /// Writes all of a transition if the session is still at the version it is based on and has not expired `now`.
    pub async fn commit(&self, transition: &Transition, now: DateTime<Utc>) -> Result<Commit, StoreError> {
        let _ = (transition, now);
        Err(StoreError::unavailable())
    }
}
