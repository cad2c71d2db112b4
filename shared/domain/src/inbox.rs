//! The escalation task that an operator sees in the Inbox: one per session, from events alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgentName, ContactId, EndReason, ProjectId, Provider, SessionId, TaskStatus, TransferId};

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
    /// 0 (lowest) to 10.
    pub priority: u8,
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
    /// When its record is removed, once it is closed.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The newest event of the session that it knows.
    pub sequence: u64,
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
        if self.status.is_closed() {
            return None;
        }
        let status = match signal {
            TaskSignal::Waiting => self.status,
            TaskSignal::Joined => TaskStatus::InProgress,
            TaskSignal::Ended(reason) => closing_status(reason),
        };
        let sequence = self.sequence.max(sequence);
        if status == self.status && sequence == self.sequence {
            return None;
        }
        let mut task = Self { status, sequence, updated_at: now, version: self.version + 1, ..self.clone() };
        task.close_if_closed(now, retention_minutes);
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

    /// An operator closes it; `None` if it is closed.
    pub fn resolve(&self, resolution: Option<String>, now: DateTime<Utc>, retention_minutes: u32) -> Option<Self> {
        if self.status.is_closed() {
            return None;
        }
        let mut task = Self {
            status: TaskStatus::Completed,
            resolution,
            updated_at: now,
            version: self.version + 1,
            ..self.clone()
        };
        task.close_if_closed(now, retention_minutes);
        Some(task)
    }

    fn close_if_closed(&mut self, now: DateTime<Utc>, retention_minutes: u32) {
        if self.status.is_closed() {
            self.closed_at = Some(now);
            let kept = chrono::TimeDelta::minutes(i64::from(retention_minutes));
            self.expires_at = Some(chrono::SubsecRound::trunc_subsecs(now, 0) + kept);
        }
    }
}

/// What the end of a session means for its task.
const fn closing_status(reason: EndReason) -> TaskStatus {
    match reason {
        EndReason::Expired => TaskStatus::Expired,
        EndReason::CancelledInQueue
        | EndReason::ProviderRejected
        | EndReason::ProviderError
        | EndReason::Unconfirmed
        | EndReason::NoRepresentatives
        | EndReason::OutsideHours => TaskStatus::Cancelled,
        EndReason::RepresentativeEnded
        | EndReason::ContactEnded
        | EndReason::AgentEnded
        | EndReason::OperatorEnded
        | EndReason::ProviderDisconnected
        | EndReason::Reconciled => TaskStatus::Completed,
    }
}
