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

/// The topic that tells the attributes of a conversation: by one of them, which its flow sets, a call names its transfer.
const ATTRIBUTES: &str = "attributes";

/// What every call of the organisation begins with: it says nothing of a transfer, and would be kept in vain.
const BEGINNINGS: [&str; 3] = ["customer.start", "flow.start", "flow.end"];

/// The event of one EventBridge envelope; none if it is neither about an Open Messaging conversation nor about a call that
/// is wanted, or another source of lifecycle events is configured.
pub(super) fn from_bus(settings: &Settings, envelope: &Value) -> Vec<ProviderEvent> {
    let Some(body) = envelope.pointer("/detail/eventBody") else { return Vec::new() };
    let topic = text(envelope, "/detail-type").and_then(|topic| topic.strip_prefix(TOPIC_PREFIX));
    let is_message = media(body) == Some("MESSAGE") && text(body, "/messageType") == Some("OPEN");
    let ours =
        settings.lifecycle_source == LifecycleSource::Eventbridge && (is_message || is_wanted_call(settings, body));
    match topic {
        Some(topic) if ours => event(settings, topic, body, time(envelope, "/time")).into_iter().collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The event of one POST of the data action. Its trigger filters on the kind of conversation, so what the body does not
/// say about it is taken as right.
pub(super) fn from_data_action(settings: &Settings, body: &Value) -> Vec<ProviderEvent> {
    let is_message = media(body).is_none_or(|media| media == "MESSAGE")
        && text(body, "/messageType").is_none_or(|kind| kind == "OPEN");
    let ours =
        settings.lifecycle_source == LifecycleSource::DataAction && (is_message || is_wanted_call(settings, body));
    match text(body, "/eventName") {
        Some(topic) if ours => event(settings, topic, body, None).into_iter().collect(),
        Some(_) | None => Vec::new(),
    }
}

/// What it is about. The event of attributes tells it of each communication.
fn media(body: &Value) -> Option<&str> {
    text(body, "/mediaType").or_else(|| text(body, "/communications/0/mediaType"))
}

fn is_call(body: &Value) -> bool {
    media(body) == Some("VOICE")
}

fn is_wanted_call(settings: &Settings, body: &Value) -> bool {
    settings.call_events && is_call(body)
}

fn event(settings: &Settings, topic: &str, body: &Value, sent_at: Option<DateTime<Utc>>) -> Option<ProviderEvent> {
    let is_call = is_call(body);
    let ours = our_id(settings, body, is_call);
    if (is_call && BEGINNINGS.contains(&topic)) || (topic == ATTRIBUTES && !(is_call && ours.is_some())) {
        return None;
    }
    let kind = meaning(TOPICS, topic)?(settings, body);
    let correlation = correlation(ours, id(body, "/conversationId").as_deref());
    let at = event_time(body);
    let told = match (ours, at) {
        // Attributes are told again with each that is set.
        (Some(ours), _) if topic == ATTRIBUTES => ours.to_owned(),
        (_, Some(at)) => at.timestamp_millis().to_string(),
        // Without a time of its own, an event is still the same event however often it is sent.
        (_, None) => digest(&[&body.to_string()]),
    };
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
    (&["customer.start", "flow.start", ATTRIBUTES], |_, _| EventKind::Accepted),
    (&["voicemail.start"], |_, _| note("voicemail", None)),
    (&["flow.end"], |_, body| note("flow_ended", code(text(body, "/exitReason")))),
    (&["acd.start"], |_, _| queued(None, None)),
    (&["acd.end"], |_, body| queue_left(body)),
    (&["user.start"], |settings, body| alerted(settings, id(body, "/userId").as_deref())),
    (&["user.end"], user_left),
    (&["acw", "wrapup"], |_, body| wrapped_up(body)),
    (&["customer.end"], |_, body| ended(closed(disconnect(body)))),
];

const ENDS: &Meanings<(EndedBy, EndReason)> = &[
    (&["PEER"], (EndedBy::Representative, EndReason::RepresentativeEnded)),
    (&["CLIENT", "ENDPOINT", "DND_ENDPOINT"], (EndedBy::Contact, EndReason::ContactEnded)),
    (&["ERROR", "TRANSPORT_FAILURE", "UNCALLABLE"], (EndedBy::System, EndReason::ProviderError)),
];

/// Who ended it, and why, by how the customer was disconnected.
pub(in crate::genesys) fn closed(disconnect: &str) -> (EndedBy, EndReason) {
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

fn our_id<'a>(settings: &Settings, body: &'a Value, is_call: bool) -> Option<&'a str> {
    let of_flow = || text(body, "/attributes/transferId").or_else(|| text(body, "/transferId"));
    if let Some(id) = of_flow().filter(|_| is_call) {
        return Some(id);
    }
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
