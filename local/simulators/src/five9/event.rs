//! The wire form of what the tenant tells.

use serde_json::{Map, Value, json};

use crate::{act::Attachment, lane::Callback, options::Representative, timer::rfc3339};

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
        Callback { id: String::new(), kind: event.kind().to_owned(), conversation: self.conversation.to_owned(), body }
    }

    /// Times are epoch milliseconds, a text, or absent, event by event as in the samples.
    fn classic(&self, event: &Event) -> Value {
        let (mut fields, time) = match event {
            Event::Create => (object(json!({ "externalId": self.external_id })), Some(json!(self.at_ms))),
            Event::Accept => (self.named(Map::new()), Some(json!(rfc3339(self.at_ms)))),
            Event::Message { text, serial } => {
                let fields = object(json!({ "text": text, "messageSerialNumber": serial }));
                (self.named(fields), Some(json!(self.at_ms)))
            }
            Event::File { file, .. } => {
                let fields = object(json!({ "text": file.url, "fileData": { "category": category(&file.mime) } }));
                (self.named(fields), None)
            }
            Event::Terminate => (Map::new(), Some(json!(self.at_ms))),
            Event::Typing
            | Event::TransferToGroup
            | Event::TransferToAgent
            | Event::AddParticipant
            | Event::RemoveParticipant => (self.named(Map::new()), None),
        };
        fields.insert("correlationId".to_owned(), json!(self.conversation));
        fields.insert("eventSerialNumber".to_owned(), json!(self.serial));
        if let Some(time) = time {
            fields.insert("timestamp".to_owned(), time);
        }
        Value::Object(fields)
    }

    fn named(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        let name = json!(self.who.name);
        match self.name_field {
            NameField::DisplayName => fields.insert("displayName".to_owned(), name),
            NameField::AgentData => fields.insert("agentData".to_owned(), json!({ "displayName": name })),
        };
        fields
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
        let mut payload = object(payload);
        payload.insert("eventSerialNumber".to_owned(), json!(self.serial));
        payload.insert("timestamp".to_owned(), json!(rfc3339(self.at_ms)));
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

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
