//! The wire form of what the tenant tells.

use serde_json::{Value, json};

use crate::engine::{Attachment, Representative, Scene, rfc3339, with};

use super::{
    Five9,
    config::{Flavor, NameField},
};

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Create,
    Accept,
    Typing,
    Message(String),
    File(Attachment),
    Terminate,
    /// Open Messaging only, as are the following ones.
    TransferToGroup,
    TransferToAgent,
    AddParticipant,
    RemoveParticipant,
}

impl Event {
    /// What faults and ledgers call it; in the classic flavour also the last segment of the path.
    fn kind(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Accept => "accept",
            Self::Typing => "typing",
            Self::Message(_) => "message",
            Self::File(_) => "file",
            Self::Terminate => "terminate",
            Self::TransferToGroup => "transfer_to_group",
            Self::TransferToAgent => "transfer_to_agent",
            Self::AddParticipant => "add_participant",
            Self::RemoveParticipant => "remove_participant",
        }
    }

    /// `eventType` of Open Messaging, where a file is a message as well.
    fn event_type(&self) -> String {
        if let Self::File(_) = self { "MESSAGE".to_owned() } else { self.kind().to_uppercase() }
    }
}

impl Scene<'_, Five9> {
    /// Tells the platform of an event; answers its serial number and time.
    pub(super) fn emit(&mut self, event: &Event) -> (u64, i64) {
        let at_ms = self.time();
        let serial = self.next_serial();
        if let Event::Message(_) | Event::File(_) = event {
            self.case.own.messages = self.case.own.messages.saturating_add(1);
        }
        let body = match self.desk.config.flavor {
            Flavor::Classic => self.classic(event, serial, at_ms),
            Flavor::OpenMessaging => self.open_messaging(event, serial, at_ms),
        };
        self.case.own.callbacks.push(self.callback(event.kind(), body));
        (serial, at_ms)
    }

    /// A given id is the `eventSerialNumber` of the first event of the act.
    fn next_serial(&mut self) -> u64 {
        let given = self.stamp.id.take().and_then(|it| it.parse().ok());
        let serial = given.unwrap_or(self.case.own.events.saturating_add(1));
        self.case.own.events = self.case.own.events.max(serial);
        serial
    }

    /// Times are epoch milliseconds, a text, or absent, event by event as in the samples.
    fn classic(&self, event: &Event, serial: u64, at_ms: i64) -> Value {
        let (fields, time) = match event {
            Event::Create => (json!({ "externalId": self.case.contact }), json!(at_ms)),
            Event::Accept => (self.named(json!({})), json!(rfc3339(at_ms))),
            Event::Message(text) => {
                let fields = json!({ "text": text, "messageSerialNumber": self.case.own.messages });
                (self.named(fields), json!(at_ms))
            }
            Event::File(file) => {
                let fields = json!({ "text": file.url, "fileData": { "category": category(&file.mime) } });
                (self.named(fields), Value::Null)
            }
            Event::Terminate => (json!({}), json!(at_ms)),
            Event::Typing
            | Event::TransferToGroup
            | Event::TransferToAgent
            | Event::AddParticipant
            | Event::RemoveParticipant => (self.named(json!({})), Value::Null),
        };
        with(fields, json!({ "correlationId": self.case.id, "eventSerialNumber": serial, "timestamp": time }))
    }

    fn named(&self, fields: Value) -> Value {
        let name = &self.who().name;
        match self.desk.config.name_field {
            NameField::DisplayName => with(fields, json!({ "displayName": name })),
            NameField::AgentData => with(fields, json!({ "agentData": { "displayName": name } })),
        }
    }

    fn open_messaging(&self, event: &Event, serial: u64, at_ms: i64) -> Value {
        let who = self.who();
        let person = json!({ "displayName": who.name, "userId": who.id });
        let payload = match event {
            Event::Create => json!({ "externalId": self.case.contact, "correlationId": self.case.id }),
            Event::Accept => with(person, json!({ "from": participant(who) })),
            Event::Typing | Event::TransferToAgent => person,
            Event::Message(text) => self.said(text, "TEXT"),
            Event::File(file) => self.said(&file.url, &file.mime),
            Event::Terminate => json!({}),
            Event::TransferToGroup => json!({ "skillGroup": "Support" }),
            Event::AddParticipant | Event::RemoveParticipant => {
                json!({ "displayName": who.name, "participantType": "AGENT" })
            }
        };
        let payload = with(payload, json!({ "eventSerialNumber": serial, "timestamp": rfc3339(at_ms) }));
        json!({ "chatId": self.case.id, "eventType": event.event_type(), "payload": payload })
    }

    fn said(&self, text: &str, content_type: &str) -> Value {
        json!({
            "messageSerialNumber": self.case.own.messages, "from": participant(self.who()),
            "displayName": self.who().name, "text": text, "contentType": content_type,
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
