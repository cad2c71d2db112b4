//! The wire form of conversation entries.

use serde_json::{Value, json};

use crate::engine::{Attachment, Representative, with};

use super::{
    book::{Session, Status},
    config::PayloadShape,
};

/// Who an entry is from.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) app_type: &'static str,
    pub(super) subject: String,
    pub(super) role: &'static str,
    pub(super) name: String,
}

impl Sender {
    pub(super) fn representative(person: &Representative) -> Self {
        Self { app_type: "agent", subject: person.id.clone(), role: "Agent", name: person.name.clone() }
    }

    pub(super) fn guest(subject: &str) -> Self {
        Self { app_type: "iamessage", subject: subject.to_owned(), role: "EndUser", name: "Guest".to_owned() }
    }

    pub(super) fn chatbot() -> Self {
        Self { app_type: "chatbot", subject: "0Xxxx0000000001".to_owned(), role: "Chatbot", name: "Bot".to_owned() }
    }

    pub(super) fn system() -> Self {
        Self { app_type: "system", subject: "system".to_owned(), role: "System", name: "System".to_owned() }
    }

    pub(super) fn router() -> Self {
        Self { app_type: "router", subject: "router".to_owned(), role: "Router", name: "Router".to_owned() }
    }

    pub(super) fn participant(&self) -> Value {
        json!({ "appType": self.app_type, "subject": self.subject, "role": self.role })
    }
}

/// One entry of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) fields: Value,
    pub(super) sender: Sender,
    pub(super) at_ms: i64,
}

/// `entryType`, as far as it is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    TypingStarted,
    TypingStopped,
    ParticipantChanged,
    RoutingResult,
    RoutingWorkResult,
    QueuePosition,
    TransferProgress,
    SessionStatusChanged,
}

/// What goes by an `entryType`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) word: &'static str,
    /// What faults and ledgers call it.
    pub(super) callback: &'static str,
    /// What Enhanced Chat's stream calls it, if it has such frames.
    pub(super) frame: Option<&'static str>,
    /// Whether Enhanced Chat lets it be read.
    pub(super) is_readable: bool,
}

impl Kind {
    pub(super) fn facts(self) -> Facts {
        let (word, callback, frame, is_readable) = match self {
            Self::Message => ("Message", "event.message", Some("CONVERSATION_MESSAGE"), true),
            Self::TypingStarted => {
                ("TypingStartedIndicator", "event.typing", Some("CONVERSATION_TYPING_STARTED_INDICATOR"), false)
            }
            Self::TypingStopped => {
                ("TypingStoppedIndicator", "event.typing", Some("CONVERSATION_TYPING_STOPPED_INDICATOR"), false)
            }
            Self::ParticipantChanged => {
                ("ParticipantChanged", "event.participant_changed", Some("CONVERSATION_PARTICIPANT_CHANGED"), true)
            }
            Self::RoutingResult => ("RoutingResult", "event.routing_result", Some("CONVERSATION_ROUTING_RESULT"), true),
            Self::RoutingWorkResult => ("RoutingWorkResult", "event.routing_work_result", None, false),
            Self::QueuePosition => {
                ("QueuePosition", "event.queue_position", Some("CONVERSATION_QUEUE_POSITION"), false)
            }
            Self::TransferProgress => ("TransferProgress", "event.transfer_progress", None, false),
            Self::SessionStatusChanged => {
                let frame = Some("CONVERSATION_SESSION_STATUS_CHANGED");
                ("SessionStatusChanged", "event.session_status_changed", frame, false)
            }
        };
        Facts { word, callback, frame, is_readable }
    }
}

impl Entry {
    /// The entry as it stands in `payload`.
    pub(super) fn document(&self) -> Value {
        json!({
            "senderDisplayName": self.sender.name,
            "identifier": self.id,
            "entryType": self.kind.facts().word,
            "entryPayload": self.payload(),
            "sender": self.sender.participant(),
            "transcriptedTimestamp": self.at_ms,
            "clientTimestamp": self.at_ms,
            "clientDuration": 0,
        })
    }

    fn payload(&self) -> Value {
        let mut payload = json!({ "entryType": self.kind.facts().word, "id": self.id });
        if let (Some(payload), Value::Object(fields)) = (payload.as_object_mut(), &self.fields) {
            payload.extend(fields.clone());
        }
        payload
    }
}

/// The decoded `Payload__c` of an entry.
pub(super) fn event_payload(
    conversation: &str,
    channel: &str,
    contact: &str,
    entry: &Entry,
    shape: PayloadShape,
) -> Value {
    let event = json!({
        "conversationIdentifier": conversation,
        "channelAddressIdentifier": channel,
        "recipient": { "appType": "custom", "subject": contact, "role": "EndUser" },
    });
    match shape {
        PayloadShape::Nested => with(event, json!({ "payload": entry.document() })),
        PayloadShape::Flat => with(event, entry.document()),
    }
}

/// One frame of Enhanced Chat's stream: there the payload of an entry is a text with JSON in it.
pub(super) fn frame(conversation: &str, entry: &Entry) -> Value {
    let document = with(entry.document(), json!({ "entryPayload": entry.payload().to_string() }));
    json!({
        "event": entry.kind.facts().frame,
        "id": entry.id,
        "data": {
            "channelPlatformKey": "local", "channelType": "embedded_messaging",
            "channelAddressIdentifier": "local", "conversationId": conversation, "conversationEntry": document,
        },
    })
}

/// A text; `reason` says that no human wrote it.
pub(super) fn text(id: &str, text: &str, reason: Option<&str>) -> Value {
    json!({
        "messageReason": reason,
        "abstractMessage": {
            "messageType": "StaticContentMessage", "id": id,
            "staticContent": { "formatType": "Text", "text": text },
        },
    })
}

/// A file, with a text beside it if there is one.
pub(super) fn file(id: &str, file: &Attachment, text: &str, file_id: &str) -> Value {
    let content = json!({ "formatType": "Attachments", "attachments": [{
        "id": file_id, "name": file.filename, "mimeType": file.mime, "url": file.url,
        "referenceId": file_id, "attachmentUploadResult": null,
    }]});
    let content = with(content, json!({ "text": Some(text).filter(|it| !it.is_empty()) }));
    json!({
        "messageReason": null,
        "abstractMessage": { "messageType": "StaticContentMessage", "id": id, "staticContent": content },
    })
}

/// A participant comes (`add`) or goes (`remove`).
pub(super) fn participant(operation: &str, person: &Sender) -> Value {
    json!({ "entries": [{
        "operation": operation, "displayName": person.name, "participant": person.participant(),
    }]})
}

/// Routing succeeded, or failed with `RoutingError`.
pub(super) fn routing_result(session: &Session, failed: bool) -> Value {
    let errors: &[&str] = if failed { &["No agents are available."] } else { &[] };
    json!({
        "routingType": routing_type(session),
        "failureType": if failed { "RoutingError" } else { "None" },
        "errorMessages": errors,
        "recordId": session.id,
        "pendingServiceRoutingId": session.routing_id,
        "estimatedWaitTime": { "isEWTRequested": true, "estimatedWaitTimeInSeconds": 120 },
        "isExternallyRouted": false,
    })
}

fn routing_type(session: &Session) -> &'static str {
    if session.routings > 1 { "Transfer" } else { "Initial" }
}

/// What became of the work that was pushed to a representative.
pub(super) fn work(session: &Session, work_type: &str, queue_id: &str, desk_id: &str) -> Value {
    json!({
        "workType": work_type, "workId": session.work_id, "workTargetId": session.id,
        "queueId": queue_id, "agentSessionId": desk_id, "routingType": routing_type(session), "errorMessages": [],
    })
}

/// The place in the queue.
pub(super) fn position(session: &Session) -> Value {
    json!({
        "pendingServiceRoutingId": session.routing_id, "workItemId": session.id, "position": session.position,
    })
}

/// A session's status has changed; these times are seconds, all others milliseconds.
pub(super) fn status(
    session: &Session,
    previous: Status,
    conversation: &str,
    channel: &str,
    ended: Option<(&str, i64)>,
) -> Value {
    json!({
        "sessionId": session.id, "conversationIdentifier": conversation, "channelAddressIdentifier": channel,
        "sessionStatusPrev": previous, "sessionStatus": session.status,
        "sessionStartTime": session.started_ms / 1000,
        "sessionEndTime": ended.map(|(_, at_ms)| at_ms / 1000),
        "sessionEndedByRole": ended.map(|(role, _)| role),
    })
}
