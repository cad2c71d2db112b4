//! Reading one session, and removing one whose time is over.

use chrono::{DateTime, Utc};
use transfer_domain::{Briefing, ProjectId, Session, TransferId};

use crate::{Store, StoreError};

impl Store {
    /// The session, by a strongly consistent read; an expired one too, as long as its record stands: the caller
    /// tells 410 from 404.
    pub async fn session(&self, project: &ProjectId, transfer: TransferId) -> Result<Option<Session>, StoreError> {
        let _ = (project, transfer);
        Err(StoreError::unavailable())
    }

    /// What the representative is told at the opening.
    pub async fn briefing(&self, project: &ProjectId, transfer: TransferId) -> Result<Option<Briefing>, StoreError> {
        let _ = (project, transfer);
        Err(StoreError::unavailable())
    }

    /// Removes the record of a session whose `expires_at` has come; `false` if it has not, or if there is none.
    pub async fn expire(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let _ = (project, transfer, now);
        Err(StoreError::unavailable())
    }
}
