//! The events that we emit: their wire form, derived from a session and one of its changes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use transfer_domain::{
    Attachment, Cause, Change, End, EndReason, EndedBy, MessageCounts, OrderKey, Queue, Representative,
    SequencedChange, Session,
};

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
            Change::Requested => {
                vec![event("transfer.requested", json!({ "queue": session.queue.as_ref().map(queue) }))]
            }
            Change::Accepted { provider_session_id } => {
                vec![event("transfer.accepted", json!({ "providerSessionId": provider_session_id }))]
            }
            Change::Queued { queue: told } => {
                vec![event("transfer.queued", json!({ "queue": told.as_ref().map(queue) }))]
            }
            Change::RepresentativeJoined { representative } => {
                vec![event("transfer.representative_joined", json!({ "representative": representative }))]
            }
            Change::RepresentativeLeft { representative } => {
                vec![event("transfer.representative_left", json!({ "representative": representative }))]
            }
            Change::PostAgent => vec![event("transfer.post_agent", json!({}))],
            Change::Ended { end, counts, representative } => {
                let hand_back = HandBack { end, counts, representative: representative.as_ref() };
                hand_back.events(session, change)
            }
            Change::MessageReceived { message_id, author, text, truncated, attachments, representative } => {
                let message = json!({
                    "messageId": message_id,
                    "author": author,
                    "text": text,
                    "truncated": truncated,
                    "attachments": attachments.iter().map(attachment).collect::<Vec<_>>(),
                });
                vec![event("message.received", json!({ "message": message, "representative": representative }))]
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
        let at = last.expires_at.unwrap_or(removed_at);
        let key = OrderKey { at_ms: at.timestamp_millis(), sequence: last.version, rank: 0 };
        let end = End { at, reason: EndReason::Expired, by: EndedBy::System, key, cause: Cause::Delivery };
        let hand_back = HandBack { end: &end, counts: &last.counts, representative: last.representative.as_ref() };
        // The removal is no change of the record, so it takes the sequence that the next one would have had.
        let (sequence, status) = (last.version + 1, last.status);
        let change = Change::PostAgent;
        let removal = SequencedChange { sequence, occurred_at: at, status, change };
        Self::new(last, &removal, "transfer.expired", hand_back.detail(last))
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
            status: change.status.as_str(),
            priority: session.priority,
        };
        let mut detail = object(serde_json::to_value(common).unwrap_or_default());
        detail.extend(object(more));
        Self { detail_type, occurred_at: change.occurred_at, detail: Value::Object(detail) }
    }
}

/// What the AI agent needs to go on.
struct HandBack<'a> {
    end: &'a End,
    counts: &'a MessageCounts,
    representative: Option<&'a Representative>,
}

impl HandBack<'_> {
    fn events(&self, session: &Session, change: &SequencedChange) -> Vec<Event> {
        let mut events = Vec::new();
        if self.end.reason.is_failure() {
            let alternatives = session.alternatives_after(self.end.reason);
            let failed = json!({ "reason": self.end.reason, "alternatives": alternatives });
            events.push(Event::new(session, change, "transfer.failed", failed));
        }
        events.push(Event::new(session, change, "transfer.ended", self.detail(session)));
        events
    }

    fn detail(&self, session: &Session) -> Value {
        json!({
            "endReason": self.end.reason,
            "endedBy": self.end.by,
            "endedAt": text(self.end.at),
            "durationSeconds": (self.end.at - session.created_at).num_seconds().max(0),
            "messageCounts": self.counts,
            "representative": self.representative,
            "postAgentAction": session.post_agent_action,
            "alternatives": session.alternatives_after(self.end.reason),
        })
    }
}

fn queue(queue: &Queue) -> Value {
    json!({
        "name": queue.name,
        "position": queue.position,
        "estimatedWaitSeconds": queue.estimated_wait_seconds,
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
