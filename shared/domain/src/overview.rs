//! What a list shows of a session.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    AgentName, ContactId, EndReason, HandedBack, Labels, Outcome, Priority, Provider, Queue, Session, SessionId, Status,
};

/// What a list shows of a session: what does not move with every message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Overview {
    /// The session.
    pub session_id: SessionId,
    /// The end user.
    pub contact_id: ContactId,
    /// The AI agent that handed off.
    pub agent: AgentName,
    /// Where it goes.
    pub provider: Provider,
    /// Where it stands.
    pub status: Status,
    /// The queue it is or was in.
    pub queue: Queue,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// Its newest hand-back.
    pub hand_back: Option<HandedBack>,
    /// What it is counted and found by.
    pub labels: Labels,
    /// Whether nobody knows if the provider took it.
    pub unconfirmed: bool,
    /// Who is or was connected: the name, else the provider's id.
    pub representative: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether somebody should look: see [`Session::is_stale`].
    pub stale: bool,
    /// When it expires, or is removed once it has ended, where the session itself was looked at.
    pub expires_at: Option<Expiry>,
    /// When a message was accepted last, where the session itself was looked at.
    pub last_message_at: Option<DateTime<Utc>>,
    /// When the record changed last, where the session itself was looked at.
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether something waits for its next try; false also where the session itself was not looked at.
    pub held: bool,
}

/// When a session expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// Its channel has no time to live.
    Never,
    /// Then, if nothing happens before.
    At(DateTime<Utc>),
}

impl From<Option<DateTime<Utc>>> for Expiry {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Never, Self::At)
    }
}

impl From<Expiry> for Option<DateTime<Utc>> {
    fn from(expiry: Expiry) -> Self {
        match expiry {
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
        }
    }
}

impl Overview {
    /// Of a session that was looked at.
    pub fn of(session: &Session, now: DateTime<Utc>) -> Self {
        Self {
            session_id: session.session_id.clone(),
            contact_id: session.contact_id.clone(),
            agent: session.agent.clone(),
            provider: session.provider,
            status: session.status(),
            queue: session.queue(),
            created_at: session.created_at,
            ended_at: session.end().map(|end| end.at),
            end_reason: session.end().map(|end| end.reason),
            outcome: session.outcome(),
            hand_back: session.hand_back,
            labels: session.labels.clone(),
            unconfirmed: session.is_unconfirmed(),
            representative: session.representative().and_then(|who| who.name.or(who.id)),
            priority: session.priority,
            stale: session.is_stale(now),
            expires_at: Some(session.expires_at.into()),
            last_message_at: session.last_message_at,
            updated_at: Some(session.updated_at),
            held: session.hold.is_some(),
        }
    }

    /// How long it has lasted, or lasted until its end.
    pub fn duration(&self, now: DateTime<Utc>) -> TimeDelta {
        (self.ended_at.unwrap_or(now) - self.created_at).max(TimeDelta::zero())
    }
}
