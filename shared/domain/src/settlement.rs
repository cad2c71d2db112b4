//! What became of a message of the contact, for good. It stands on the message and is told from there: a session is not
//! written for it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AgentName, ContactId, Delivery, Message, Priority, ProjectId, Provider, Session, SessionId, Status, bounds,
};

/// What a message call came to, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// The provider has it.
    Delivered,
    /// The provider does not, or not surely, have it, and it is not tried again.
    Failed {
        /// Why, for the caller.
        reason: String,
    },
}

/// A message with its final delivery state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledMessage {
    /// The message.
    pub message: Message,
    /// When that became known, and of which session.
    pub settlement: Settlement,
}

/// When the delivery state of a message became final, and what everybody outside is told of its session with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// When.
    pub at: DateTime<Utc>,
    /// Where the session stood then, as far as was known.
    pub status: Status,
    /// The tenant.
    pub project_id: ProjectId,
    /// The session.
    pub session_id: SessionId,
    /// The end user.
    pub contact_id: ContactId,
    /// The AI agent that handed off.
    pub agent: AgentName,
    /// Where it went.
    pub provider: Provider,
    /// How urgent it is.
    pub priority: Priority,
}

/// Settles a message of the contact. That it was not settled before is for the store to check.
pub fn settle_message(session: &Session, message: &Message, outcome: SendResult, now: DateTime<Utc>) -> SettledMessage {
    let delivery = match outcome {
        SendResult::Delivered => Delivery::Delivered,
        SendResult::Failed { reason } => Delivery::Failed { reason: bounds::detail(reason) },
    };
    let settlement = Settlement {
        at: now,
        status: session.status(),
        project_id: session.project_id.clone(),
        session_id: session.session_id.clone(),
        contact_id: session.contact_id.clone(),
        agent: session.agent.clone(),
        provider: session.provider,
        priority: session.priority,
    };
    SettledMessage { message: Message { delivery, ..message.clone() }, settlement }
}
