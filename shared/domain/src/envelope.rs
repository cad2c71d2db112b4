//! How an event travels: in the same form on the bus, to those who ask for events, and by webhook.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The source of all our events.
pub const EVENT_SOURCE: &str = "agent-transfer";

/// An event as everybody gets it, with the names that EventBridge gives its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Envelope {
    /// What happened, such as `transfer.queued`.
    pub detail_type: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The fields that say more; `eventId` among them, by which a repetition is recognised.
    pub detail: Map<String, Value>,
}

impl Envelope {
    /// The same for every repetition of the event; empty only for what is no event of ours.
    pub fn event_id(&self) -> &str {
        self.detail.get("eventId").and_then(Value::as_str).unwrap_or_default()
    }

    /// The session that it is of; `None` if it is of none.
    pub fn session_id(&self) -> Option<&str> {
        self.detail.get("sessionId").and_then(Value::as_str)
    }
}
