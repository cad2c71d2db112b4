//! Our own events → escalation tasks: one task a session, safe against repetition and disorder.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use transfer_domain::{
    AgentName, ContactId, EndReason, ListShards, Next, Priority, ProjectId, Provider, SessionId, Status, Task,
    TaskSignal, TaskStatus,
};
use transfer_store::{StoreError, Upserted};

use crate::Service;

/// What of an event's detail concerns its session's task.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    sequence: u64,
    occurred_at: DateTime<Utc>,
    project_id: ProjectId,
    session_id: SessionId,
    contact_id: ContactId,
    agent: AgentName,
    provider: Provider,
    status: Status,
    priority: Priority,
    end_reason: Option<EndReason>,
    #[serde(default)]
    representative: Option<IgnoredAny>,
    #[serde(default)]
    handback: Option<HandedBack>,
}

/// What of a hand-back concerns the task.
#[derive(Debug, Deserialize)]
struct HandedBack {
    next: Next,
}

impl Detail {
    /// The reason of an end that is a failure before anybody joined.
    fn failure(&self) -> Option<EndReason> {
        self.end_reason.filter(|reason| reason.is_failure() && self.representative.is_none())
    }

    fn falls_back(&self) -> bool {
        self.handback.as_ref().is_some_and(|handed| handed.next == Next::Fallback)
    }
}

/// Brings the task of an event's session up to date. `kind` is what happened, such as `transfer.queued`.
pub async fn apply(service: &Service, kind: &str, detail: Detail) -> Result<(), StoreError> {
    crate::about_project(&detail.project_id);
    crate::about_session(detail.session_id.transfer);
    let Some(signal) = signal(kind, &detail) else { return Ok(()) };
    let settings = service.directory.settings(&detail.project_id).await?;
    let retention = settings.session_lifecycle.ended_retention_minutes;
    let news = News { detail, signal, retention, list_shards: settings.list_shards, now: service.now() };
    if let Upserted::Refused(NoTask) = news.apply(service, Unknown::Wait).await? {
        let unknown = if news.may_begin(service).await? { Unknown::Begin } else { Unknown::Leave };
        news.apply(service, unknown).await?;
    }
    Ok(())
}

/// One event that concerns its session's task.
struct News {
    detail: Detail,
    signal: TaskSignal,
    retention: u32,
    list_shards: ListShards,
    now: DateTime<Utc>,
}

/// What is done if there is no task.
#[derive(Clone, Copy)]
enum Unknown {
    /// It is not known yet whether there should be one.
    Wait,
    /// It begins.
    Begin,
    /// There shall be none.
    Leave,
}

/// There is no task, and whether there should be one must be asked first.
struct NoTask;

impl News {
    async fn apply(&self, service: &Service, unknown: Unknown) -> Result<Upserted<NoTask>, StoreError> {
        let Self { detail, signal, retention, list_shards, now } = self;
        let decide = |task: Option<&Task>| match (task, unknown) {
            (Some(task), _) => Ok(task.apply(*signal, detail.sequence, *now, *retention)),
            (None, Unknown::Wait) => Err(NoTask),
            (None, Unknown::Leave) => Ok(None),
            (None, Unknown::Begin) => {
                let first = first_task(detail, *list_shards, *now);
                Ok(Some(first.apply(*signal, detail.sequence, *now, *retention).unwrap_or(first)))
            }
        };
        service.store.upsert_task(&detail.project_id, detail.session_id.transfer, *now, decide).await
    }

    /// A replayed or redriven event can come when session and task are gone, and nothing would ever close what it
    /// began. An end closes what it begins, as long as the task would still be kept.
    async fn may_begin(&self, service: &Service) -> Result<bool, StoreError> {
        let Self { detail, signal, retention, now, .. } = self;
        match signal {
            TaskSignal::Ended(_) | TaskSignal::Failed(_) | TaskSignal::FallsBack(_) => {
                Ok(*now < detail.occurred_at + TimeDelta::minutes(i64::from(*retention)))
            }
            TaskSignal::Waiting | TaskSignal::Joined => {
                service.store.lives(&detail.project_id, detail.session_id.transfer, *now).await
            }
        }
    }
}

/// What an event means for the task; `None` = nothing.
fn signal(kind: &str, detail: &Detail) -> Option<TaskSignal> {
    match (kind, detail.end_reason) {
        ("transfer.ended" | "transfer.expired", Some(reason)) => Some(match detail.failure() {
            Some(failure) if detail.falls_back() => TaskSignal::FallsBack(failure),
            Some(failure) => TaskSignal::Failed(failure),
            None => TaskSignal::Ended(reason),
        }),
        // That no step of the plan could be done is told by a newer hand-back.
        ("transfer.handback_updated", _) => detail.failure().filter(|_| !detail.falls_back()).map(TaskSignal::Failed),
        ("transfer.representative_joined", _) => Some(TaskSignal::Joined),
        // A message or typing says nothing that the status beside it does not.
        (kind, _) if kind.starts_with("transfer.") => match detail.status {
            Status::Active | Status::PostAgent => Some(TaskSignal::Joined),
            Status::Pending | Status::Queued => Some(TaskSignal::Waiting),
            Status::Ended => None,
        },
        _ => None,
    }
}

/// The task as it would have begun, whichever event tells of it first.
fn first_task(detail: &Detail, list_shards: ListShards, now: DateTime<Utc>) -> Task {
    Task {
        project_id: detail.project_id.clone(),
        task_id: detail.session_id.transfer,
        session_id: detail.session_id.clone(),
        contact_id: detail.contact_id.clone(),
        agent: detail.agent.clone(),
        provider: detail.provider,
        list_shards,
        priority: detail.priority,
        status: TaskStatus::Pending,
        assignee: None,
        reason: None,
        resolution: None,
        created_at: detail.occurred_at.min(now),
        updated_at: now,
        closed_at: None,
        expires_at: None,
        sequence: detail.sequence,
        closed_by: None,
        version: 1,
    }
}
