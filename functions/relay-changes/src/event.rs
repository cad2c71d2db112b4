//! The events that we emit: their wire form, derived from a session and one of its changes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use transfer_domain::{Attachment, Change, EndReason, EndedBy, SequencedChange, Session};

/// The source of all our events.
pub const SOURCE: &str = "agent-transfer";

/// One event, ready to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened, such as `transfer.queued`.
    pub detail_type: &'static str,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The detail.
    pub detail: Value,
}

/// Every detail type, in the order of a session's life.
pub const DETAIL_TYPES: &[&str] = &[
    "transfer.requested",
    "transfer.accepted",
    "transfer.queued",
    "transfer.representative_joined",
    "transfer.representative_left",
    "transfer.post_agent",
    "transfer.survey",
    "transfer.failed",
    "transfer.ended",
    "transfer.expired",
    "message.received",
    "message.delivered",
    "message.failed",
    "typing",
];

/// What every event tells about its session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Common<'a> {
    event_id: String,
    sequence: u64,
    #[serde(serialize_with = "rfc3339")]
    occurred_at: DateTime<Utc>,
    project_id: &'a str,
    session_id: String,
    conversation_session_id: &'a str,
    contact_id: &'a str,
    agent: &'a str,
    provider: &'a str,
    channel: &'static str,
    status: &'static str,
    priority: u8,
}

impl Event {
    /// The events of one change, in order; none for what concerns only ourselves.
    pub fn of_change(session: &Session, change: &SequencedChange) -> Vec<Self> {
        let event = |detail_type, more| Self::new(session, change, detail_type, more);
        match &change.change {
            Change::Requested => vec![event("transfer.requested", json!({ "queue": queue(session) }))],
            Change::Accepted => {
                vec![event("transfer.accepted", json!({ "providerSessionId": session.provider_session_id }))]
            }
            Change::Queued => vec![event("transfer.queued", json!({ "queue": queue(session) }))],
            Change::RepresentativeJoined => {
                vec![event("transfer.representative_joined", json!({ "representative": session.representative }))]
            }
            Change::RepresentativeLeft { representative } => {
                vec![event("transfer.representative_left", json!({ "representative": representative }))]
            }
            Change::PostAgent => vec![event("transfer.post_agent", json!({}))],
            Change::Ended => Self::of_end(session, change),
            Change::MessageReceived { message_id, author, text, truncated, attachments } => {
                let message = json!({
                    "messageId": message_id,
                    "author": author,
                    "text": text,
                    "truncated": truncated,
                    "attachments": attachments.iter().map(attachment).collect::<Vec<_>>(),
                });
                vec![event("message.received", json!({ "message": message, "representative": session.representative }))]
            }
            Change::MessageDelivered { message_id } => {
                vec![event("message.delivered", json!({ "messageId": message_id }))]
            }
            Change::MessageFailed { message_id, reason } => {
                vec![event("message.failed", json!({ "messageId": message_id, "reason": reason }))]
            }
            Change::Typing { on } => vec![event("typing", json!({ "on": on }))],
            Change::Survey { rating, scale_max } => {
                vec![event("transfer.survey", json!({ "rating": rating, "scaleMax": scale_max }))]
            }
            Change::Linked
            | Change::Orphaned
            | Change::MessageAccepted
            | Change::ContactTyping { .. }
            | Change::MessagesAcknowledged { .. } => vec![],
        }
    }

    /// The event of a session that expired: its record is gone, `last` is its last image.
    pub fn of_expiry(last: &Session, removed_at: DateTime<Utc>) -> Self {
        let occurred_at = last.expires_at.unwrap_or(removed_at);
        // The removal is no change of the record, so it takes the sequence that the next one would have had.
        let removal = SequencedChange { sequence: last.version + 1, occurred_at, change: Change::Ended };
        let more = hand_back(last, occurred_at, EndReason::Expired, EndedBy::System);
        Self::new(last, &removal, "transfer.expired", more)
    }

    fn of_end(session: &Session, change: &SequencedChange) -> Vec<Self> {
        let Some(end) = &session.end else { return vec![] };
        let more = hand_back(session, end.at, end.reason, end.by);
        let mut events = Vec::new();
        if end.reason.is_failure() {
            let failed = json!({ "reason": end.reason, "alternatives": session.alternatives() });
            events.push(Self::new(session, change, "transfer.failed", failed));
        }
        events.push(Self::new(session, change, "transfer.ended", more));
        events
    }

    fn new(session: &Session, change: &SequencedChange, detail_type: &'static str, more: Value) -> Self {
        let common = Common {
            // Derived, so that a repetition has the same id. `failed` and `ended` share a change, not an id.
            event_id: format!("{}-{}-{detail_type}", session.transfer_id(), change.sequence),
            sequence: change.sequence,
            occurred_at: change.occurred_at,
            project_id: session.project_id.as_str(),
            session_id: session.session_id.to_string(),
            conversation_session_id: session.session_id.conversation.as_str(),
            contact_id: session.contact_id.as_str(),
            agent: session.agent.as_str(),
            provider: session.provider.as_str(),
            channel: session.channel().as_str(),
            status: session.status.as_str(),
            priority: session.priority,
        };
        let mut detail = object(serde_json::to_value(common).unwrap_or_default());
        detail.extend(object(more));
        Self { detail_type, occurred_at: change.occurred_at, detail: Value::Object(detail) }
    }
}

/// What the AI agent needs to go on.
fn hand_back(session: &Session, at: DateTime<Utc>, reason: EndReason, by: EndedBy) -> Value {
    json!({
        "endReason": reason,
        "endedBy": by,
        "endedAt": text(at),
        "durationSeconds": (at - session.created_at).num_seconds().max(0),
        "messageCounts": session.counts,
        "representative": session.representative,
        "postAgentAction": session.post_agent_action,
        "alternatives": session.alternatives(),
    })
}

fn queue(session: &Session) -> Value {
    session.queue.as_ref().map_or(Value::Null, |queue| {
        json!({
            "name": queue.name,
            "position": queue.position,
            "estimatedWaitSeconds": queue.estimated_wait_seconds,
        })
    })
}

fn attachment(attachment: &Attachment) -> Value {
    json!({ "url": attachment.url, "name": attachment.name, "contentType": attachment.content_type })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn rfc3339<S: serde::Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}
