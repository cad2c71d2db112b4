//! Applying a provider's events, each once.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, ProviderEvent, TransferId};

use crate::{Store, StoreError};

/// What became of a provider's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// How many were applied now.
    pub applied: usize,
    /// How many had been applied before.
    pub duplicates: usize,
    /// What they came upon.
    pub outcome: AppliedTo,
}

/// What a provider's events came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedTo {
    /// A live session.
    Live,
    /// A session that had ended: recorded, without effect on where it stands.
    AfterEnd,
    /// A session whose time was over, or ran out before the last event: the rest was not recorded.
    Gone,
    /// No record.
    Missing,
}

impl Store {
    /// Applies events to a session in the order given, dropping those that were applied before.
    pub async fn apply_events(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        events: Vec<ProviderEvent>,
        now: DateTime<Utc>,
    ) -> Result<Applied, StoreError> {
        let _ = (project, transfer, events, now);
        Err(StoreError::unavailable())
    }
}
