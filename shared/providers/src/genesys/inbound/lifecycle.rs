//! Stream B, the life of the conversation: from the partner event bus and from a data action, by one normaliser
//! (`docs/contracts/genesys.md`, "Callbacks" and "Status").

use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::{EndReason, EndedBy, EventKind, ProviderEvent, WrapUp};

use crate::genesys::representative;
use crate::genesys::settings::{LifecycleSource, Settings, UserIdField};
use crate::reading::{code, digest, id, number, source_id, text, time};
use crate::told::{self, Meanings, correlation, ended, left, meaning, note, place, queued};

/// What every topic template starts with.
const TOPIC_PREFIX: &str = "v2.detail.events.conversation.{id}.";

/// The event of one EventBridge envelope; none if it is not about an Open Messaging conversation, or another source of
/// lifecycle events is configured.
pub(super) fn from_bus(settings: &Settings, envelope: &Value) -> Vec<ProviderEvent> {
    let Some(body) = envelope.pointer("/detail/eventBody") else { return Vec::new() };
    let topic = text(envelope, "/detail-type").and_then(|topic| topic.strip_prefix(TOPIC_PREFIX));
    let ours = settings.lifecycle_source == LifecycleSource::Eventbridge
        && text(body, "/mediaType") == Some("MESSAGE")
        && text(body, "/messageType") == Some("OPEN");
    match topic {
        Some(topic) if ours => event(settings, topic, body, time(envelope, "/time")).into_iter().collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The event of one POST of the data action. Its trigger filters on the kind of conversation, so what the body does not
/// say about it is taken as right.
pub(super) fn from_data_action(settings: &Settings, body: &Value) -> Vec<ProviderEvent> {
    let ours = settings.lifecycle_source == LifecycleSource::DataAction
        && text(body, "/mediaType").is_none_or(|media| media == "MESSAGE")
        && text(body, "/messageType").is_none_or(|kind| kind == "OPEN");
    match text(body, "/eventName") {
        Some(topic) if ours => event(settings, topic, body, None).into_iter().collect(),
        Some(_) | None => Vec::new(),
    }
}

fn event(settings: &Settings, topic: &str, body: &Value, sent_at: Option<DateTime<Utc>>) -> Option<ProviderEvent> {
    let kind = meaning(TOPICS, topic)?(settings, body);
    let correlation = correlation(our_id(settings, body), id(body, "/conversationId").as_deref());
    let at = event_time(body);
    // Without a time of its own, an event is still the same event however often it is sent.
    let told = at.map_or_else(|| digest(&[&body.to_string()]), |at| at.timestamp_millis().to_string());
    let part = |pointer| id(body, pointer).unwrap_or_default();
    let source_id = source_id(&[
        topic,
        &part("/conversationId"),
        &part("/participantId"),
        &part("/sessionId"),
        &part("/userId"),
        &told,
    ]);
    Some(told::event(correlation, place(at.or(sent_at)), source_id, kind))
}

/// What the topics mean.
const TOPICS: &Meanings<fn(&Settings, &Value) -> EventKind> = &[
    (&["customer.start", "flow.start"], |_, _| EventKind::Accepted),
    (&["flow.end"], |_, body| note("flow_ended", code(text(body, "/exitReason")))),
    (&["acd.start"], |_, _| queued(None, None)),
    (&["acd.end"], |_, body| queue_left(body)),
    (&["user.start"], |settings, body| alerted(settings, id(body, "/userId").as_deref())),
    (&["user.end"], user_left),
    (&["acw", "wrapup"], |_, body| wrapped_up(body)),
    (&["customer.end"], |_, body| ended(closed(disconnect(body)))),
];

/// Who ended it, and why, by how the customer was disconnected.
const ENDS: &Meanings<(EndedBy, EndReason)> = &[
    (&["PEER"], (EndedBy::Representative, EndReason::RepresentativeEnded)),
    (&["CLIENT", "ENDPOINT", "DND_ENDPOINT"], (EndedBy::Contact, EndReason::ContactEnded)),
    (&["ERROR", "TRANSPORT_FAILURE", "UNCALLABLE"], (EndedBy::System, EndReason::ProviderError)),
];

fn closed(disconnect: &str) -> (EndedBy, EndReason) {
    meaning(ENDS, disconnect).unwrap_or((EndedBy::System, EndReason::ProviderDisconnected))
}

fn disconnect(body: &Value) -> &str {
    text(body, "/disconnectType").unwrap_or_default()
}

fn wrapped_up(body: &Value) -> EventKind {
    let noted = |pointer| text(body, pointer).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    EventKind::WrapUp(WrapUp { code: code(text(body, "/wrapupCode")), note: noted("/wrapupNotes"), promised: None })
}

fn alerted(settings: &Settings, user: Option<&str>) -> EventKind {
    if settings.promote_on_user_start {
        EventKind::RepresentativeJoined(representative(user))
    } else {
        note("alerting", code(user))
    }
}

/// The end of the time in a queue is a human only if one answered.
fn queue_left(body: &Value) -> EventKind {
    match text(body, "/acdOutcome") {
        Some("ANSWERED") => {
            let who = id(body, "/answeredUserId").or_else(|| id(body, "/userId"));
            EventKind::RepresentativeJoined(representative(who.as_deref()))
        }
        Some("ABANDON") => note("abandoned", code(text(body, "/disconnectType"))),
        outcome => note("left_queue", code(outcome)),
    }
}

/// A user's session includes the alert, so one that never interacted was an alert that nobody answered. A transfer
/// says by itself that somebody had answered, unless the event says that nobody did.
fn user_left(settings: &Settings, body: &Value) -> EventKind {
    let disconnect = disconnect(body);
    let user = id(body, "/userId");
    let who = user.as_deref().map(|user| representative(Some(user)));
    let transferred = disconnect.contains("TRANSFER") || disconnect == "TAKEOVER";
    match number(body, "/interactingDurationMs") {
        Some(1..) => left(who, transferred),
        None if transferred => left(who, true),
        // The alert itself had made the session active.
        Some(_) | None if settings.promote_on_user_start => left(who, true),
        Some(_) | None => note("declined", code(user.as_deref())),
    }
}

fn our_id<'a>(settings: &Settings, body: &'a Value) -> Option<&'a str> {
    match settings.lifecycle_user_id_field {
        UserIdField::None => None,
        // The documented body of the data action has only `to`.
        UserIdField::AddressTo => text(body, "/addressTo").or_else(|| text(body, "/to")),
        UserIdField::AddressFrom => text(body, "/addressFrom"),
    }
}

fn event_time(body: &Value) -> Option<DateTime<Utc>> {
    number(body, "/eventTime").and_then(DateTime::from_timestamp_millis).or_else(|| time(body, "/eventTime"))
}
