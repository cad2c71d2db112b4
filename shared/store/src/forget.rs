//! Removing what hangs on a session after its record was removed.

use transfer_domain::Session;

use crate::{Store, StoreError};

/// What became of forgetting a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// Nothing of it is left.
    Forgotten,
    /// Its record stands, so nothing was removed.
    StillThere,
}

impl Store {
    /// Removes everything that hangs on a session whose record is gone: messages, timeline, briefing, identities,
    /// and the guard and the link if they still name it. Safe to repeat; a repetition goes on where one was cut off.
    pub async fn forget(&self, last: &Session) -> Result<Forgotten, StoreError> {
        let _ = last;
        Err(StoreError::unavailable())
    }
}
