//! Listing tasks.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, Task, TaskStatus};

use crate::{ListError, Listed, Store, StoreError};

impl Store {
    /// One page of a project's tasks, newest first, without expired ones; of any of `statuses`, none given = all.
    /// `limit` is held within 1 to 100.
    pub async fn tasks(
        &self,
        project: &ProjectId,
        statuses: &[TaskStatus],
        limit: u8,
        cursor: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Listed<Task>, ListError> {
        let _ = (project, statuses, limit, cursor, now);
        Err(StoreError::unavailable().into())
    }
}
