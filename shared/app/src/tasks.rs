//! The Inbox: the escalation tasks that operators see, take and resolve.

use std::collections::BTreeMap;

use transfer_domain::{ProjectId, Task, TaskStatus, TransferId};
use transfer_store::{ListError, Listed, StoreError, Upserted};

use crate::Service;

/// Why a task is not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There is no such task.
    #[error("there is no such task")]
    NotFound,
    /// It stands where this cannot be done.
    #[error("the task stands where this cannot be done")]
    Conflict,
    /// The table failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// A page of a project's tasks, newest first; of all statuses if none is named.
pub async fn list(
    service: &Service,
    project: &ProjectId,
    statuses: &[TaskStatus],
    limit: u8,
    cursor: Option<&str>,
) -> Result<Listed<Task>, ListError> {
    let settings = service.directory.settings(project).await.map_err(ListError::Store)?;
    service.store.tasks(project, statuses, settings.list_shards, limit, cursor, service.now()).await
}

/// What the sessions of these tasks are about, as far as that is known and still kept.
pub async fn summaries(
    service: &Service,
    project: &ProjectId,
    tasks: &[Task],
) -> Result<BTreeMap<TransferId, String>, StoreError> {
    let ids: Vec<_> = tasks.iter().map(|task| task.task_id).collect();
    service.store.summaries(project, &ids, service.now()).await
}

/// One task.
pub async fn show(service: &Service, project: &ProjectId, id: TransferId) -> Result<Task, TaskError> {
    service.store.task(project, id, service.now()).await?.ok_or(TaskError::NotFound)
}

/// Gives a task to somebody.
pub async fn claim(service: &Service, project: &ProjectId, id: TransferId, assignee: &str) -> Result<Task, TaskError> {
    let now = service.now();
    change(service, project, id, |task| task.claim(assignee, now)).await
}

/// Closes a task, with a note. It is kept for the project's retention once its session is gone.
pub async fn resolve(
    service: &Service,
    project: &ProjectId,
    id: TransferId,
    resolution: Option<String>,
) -> Result<Task, TaskError> {
    let settings = service.directory.settings(project).await?;
    let now = service.now();
    let lives = service.store.lives(project, id, now).await?;
    let retention = (!lives).then_some(settings.session_lifecycle.ended_retention_minutes);
    let resolve = |task: &Task| task.resolve(resolution.clone(), now, retention);
    change(service, project, id, resolve).await
}

async fn change(
    service: &Service,
    project: &ProjectId,
    id: TransferId,
    decide: impl Fn(&Task) -> Option<Task> + Send + Sync,
) -> Result<Task, TaskError> {
    let decide = |task: Option<&Task>| {
        let task = task.ok_or(TaskError::NotFound)?;
        decide(task).map(Some).ok_or(TaskError::Conflict)
    };
    match service.store.upsert_task(project, id, service.now(), decide).await? {
        Upserted::Stored(task) => Ok(*task),
        Upserted::Refused(error) => Err(error),
        Upserted::Unchanged(_) => Err(TaskError::NotFound),
    }
}
