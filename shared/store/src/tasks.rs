//! The Inbox's escalation tasks.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, Task, TransferId};

use crate::{Store, StoreError};

/// What became of a decision about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upserted<E> {
    /// It is written.
    Stored(Box<Task>),
    /// There was nothing to write; this is the task as it stands, if there is one.
    Unchanged(Option<Box<Task>>),
    /// The decision was to refuse.
    Refused(E),
}

impl Store {
    /// A task; an expired one counts as absent.
    pub async fn task(
        &self,
        project: &ProjectId,
        id: TransferId,
        now: DateTime<Utc>,
    ) -> Result<Option<Task>, StoreError> {
        let _ = (project, id, now);
        Err(StoreError::unavailable())
    }

    /// Writes a task if the version stored is `expected` (`None` = there is none, or an expired one); tells whether
    /// it was. The task carries its new version itself.
    pub async fn put_task(
        &self,
        task: &Task,
        expected: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let _ = (task, expected, now);
        Err(StoreError::unavailable())
    }

    /// Loads the task, lets `decide` decide and writes what it says; loads and asks again as long as others change
    /// the task meanwhile, within bounds.
    pub async fn upsert_task<E: Send>(
        &self,
        project: &ProjectId,
        id: TransferId,
        now: DateTime<Utc>,
        decide: impl FnMut(Option<&Task>) -> Result<Option<Task>, E> + Send,
    ) -> Result<Upserted<E>, StoreError> {
        let _ = (project, id, now, decide);
        Err(StoreError::unavailable())
    }
}
