//! Reading a session's messages and timeline.

use transfer_domain::{Message, ProjectId, TimelineEntry, TransferId};

use crate::{ListError, Page, Store, StoreError};

impl Store {
    /// A session's messages, oldest first, after the position `after`.
    pub async fn messages(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<Message>, ListError> {
        let _ = (project, transfer, after, limit);
        Err(StoreError::unavailable().into())
    }

    /// A session's timeline, oldest first, after the position `after`.
    pub async fn timeline(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<TimelineEntry>, ListError> {
        let _ = (project, transfer, after, limit);
        Err(StoreError::unavailable().into())
    }

    /// The contact's messages that have no final delivery state, with a sequence above `after` and up to `through`,
    /// in order.
    pub async fn undelivered(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: u64,
        through: u64,
    ) -> Result<Vec<Message>, StoreError> {
        let _ = (project, transfer, after, through);
        Err(StoreError::unavailable())
    }
}
