//! The escalation task that an operator sees in the Inbox: one per session, from events alone.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AgentName, ContactId, EndReason, ListShards, MAX_TTL_MINUTES, Priority, ProjectId, Provider, SessionId, TaskStatus,
    TransferId,
};

/// One escalation task. Its id is the transfer's, so a repeated event cannot create a second one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The tenant.
    pub project_id: ProjectId,
    /// Its id.
    pub task_id: TransferId,
    /// The session that it is about.
    pub session_id: SessionId,
    /// The end user.
    pub contact_id: ContactId,
    /// The AI agent that handed off.
    pub agent: AgentName,
    /// Where the transfer went.
    pub provider: Provider,
    /// Over how many partitions of the list the project spread its tasks at its creation.
    #[serde(default)]
    pub list_shards: ListShards,
    /// How urgent it is.
    pub priority: Priority,
    /// Where the task stands.
    pub status: TaskStatus,
    /// Who took it at the console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Why its session ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// What an operator noted when resolving it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// When the transfer was requested.
    pub created_at: DateTime<Utc>,
    /// When the task changed last.
    pub updated_at: DateTime<Utc>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// When its record is removed, once it is closed and its session has ended.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The newest event of the session that it knows.
    pub sequence: u64,
    /// By which event it knows of the end of its session; `None` while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<u64>,
    /// Rises with every write.
    pub version: u64,
}

impl TaskStatus {
    /// Whether nothing changes it any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Cancelled)
    }
}

/// What one event of a session means for its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskSignal {
    /// The session lives; nobody joined yet, as far as this event knows.
    Waiting,
    /// A representative is or was connected.
    Joined,
    /// The session ended.
    Ended(EndReason),
    /// The session ended without anybody having joined, for a reason that is a failure.
    Failed(EndReason),
    /// As [`Self::Failed`], and a step of its fallback plan follows: another session has its own task.
    FallsBack(EndReason),
}

impl TaskSignal {
    /// Why the session ended, and where its task stands then.
    const fn end(self) -> Option<(EndReason, TaskStatus)> {
        match self {
            Self::Waiting | Self::Joined => None,
            Self::Ended(reason) => Some((reason, reason.ending().task)),
            Self::Failed(reason) => Some((reason, TaskStatus::Failed)),
            Self::FallsBack(reason) => Some((reason, TaskStatus::Cancelled)),
        }
    }
}

/// How long a task stays that nobody looks after.
const LEFT_OPEN_MINUTES: u32 = MAX_TTL_MINUTES;

impl Task {
    /// Applies one event of the session; `None` if it changes nothing (known, older, or the task is closed).
    /// Any order and any repetition of the same events ends in the same status.
    pub fn apply(&self, signal: TaskSignal, sequence: u64, now: DateTime<Utc>, retention_minutes: u32) -> Option<Self> {
        let Some((reason, status)) = signal.end() else {
            let joins = signal == TaskSignal::Joined && self.status == TaskStatus::Pending;
            return joins.then(|| Self {
                status: TaskStatus::InProgress,
                sequence: self.sequence.max(sequence),
                updated_at: now,
                version: self.version + 1,
                ..self.clone()
            });
        };
        let mut task = Self { sequence: self.sequence.max(sequence), version: self.version + 1, ..self.clone() };
        match self.closed_by {
            Some(known) if sequence <= known => return None,
            // What an operator made of it since then stands.
            Some(_) if self.status == TaskStatus::InProgress || self.resolution.is_some() => return None,
            // The contact centre told of an earlier end for another reason.
            Some(_) => {}
            // One that an operator closed stays until its session ends: gone before, the next event would bring it back.
            None if self.status.is_closed() => {
                task.expires_at = Some(removal(now, retention_minutes));
                return self.expires_at.is_none().then_some(task);
            }
            None => task.updated_at = now,
        }
        (task.status, task.reason, task.closed_by) = (status, Some(reason), Some(sequence));
        task.closed_at = status.is_closed().then(|| self.closed_at.unwrap_or(now));
        let kept = if status.is_closed() { retention_minutes } else { LEFT_OPEN_MINUTES };
        if !(status.is_closed() && self.status.is_closed()) {
            task.expires_at = Some(removal(now, kept));
        }
        Some(task)
    }

    /// An operator takes it; `None` if it is closed or somebody else has it.
    pub fn claim(&self, assignee: &str, now: DateTime<Utc>) -> Option<Self> {
        let taken_by_another = self.assignee.as_deref().is_some_and(|other| other != assignee);
        if self.status.is_closed() || taken_by_another {
            return None;
        }
        Some(Self {
            status: TaskStatus::InProgress,
            assignee: Some(assignee.to_owned()),
            updated_at: now,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// An operator closes it; `None` if it is closed. `retention_minutes` is `None` while the session lives: then the
    /// end of the session says how long the task is kept.
    pub fn resolve(
        &self,
        resolution: Option<String>,
        now: DateTime<Utc>,
        retention_minutes: Option<u32>,
    ) -> Option<Self> {
        if self.status.is_closed() {
            return None;
        }
        Some(Self {
            status: TaskStatus::Completed,
            resolution,
            updated_at: now,
            closed_at: Some(now),
            expires_at: retention_minutes.map(|minutes| removal(now, minutes)),
            version: self.version + 1,
            ..self.clone()
        })
    }
}

/// Whole seconds, because that is what DynamoDB's TTL attribute holds.
fn removal(now: DateTime<Utc>, retention_minutes: u32) -> DateTime<Utc> {
    now.trunc_subsecs(0) + TimeDelta::minutes(i64::from(retention_minutes))
}
