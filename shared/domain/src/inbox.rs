//! The escalation task that an operator sees in the Inbox: one per session, from events alone.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AgentName, ContactId, EndReason, ListShards, Priority, ProjectId, Provider, SessionId, TaskStatus, TransferId,
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
    /// Of which event the end of the session closed it; `None` if an operator did.
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
}

impl Task {
    /// Applies one event of the session; `None` if it changes nothing (known, older, or the task is closed).
    /// Any order and any repetition of the same events ends in the same status.
    pub fn apply(&self, signal: TaskSignal, sequence: u64, now: DateTime<Utc>, retention_minutes: u32) -> Option<Self> {
        if let (TaskSignal::Ended(reason), Some(known)) = (signal, self.closed_by) {
            // The contact centre told of an earlier end for another reason.
            let status = reason.ending().task;
            return (sequence > known).then(|| Self {
                status,
                sequence: self.sequence.max(sequence),
                closed_by: Some(sequence),
                version: self.version + 1,
                ..self.clone()
            });
        }
        if self.status.is_closed() {
            // One that an operator closed stays until its session ends: gone before, the next event would bring it back.
            let session_ends = matches!(signal, TaskSignal::Ended(_)) && self.expires_at.is_none();
            return session_ends.then(|| Self {
                sequence: self.sequence.max(sequence),
                version: self.version + 1,
                expires_at: Some(removal(now, retention_minutes)),
                ..self.clone()
            });
        }
        let status = match signal {
            TaskSignal::Waiting => self.status,
            TaskSignal::Joined => TaskStatus::InProgress,
            TaskSignal::Ended(reason) => reason.ending().task,
        };
        if status == self.status {
            return None;
        }
        let told = sequence;
        let sequence = self.sequence.max(told);
        let mut task = Self { status, sequence, updated_at: now, version: self.version + 1, ..self.clone() };
        if status.is_closed() {
            task.closed_at = Some(now);
            task.closed_by = Some(told);
            task.expires_at = Some(removal(now, retention_minutes));
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
