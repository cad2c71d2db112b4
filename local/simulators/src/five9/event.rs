//! The wire form of what the tenant tells.

use serde_json::{Value, json};

use crate::engine::{Attachment, Callback, Representative, rfc3339, with};

use super::config::{Flavor, NameField};

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Create,
    Accept,
    Typing,
    Message {
        text: String,
        serial: u64,
    },
    File {
        file: Attachment,
        serial: u64,
    },
    Terminate,
    /// Open Messaging only, as are the following ones.
    TransferToGroup,
    TransferToAgent,
    AddParticipant,
    RemoveParticipant,
}

impl Event {
    /// What faults and ledgers call it; in the classic flavour also the last segment of the path.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Accept => "accept",
            Self::Typing => "typing",
            Self::Message { .. } => "message",
            Self::File { .. } => "file",
            Self::Terminate => "terminate",
            Self::TransferToGroup => "transfer_to_group",
            Self::TransferToAgent => "transfer_to_agent",
            Self::AddParticipant => "add_participant",
            Self::RemoveParticipant => "remove_participant",
        }
    }
}

/// What an event says about itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) conversation: &'a str,
    pub(super) external_id: &'a str,
    pub(super) who: &'a Representative,
    pub(super) name_field: NameField,
    /// `eventSerialNumber`.
    pub(super) serial: u64,
    pub(super) at_ms: i64,
}

impl Frame<'_> {
    pub(super) fn callback(&self, flavor: Flavor, event: &Event) -> Callback {
        let body = match flavor {
            Flavor::Classic => self.classic(event),
            Flavor::OpenMessaging => self.open_messaging(event),
        };
        Callback::new(event.kind(), self.conversation, body)
    }

    /// Times are epoch milliseconds, a text, or absent, event by event as in the samples.
    fn classic(&self, event: &Event) -> Value {
        let (fields, time) = match event {
            Event::Create => (json!({ "externalId": self.external_id }), json!(self.at_ms)),
            Event::Accept => (self.named(json!({})), json!(rfc3339(self.at_ms))),
            Event::Message { text, serial } => {
                (self.named(json!({ "text": text, "messageSerialNumber": serial })), json!(self.at_ms))
            }
            Event::File { file, .. } => {
                let fields = json!({ "text": file.url, "fileData": { "category": category(&file.mime) } });
                (self.named(fields), Value::Null)
            }
            Event::Terminate => (json!({}), json!(self.at_ms)),
            Event::Typing
            | Event::TransferToGroup
            | Event::TransferToAgent
            | Event::AddParticipant
            | Event::RemoveParticipant => (self.named(json!({})), Value::Null),
        };
        let frame = json!({
            "correlationId": self.conversation, "eventSerialNumber": self.serial, "timestamp": time,
        });
        with(fields, frame)
    }

    fn named(&self, fields: Value) -> Value {
        let name = &self.who.name;
        match self.name_field {
            NameField::DisplayName => with(fields, json!({ "displayName": name })),
            NameField::AgentData => with(fields, json!({ "agentData": { "displayName": name } })),
        }
    }

    fn open_messaging(&self, event: &Event) -> Value {
        let (name, id) = (&self.who.name, &self.who.id);
        let (event_type, payload) = match event {
            Event::Create => ("CREATE", json!({ "externalId": self.external_id, "correlationId": self.conversation })),
            Event::Accept => ("ACCEPT", json!({ "displayName": name, "userId": id, "from": participant(self.who) })),
            Event::Typing => ("TYPING", json!({ "displayName": name, "userId": id })),
            Event::Message { text, serial } => ("MESSAGE", self.said(text, "TEXT", *serial)),
            Event::File { file, serial } => ("MESSAGE", self.said(&file.url, &file.mime, *serial)),
            Event::Terminate => ("TERMINATE", json!({})),
            Event::TransferToGroup => ("TRANSFER_TO_GROUP", json!({ "skillGroup": "Support" })),
            Event::TransferToAgent => ("TRANSFER_TO_AGENT", json!({ "displayName": name, "userId": id })),
            Event::AddParticipant => ("ADD_PARTICIPANT", json!({ "displayName": name, "participantType": "AGENT" })),
            Event::RemoveParticipant => {
                ("REMOVE_PARTICIPANT", json!({ "displayName": name, "participantType": "AGENT" }))
            }
        };
        let frame = json!({ "eventSerialNumber": self.serial, "timestamp": rfc3339(self.at_ms) });
        let payload = with(payload, frame);
        json!({ "chatId": self.conversation, "eventType": event_type, "payload": payload })
    }

    fn said(&self, text: &str, content_type: &str, serial: u64) -> Value {
        json!({
            "messageSerialNumber": serial, "from": participant(self.who), "displayName": self.who.name,
            "text": text, "contentType": content_type,
        })
    }
}

/// The participant id of a representative, which is not the user id.
pub(super) fn participant(who: &Representative) -> String {
    format!("participant-{}", who.id)
}

/// Only `IMAGE` is in the samples.
fn category(mime: &str) -> String {
    mime.split('/').next().unwrap_or_default().to_uppercase()
}
