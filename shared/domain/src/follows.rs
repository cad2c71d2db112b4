//! What follows from a change: the events for everybody outside and the commands for the provider.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::content::plain_parts;
use crate::{
    Aftermath, AgentName, Attachment, Change, Command, ContactId, Delivery, End, EndReason, EventEndpoint, HandBack,
    HandedBack, IntegrationHealth, Labels, MessageCounts, Priority, ProjectId, Provider, Queue, Representative,
    SequencedChange, Session, SessionId, SettledMessage, Status, TransferId,
};

/// Everything that must leave the system because a session or a message of it was written or removed, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Follows {
    /// For everybody outside.
    pub events: Vec<Event>,
    /// For the provider.
    pub commands: Vec<Command>,
}

impl Follows {
    /// Of a write: of what the session's image says that it changed. `aftermath`: what stands beside the session, where
    /// [`Session::tells_hand_back`].
    pub fn of_write(session: &Session, aftermath: &Aftermath) -> Self {
        let changes = &session.changes;
        Self {
            events: changes.iter().flat_map(|change| Event::of_change(session, change, aftermath)).collect(),
            commands: changes.iter().flat_map(|change| Command::after(session, change)).collect(),
        }
    }

    /// Of the removal of a record whose retention is over. `last` is its last image.
    pub fn of_removal(last: Session) -> Self {
        Self { events: vec![], commands: vec![Command::after_removal(last)] }
    }
}

impl Session {
    /// Whether the last write told a hand-back, of which not all stands in the session's row.
    pub fn tells_hand_back(&self) -> bool {
        self.changes
            .iter()
            .any(|it| matches!(it.change, Change::Ended { .. } | Change::HandedBack | Change::HandBackOpen))
    }
}

impl Follows {
    /// Of how a contact centre answers.
    pub fn of_health(health: &IntegrationHealth) -> Self {
        Self { events: vec![Event::of_health(health)], commands: vec![] }
    }

    /// Of an event endpoint that was switched on or off.
    pub fn of_switched(endpoint: &EventEndpoint) -> Self {
        Self { events: vec![Event::of_switched(endpoint)], commands: vec![] }
    }

    /// Of a message whose delivery is settled.
    pub fn of_settled(settled: &SettledMessage) -> Self {
        Self { events: Event::of_settled(settled).into_iter().collect(), commands: vec![] }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened, such as `transfer.queued`.
    pub detail_type: &'static str,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The fields of its detail.
    pub detail: Map<String, Value>,
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
    "transfer.delayed",
    "transfer.silent",
    "transfer.stale",
    "transfer.unknown_there",
    "transfer.expiring",
    "transfer.failed",
    "transfer.ended",
    "transfer.expired",
    "transfer.followed",
    "transfer.handback_updated",
    "transfer.handback_open",
    "message.received",
    "message.delivered",
    "message.failed",
    "typing",
    "integration.state_changed",
    "event_endpoint.state_changed",
];

/// The detail type of an event that only tests an endpoint. Nobody asks for it by its type: the endpoint that is tested
/// gets it.
pub const TEST_EVENT: &str = "event_endpoint.test";

impl Event {
    /// The events of one change, in order; none for what concerns only ourselves.
    pub fn of_change(session: &Session, change: &SequencedChange, aftermath: &Aftermath) -> Vec<Self> {
        let event = |detail_type, more| vec![Self::new(session, change, detail_type, more)];
        match &change.change {
            Change::Requested { predecessor } => {
                let requested = [("queue", queue(&session.queue())), ("predecessorSessionId", json!(predecessor))];
                let requested = fields(requested);
                event("transfer.requested", requested.into_iter().chain(labels(&session.labels)).collect())
            }
            Change::Accepted { provider_session_id } => {
                event("transfer.accepted", fields([("providerSessionId", json!(provider_session_id))]))
            }
            Change::Queued { queue: told } => event("transfer.queued", fields([("queue", queue(told))])),
            Change::RepresentativeJoined { representative } => {
                event("transfer.representative_joined", fields([("representative", json!(representative))]))
            }
            Change::RepresentativeLeft { representative } => {
                event("transfer.representative_left", fields([("representative", json!(representative))]))
            }
            Change::PostAgent => event("transfer.post_agent", fields([])),
            Change::Ended { end, counts, representative } => {
                let representative = representative.as_ref();
                Ending { end, counts, representative, aftermath }.events(session, change)
            }
            Change::HandedBack => {
                let (counts, representative) = (&session.counts, session.representative());
                let ending = |end| Ending { end, counts, representative: representative.as_ref(), aftermath };
                let updated = |end| event("transfer.handback_updated", ending(end).detail(session));
                session.end().map(updated).unwrap_or_default()
            }
            Change::Followed { successor, provider, queue, by } => {
                let followed = [
                    ("successorSessionId", json!(successor)),
                    ("successorProvider", json!(provider)),
                    ("successorQueue", json!(queue)),
                    ("linkedBy", json!(by)),
                ];
                event("transfer.followed", fields(followed))
            }
            Change::HandBackOpen => {
                let open = |handed: HandedBack| {
                    let open = [
                        ("outcome", json!(session.outcome())),
                        ("version", json!(handed.version)),
                        ("openSince", json!(text(handed.told_at))),
                        ("handback", json!(HandBack::of(session, aftermath))),
                    ];
                    event("transfer.handback_open", fields(open))
                };
                session.hand_back.map(open).unwrap_or_default()
            }
            received @ Change::MessageReceived { representative, .. } => {
                let more = [("message", message(received)), ("representative", json!(representative))];
                event("message.received", fields(more))
            }
            Change::Typing { on } => event("typing", fields([("on", json!(on))])),
            Change::Survey { rating, scale_max } => {
                event("transfer.survey", fields([("rating", json!(rating)), ("scaleMax", json!(scale_max))]))
            }
            Change::Expiring { expires_at } => {
                event("transfer.expiring", fields([("expiresAt", json!(text(*expires_at)))]))
            }
            Change::Silent { representative } => {
                event("transfer.silent", fields([("representative", json!(representative))]))
            }
            Change::Stale => {
                event("transfer.stale", fields([("lastActivityAt", json!(text(session.last_activity())))]))
            }
            Change::UnknownThere { why } => event("transfer.unknown_there", fields([("reason", json!(why))])),
            Change::Delayed { hold, unconfirmed } => {
                let delayed = [
                    ("waitingFor", json!(hold.what.as_str())),
                    ("since", json!(text(hold.since))),
                    ("reason", json!(hold.why)),
                    ("unconfirmed", json!(unconfirmed)),
                    ("alternatives", json!(session.alternatives_while_waiting())),
                ];
                event("transfer.delayed", fields(delayed))
            }
            Change::Linked
            | Change::Orphaned
            | Change::MessageAccepted
            | Change::MessagesAcknowledged { .. }
            | Change::Checked { .. } => vec![],
        }
    }

    /// The event of a message whose delivery is settled. It has the number of its message: a session is not written for it.
    pub fn of_settled(settled: &SettledMessage) -> Option<Self> {
        let SettledMessage { message, settlement } = settled;
        let id = ("messageId", json!(message.message_id));
        let (detail_type, more) = match &message.delivery {
            Delivery::Delivered => ("message.delivered", fields([id])),
            Delivery::Failed { reason } => ("message.failed", fields([id, ("reason", json!(reason))])),
            Delivery::Pending | Delivery::Attempted { .. } | Delivery::Received => return None,
        };
        let told = Told { sequence: message.sequence, occurred_at: settlement.at, status: settlement.status };
        let about = About {
            project_id: &settlement.project_id,
            session_id: &settlement.session_id,
            contact_id: &settlement.contact_id,
            agent: &settlement.agent,
            provider: settlement.provider,
            priority: settlement.priority,
        };
        Some(Self::about(about, told, detail_type, more))
    }

    /// The event of a contact centre that answers otherwise than before.
    pub fn of_health(health: &IntegrationHealth) -> Self {
        let detail_type = "integration.state_changed";
        let detail = fields([
            // With the state: within one millisecond it can be two.
            (
                "eventId",
                json!(format!(
                    "{}-{}-{}-{detail_type}",
                    health.integration_id,
                    health.since.timestamp_millis(),
                    health.state
                )),
            ),
            ("occurredAt", json!(text(health.since))),
            ("projectId", json!(health.project_id)),
            ("provider", json!(health.provider)),
            ("integrationId", json!(health.integration_id)),
            ("state", json!(health.state)),
            ("lastError", json!(health.last_error)),
        ]);
        Self { detail_type, occurred_at: health.since, detail }
    }

    /// The event of an endpoint that was switched on or off.
    pub fn of_switched(endpoint: &EventEndpoint) -> Self {
        let detail_type = "event_endpoint.state_changed";
        let EventEndpoint { project_id, endpoint_id, state, updated_at, version, .. } = endpoint;
        let detail = fields([
            ("eventId", json!(format!("{project_id}-{endpoint_id}-{version}-{detail_type}"))),
            ("occurredAt", json!(text(*updated_at))),
            ("projectId", json!(project_id)),
            ("endpointId", json!(endpoint_id)),
            ("state", json!(state)),
        ]);
        Self { detail_type, occurred_at: *updated_at, detail }
    }

    /// Of nothing but that somebody wants to see whether events arrive; `id` tells it from others.
    pub fn of_test(endpoint: &EventEndpoint, id: TransferId, now: DateTime<Utc>) -> Self {
        let detail = fields([
            ("eventId", json!(format!("{id}-{TEST_EVENT}"))),
            ("occurredAt", json!(text(now))),
            ("projectId", json!(endpoint.project_id)),
            ("endpointId", json!(endpoint.endpoint_id)),
        ]);
        Self { detail_type: TEST_EVENT, occurred_at: now, detail }
    }

    /// Its id, the same for every repetition.
    pub fn event_id(&self) -> &str {
        self.detail.get("eventId").and_then(Value::as_str).unwrap_or_default()
    }

    fn new(session: &Session, change: &SequencedChange, detail_type: &'static str, more: Fields) -> Self {
        let told = Told { sequence: change.sequence, occurred_at: change.occurred_at, status: change.status };
        Self::about(About::of(session), told, detail_type, more)
    }

    fn about(about: About<'_>, told: Told, detail_type: &'static str, more: Fields) -> Self {
        // Derived, so that a repetition has the same id. `failed` and `ended` share a change, not an id.
        let event_id = format!("{}-{}-{detail_type}", about.session_id.transfer, told.sequence);
        let common = fields([
            ("eventId", json!(event_id)),
            ("sequence", json!(told.sequence)),
            ("occurredAt", json!(text(told.occurred_at))),
            ("projectId", json!(about.project_id)),
            ("sessionId", json!(about.session_id)),
            ("conversationSessionId", json!(about.session_id.conversation)),
            ("contactId", json!(about.contact_id)),
            ("agent", json!(about.agent)),
            ("provider", json!(about.provider)),
            ("channel", json!(about.session_id.channel)),
            ("status", json!(told.status)),
            ("priority", json!(about.priority)),
        ]);
        let detail = common.into_iter().chain(more).collect();
        Self { detail_type, occurred_at: told.occurred_at, detail }
    }
}

/// Which session an event is about.
#[derive(Clone, Copy)]
struct About<'a> {
    project_id: &'a ProjectId,
    session_id: &'a SessionId,
    contact_id: &'a ContactId,
    agent: &'a AgentName,
    provider: Provider,
    priority: Priority,
}

impl<'a> About<'a> {
    fn of(session: &'a Session) -> Self {
        Self {
            project_id: &session.project_id,
            session_id: &session.session_id,
            contact_id: &session.contact_id,
            agent: &session.agent,
            provider: session.provider,
            priority: session.priority,
        }
    }
}

/// What an event has in common with what it tells of.
#[derive(Clone, Copy)]
struct Told {
    sequence: u64,
    occurred_at: DateTime<Utc>,
    status: Status,
}

/// An end, as its events tell it.
struct Ending<'a> {
    end: &'a End,
    counts: &'a MessageCounts,
    representative: Option<&'a Representative>,
    aftermath: &'a Aftermath,
}

impl Ending<'_> {
    fn events(&self, session: &Session, change: &SequencedChange) -> Vec<Event> {
        let mut events = Vec::new();
        if session.trouble_with(self.end).is_some() {
            let alternatives = session.alternatives_to(self.end);
            let failed = [("reason", json!(self.end.reason)), ("alternatives", json!(alternatives))];
            let failed = fields(failed).into_iter().chain(self.came_to(session)).collect();
            events.push(Event::new(session, change, "transfer.failed", failed));
        }
        let told = if self.end.reason == EndReason::Expired { "transfer.expired" } else { "transfer.ended" };
        events.push(Event::new(session, change, told, self.detail(session)));
        events
    }

    fn detail(&self, session: &Session) -> Fields {
        let detail = fields([
            ("endReason", json!(self.end.reason)),
            ("endedBy", json!(self.end.by)),
            ("endedAt", json!(text(self.end.at))),
            ("durationSeconds", json!((self.end.at - session.created_at).num_seconds().max(0))),
            ("messageCounts", json!(self.counts)),
            ("representative", json!(self.representative)),
            ("postAgentAction", json!(session.post_agent_action)),
            ("alternatives", json!(session.alternatives_to(self.end))),
        ]);
        detail.into_iter().chain(self.came_to(session)).collect()
    }

    /// What became of it, what it is counted by, and what the agent goes on with.
    fn came_to(&self, session: &Session) -> Fields {
        let outcome = session.came_to(self.end);
        let came_to = [("outcome", json!(outcome)), ("handback", json!(HandBack::of(session, self.aftermath)))];
        fields(came_to).into_iter().chain(labels(&session.labels)).collect()
    }
}

fn labels(Labels { trigger, reason_code, tags }: &Labels) -> Fields {
    fields([("trigger", json!(trigger)), ("reasonCode", json!(reason_code)), ("tags", json!(tags))])
}

fn queue(queue: &Queue) -> Value {
    json!({
        "name": queue.name,
        "position": queue.position,
        "estimatedWaitSeconds": queue.estimated_wait_seconds,
    })
}

/// What arrived, as events tell it.
fn message(received: &Change) -> Value {
    let Change::MessageReceived { message_id, author, text, truncated, attachments, content, late, .. } = received
    else {
        return Value::Null;
    };
    let content = if content.is_empty() { plain_parts(text, attachments) } else { content.clone() };
    json!({
        "messageId": message_id,
        "author": author,
        "text": text,
        "truncated": truncated,
        "attachments": attachments.iter().map(attachment).collect::<Vec<_>>(),
        "content": content,
        "late": late,
    })
}

fn attachment(attachment: &Attachment) -> Value {
    json!({ "url": attachment.url, "name": attachment.name, "contentType": attachment.content_type })
}

type Fields = Map<String, Value>;

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Fields {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
