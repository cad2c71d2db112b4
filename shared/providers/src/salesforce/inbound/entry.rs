//! Conversation entries, the same in platform events, in the stream and in what is looked up
//! (`docs/contracts/salesforce.md`, "Callbacks" and "Status"). The payload of an entry is an object or a text
//! with one in it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, ProviderEvent, Representative, SourceId,
};

use super::{closed_state, content, ended_by, representative, status};
use crate::reading::{self, code, digest, flag, items, lenient_json, number, source_id, text};
use crate::salesforce::settings::{AgentTextSource, Settings, UseWorkClosed};
use crate::told::{ended, first, left, note, one as one_of, place, queued};

/// Smaller numbers are seconds, larger ones milliseconds: the boundary lies in 1973 and in the year 5138.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// What somebody tells a representative behind the contact's back.
const WHISPER: &str = "Note";

/// More participants than this change in no entry.
const MAX_PARTICIPANTS: usize = 32;

/// One entry.
pub(in crate::salesforce) struct Entry<'v> {
    outside: &'v Value,
    pub(in crate::salesforce) payload: Cow<'v, Value>,
}

/// Where the routing of a conversation stood when we looked, which tells a transfer from an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "outbound"), expect(dead_code, reason = "only a call can look it up"))]
pub(in crate::salesforce) enum Routing {
    /// It is being handed on.
    Transfer,
    /// It is with whom it was routed to first, or about to be.
    Initial,
    /// Nobody has it.
    Unrouted,
    /// Somebody has it, or the vendor has a new word.
    Other,
}

impl<'v> Entry<'v> {
    pub(in crate::salesforce) fn of(outside: &'v Value) -> Self {
        let payload = match outside.get("entryPayload") {
            Some(Value::String(encoded)) => Cow::Owned(lenient_json(encoded.as_bytes()).unwrap_or_default()),
            Some(payload) => Cow::Borrowed(payload),
            None => Cow::Borrowed(outside),
        };
        Self { outside, payload }
    }

    pub(in crate::salesforce) fn role(&self) -> Option<&str> {
        text(self.outside, "/sender/role")
    }

    pub(in crate::salesforce) fn subject(&self) -> Option<String> {
        reading::id(self.outside, "/sender/subject")
    }

    pub(in crate::salesforce) fn display_name(&self) -> Option<&str> {
        reading::name(self.outside, "/senderDisplayName")
    }

    /// When it was written down.
    pub(in crate::salesforce) fn at(&self) -> Option<DateTime<Utc>> {
        let written = number(self.outside, "/transcriptedTimestamp").and_then(instant);
        written.or_else(|| reading::time(self.outside, "/transcriptedTimestamp"))
    }

    /// Its type, as its payload says it, else as its outside does; a whisper if either says so.
    fn kind(&self) -> &str {
        let outside = text(self.outside, "/entryType");
        let told = text(&self.payload, "/entryType").or(outside).unwrap_or_default();
        if outside == Some(WHISPER) { WHISPER } else { told }
    }

    /// The vendor's id; an entry without one is its own identity.
    fn id(&self) -> String {
        let told = reading::id(self.outside, "/identifier").or_else(|| reading::id(&self.payload, "/id"));
        told.unwrap_or_else(|| digest(&[&self.outside.to_string()]))
    }

    /// The best time that it tells; of an end whose writing down is not told, when the session ended.
    fn best_time(&self) -> Option<DateTime<Utc>> {
        let told = number(self.outside, "/clientTimestamp")
            .or_else(|| number(&self.payload, "/timestamp"))
            .or_else(|| number(&self.payload, "/sessionEndTime"));
        self.at().or_else(|| told.and_then(instant))
    }
}

/// The events of one entry; none if its type is unknown, or it concerns nobody outside. `sent_at` is the time of what
/// carried it, `routing` how the conversation stands if that was looked up.
pub(in crate::salesforce) fn events(
    settings: &Settings,
    entry: &Entry<'_>,
    correlation: &Correlation,
    sent_at: Option<DateTime<Utc>>,
    routing: Option<Routing>,
) -> Vec<ProviderEvent> {
    let id = entry.id();
    let kinds = match entry.kind() {
        "Message" if settings.agent_text_source == AgentTextSource::Provider => {
            source_id(&[&id]).and_then(|id| message(entry, id)).into_iter().collect()
        }
        "ParticipantChanged" => participants(entry, routing),
        "TypingStartedIndicator" => typing(settings, entry, true),
        "TypingStoppedIndicator" => typing(settings, entry, false),
        kind if !entry.payload.is_object() => vec![note("unreadable", code(Some(kind)))],
        kind => one(settings, kind, entry).into_iter().collect(),
    };
    let order = place(entry.best_time().or(sent_at));
    let event = |(position, kind): (usize, EventKind)| ProviderEvent {
        source_id: identity(&id, position, &kind),
        correlation: correlation.clone(),
        order,
        provider_data: provider_data(&entry.payload),
        provider_state: closed_state(&kind),
        kind,
    };
    kinds.into_iter().enumerate().map(event).collect()
}

/// An entry may say several things, each with its own identity; typing may be said again and again. Who comes and goes is
/// known by whom it is about as well: entries about different people are seen with one id.
fn identity(id: &str, position: usize, kind: &EventKind) -> Option<SourceId> {
    match (kind, position) {
        (EventKind::Typing { .. }, _) => None,
        (EventKind::RepresentativeJoined(who) | EventKind::RepresentativeLeft { representative: Some(who), .. }, _) => {
            let about = who.id.as_deref().or(who.name.as_deref()).unwrap_or_default();
            source_id(&[id, kind.word(), about])
        }
        (_, 0) => source_id(&[id]),
        (_, position) => source_id(&[id, &position.to_string()]),
    }
}

/// The event of a message; `None` for the contact's own, which come back.
fn message(entry: &Entry<'_>, message_id: SourceId) -> Option<EventKind> {
    let role = entry.role().unwrap_or_default();
    if role == "EndUser" {
        return None;
    }
    // What the organisation sends by itself in a representative's name proves nobody.
    let automatic = matches!(text(&entry.payload, "/messageReason"), Some("AutomatedResponse" | "Consent"));
    let author = match role {
        "Agent" | "Supervisor" if !automatic => Author::Representative,
        _ => Author::Provider,
    };
    let who = (role == "Agent" && !automatic).then(|| representative(entry.subject().as_deref(), entry.display_name()));
    let parts = content::parts(entry.payload.pointer("/abstractMessage").unwrap_or(&Value::Null));
    let message = IncomingMessage::of(message_id, author, parts)?;
    Some(EventKind::Message(message.proving(who)))
}

/// What an entry of the other types says. Whispers stay where they are, like everything that is not named here.
fn one(settings: &Settings, kind: &str, entry: &Entry<'_>) -> Option<EventKind> {
    let payload = &*entry.payload;
    let said = match kind {
        "RoutingResult" => routed(payload),
        "QueuePosition" => queued(small(payload, "/position"), None),
        "RoutingWorkResult" => worked(settings, entry)?,
        "SessionStatusChanged" => session_status(payload)?,
        "TransferProgress" => note("transfer_progress", None),
        "MessageUpdated" => note("message_updated", code(upload_result(payload))),
        "MessageDeliveryFailed" => note("delivery_failed", code(text(payload, "/errorCode"))),
        "DeliveryAcknowledgement" => note("receipt", Some("Delivered".to_owned())),
        "ReadAcknowledgement" => note("receipt", Some("Read".to_owned())),
        "CloseConversation" | "CLOSE_CONVERSATION" => ended_by(Some("EndUser")),
        _ => return None,
    };
    Some(said)
}

/// Only the first routing can fail the whole conversation: after that, somebody has it.
fn routed(payload: &Value) -> EventKind {
    let failure = text(payload, "/failureType").unwrap_or("None");
    let routing = text(payload, "/routingType").unwrap_or("Initial");
    match (failure, routing) {
        ("None", "Conference") => note("conference", None),
        ("None", _) => {
            let told = flag(payload, "/estimatedWaitTime/isEWTRequested");
            let wait = small(payload, "/estimatedWaitTime/estimatedWaitTimeInSeconds").filter(|_| told);
            queued(None, wait)
        }
        ("RoutingError" | "Cancelled", "Initial") => ended((EndedBy::System, EndReason::NoRepresentatives)),
        (_, "Initial") => ended((EndedBy::System, EndReason::ProviderError)),
        (failure, _) => note("routing_failed", code(Some(failure))),
    }
}

fn worked(settings: &Settings, entry: &Entry<'_>) -> Option<EventKind> {
    let kind = text(&entry.payload, "/workType")?;
    let said = match kind {
        "Assigned" | "Declined" => queued(None, None),
        "Accepted" => {
            // The work names no person; the entry does, where the person itself sent it.
            let person = entry.subject().filter(|_| entry.role() == Some("Agent"));
            let name = entry.display_name().filter(|_| person.is_some());
            EventKind::RepresentativeJoined(representative(person.as_deref(), name))
        }
        "Closed" if settings.use_work_closed == UseWorkClosed::PostAgent => left(None, false),
        "Closed" => note("work_closed", None),
        other => note("work", code(Some(other))),
    };
    Some(said)
}

fn session_status(payload: &Value) -> Option<EventKind> {
    let told = status::Told {
        status: text(payload, "/sessionStatus")?,
        owner: text(payload, "/ownerId"),
        owner_name: reading::name(payload, "/ownerName"),
        ended_by: text(payload, "/sessionEndedByRole"),
    };
    told.kind(|| note("session_active", None))
}

/// Bots, flows and routers come and go without being humans. A change that cannot be read costs the others nothing.
fn participants(entry: &Entry<'_>, routing: Option<Routing>) -> Vec<EventKind> {
    let changes = items(&entry.payload, "/entries").iter().take(MAX_PARTICIPANTS);
    changes.filter_map(|change| participant(change, routing)).collect()
}

fn participant(change: &Value, routing: Option<Routing>) -> Option<EventKind> {
    let (Some(operation), Some(role)) = (text(change, "/operation"), text(change, "/participant/role")) else {
        return Some(note("unreadable", Some("ParticipantChanged".to_owned())));
    };
    if role != "Agent" {
        return None;
    }
    let who = reading::id(change, "/participant/subject");
    let who = representative(who.as_deref(), reading::name(change, "/displayName"));
    match operation {
        "add" => Some(EventKind::RepresentativeJoined(who)),
        "remove" => Some(removed(who, routing)),
        _ => None,
    }
}

/// That somebody is removed is ambiguous by itself: how the conversation is routed tells whether it goes on.
fn removed(who: Representative, routing: Option<Routing>) -> EventKind {
    match routing {
        Some(Routing::Initial) => note("participant_removed", code(who.id.as_deref())),
        Some(Routing::Transfer) => left(Some(who), true),
        Some(Routing::Unrouted | Routing::Other) | None => left(Some(who), false),
    }
}

fn typing(settings: &Settings, entry: &Entry<'_>, on: bool) -> Vec<EventKind> {
    let wanted = settings.outbound_typing && entry.role() != Some("EndUser");
    wanted.then_some(EventKind::Typing { on }).into_iter().collect()
}

fn upload_result(payload: &Value) -> Option<&str> {
    let results = ["/attachmentUploadResult/resultType", "/attachmentUploadResult"];
    ["/updatedMessage/entryPayload/abstractMessage", "/updatedMessage/abstractMessage", "/updatedMessage"]
        .iter()
        .filter_map(|place| payload.pointer(place)?.pointer("/staticContent/attachments/0"))
        .find_map(|file| results.iter().find_map(|place| text(file, place)))
}

/// What operators may see: the names of the conversation and of the session's record, which an administrator looks for.
fn provider_data(payload: &Value) -> Map<String, Value> {
    let records = ["/sessionId", "/recordId", "/workItemId", "/workTargetId"];
    one_of("messagingSessionId", first(payload, &records).filter(|id| id.starts_with("0Mw")))
}

fn small(value: &Value, pointer: &str) -> Option<u32> {
    number(value, pointer).and_then(|number| u32::try_from(number).ok())
}

/// A time in seconds or milliseconds, told apart by its magnitude.
fn instant(number: i64) -> Option<DateTime<Utc>> {
    let milliseconds = if number < SECONDS_BELOW { number.checked_mul(1000)? } else { number };
    DateTime::from_timestamp_millis(milliseconds).filter(|at| at.timestamp() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        assert_eq!(instant(1_795_341_600), instant(1_795_341_600_000));
        for number in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(instant(number), None, "{number}");
        }
    }
}
