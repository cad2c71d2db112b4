//! What Five9 tells (`docs/contracts/five9.md`, "Identity and order" and "Status").
//!
//! Of events without a time the serial number tells the order. `create` is by nature the first event of a conversation,
//! and one with neither stands at the transfer's own creation, so that it never takes back what came after it. Other
//! events with neither count as they arrive.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Order, Part, ProviderEvent, ProviderSessionId,
    Representative, SourceId,
};

use super::Callback;
use crate::five9::settings::fields::{Field, Names};
use crate::five9::settings::{Meaning, Settings};
use crate::five9::state;
use crate::reading::{code, created_at, digest, file, source_id, text, web_address};
use crate::told::{self, correlation, ended, left, one, place};

/// The events of one authentic classic callback; none if its event is unknown.
pub(super) fn classic(
    settings: &Settings,
    callback: &Callback<'_>,
    body: &Value,
    raw: &[u8],
    now: DateTime<Utc>,
) -> Vec<ProviderEvent> {
    // Only a conversation that could be called later is worth remembering.
    let known = Some(callback.conversation).filter(|id| ProviderSessionId::new(*id).is_ok());
    let reading = Reading {
        settings,
        // Not the conversation: its id may be the session's token, which nobody is to be shown.
        correlation: Correlation { transfer_id: Some(callback.transfer), provider_session_id: None },
        conversation: callback.conversation.to_owned(),
        event: callback.event,
        payload: body,
        arrived_at: now,
        raw: digest(&[callback.event, &hex::encode(raw)]),
        provider_data: Map::new(),
        provider_state: one(state::CONVERSATION, known),
    };
    reading.events()
}

/// The events of one authentic Open Messaging webhook; none if its type is unknown.
pub(super) fn open_messaging(settings: &Settings, body: &Value, raw: &[u8], now: DateTime<Utc>) -> Vec<ProviderEvent> {
    let names = &settings.field_aliases;
    let empty = Value::Null;
    let payload = names.value(body, Field::Payload).unwrap_or(&empty);
    let chat = names.text(body, Field::ChatId);
    let Some(event) = names.text(body, Field::EventType) else { return Vec::new() };
    let correlation = correlation(names.text(payload, Field::ExternalId).as_deref(), chat.as_deref());
    let reading = Reading {
        settings,
        provider_data: one("chatId", correlation.provider_session_id.as_ref().map(ProviderSessionId::as_str)),
        correlation,
        conversation: chat.unwrap_or_default(),
        event: &event,
        payload,
        arrived_at: now,
        raw: digest(&[&hex::encode(raw)]),
        provider_state: Map::new(),
    };
    reading.events()
}

struct Reading<'a> {
    settings: &'a Settings,
    correlation: Correlation,
    conversation: String,
    event: &'a str,
    payload: &'a Value,
    arrived_at: DateTime<Utc>,
    /// Tells events without a serial number apart.
    raw: String,
    provider_data: Map<String, Value>,
    provider_state: Map<String, Value>,
}

impl Reading<'_> {
    fn events(mut self) -> Vec<ProviderEvent> {
        let Some(meaning) = self.settings.meaning(self.event) else { return Vec::new() };
        let kind = match meaning {
            Meaning::Accepted => EventKind::Accepted,
            Meaning::Queued => {
                let queue = self.text(Field::SkillGroup);
                EventKind::Queued { queue, position: None, estimated_wait_seconds: None }
            }
            Meaning::AgentJoined => {
                self.provider_state.extend(one(state::PARTICIPANT, self.text(Field::From)));
                EventKind::RepresentativeJoined(self.representative())
            }
            Meaning::AgentMessage => {
                let names = self.settings.agent_change_by_name;
                let who = if names { self.representative() } else { Representative { id: None, name: None } };
                return self.message(Author::Representative, Some(who));
            }
            Meaning::ProviderMessage => return self.message(Author::Provider, None),
            Meaning::Typing => return vec![self.event(None, EventKind::Typing { on: true })],
            Meaning::AgentLeft => left(None, false),
            // Five9 does not say who; nearly always it is the representative.
            Meaning::Closed => ended((EndedBy::Representative, EndReason::RepresentativeEnded)),
            Meaning::Failed => {
                let ended = ended((EndedBy::System, EndReason::ProviderError));
                let code = code(self.text(Field::ChatErrorCode).as_deref());
                return vec![self.note("provider_error", code), self.event(self.identity(""), ended)];
            }
            Meaning::Annotation => return vec![self.note("provider_note", code(Some(self.event)))],
        };
        vec![self.event(self.identity(""), kind)]
    }

    /// A file is a message whose text is an address.
    fn message(&self, author: Author, proves_active: Option<Representative>) -> Vec<ProviderEvent> {
        let said = self.text(Field::Text).unwrap_or_default();
        let told = self.names().value(self.payload, Field::FileData);
        let is_file = told.is_some() || self.event.eq_ignore_ascii_case("file");
        let is_image = told.and_then(|told| text(told, "/category")) == Some("IMAGE");
        let parts = match web_address(&said) {
            Some(url) if is_file => vec![file(url, None, is_image.then_some("image/*"))],
            Some(_) | None => vec![Part::text(said)],
        };
        let message = self.message_id().and_then(|id| IncomingMessage::of(id, author, parts));
        let event = |message: IncomingMessage| {
            self.event(Some(message.message_id.clone()), EventKind::Message(message.proving(proves_active)))
        };
        message.map(event).into_iter().collect()
    }

    /// The identity of a message, with the number behind it by which Five9 is told of its arrival.
    fn message_id(&self) -> Option<SourceId> {
        let id = if self.is_told_apart() {
            self.identity("")?
        } else {
            // Nothing says that Five9 repeats a callback, and "ok" may be said twice.
            self.identity(&self.arrived_at.timestamp_millis().to_string())?
        };
        let number = self.text(Field::MessageSerialNumber).filter(|_| self.settings.send_acks);
        number.and_then(|number| source_id(&[id.as_str(), &number])).or(Some(id))
    }

    /// Whether the event has something that another one of the same words would have not.
    fn is_told_apart(&self) -> bool {
        let fields = [Field::EventSerialNumber, Field::MessageSerialNumber, Field::Timestamp];
        fields.into_iter().any(|field| self.text(field).is_some_and(|told| !told.trim().is_empty()))
    }

    /// Five9 tells names only.
    fn representative(&self) -> Representative {
        let said = |field| self.text(field).filter(|name| !name.trim().is_empty());
        Representative { id: None, name: said(Field::DisplayName).or_else(|| said(Field::AgentDisplayName)) }
    }

    fn note(&self, what: &str, detail: Option<String>) -> ProviderEvent {
        self.event(self.identity(what), told::note(what, detail))
    }

    /// (conversation, serial number), else event and raw body: `docs/contracts/five9.md`, "Identity and order". As a
    /// digest, because the conversation's id is not to be shown.
    fn identity(&self, sort: &str) -> Option<SourceId> {
        let serial = self.names().number(self.payload, Field::EventSerialNumber);
        let id = match serial {
            Some(serial) => digest(&[&self.conversation, &serial.to_string(), sort]),
            None => digest(&[&self.conversation, &self.raw, sort]),
        };
        SourceId::new(id).ok()
    }

    fn order(&self) -> Order {
        let number = self.names().number(self.payload, Field::EventSerialNumber);
        let is_first = self.event.eq_ignore_ascii_case("create");
        let created = || self.correlation.transfer_id.filter(|_| is_first).and_then(created_at);
        match (self.names().time(self.payload, Field::Timestamp), number) {
            (Some(at), number) => Order::Provider { at, sequence: number.unwrap_or_default() },
            (None, Some(sequence)) => Order::Numbered { sequence },
            (None, None) => place(created()),
        }
    }

    fn event(&self, source_id: Option<SourceId>, kind: EventKind) -> ProviderEvent {
        ProviderEvent {
            provider_data: self.provider_data.clone(),
            provider_state: self.provider_state.clone(),
            ..told::event(self.correlation.clone(), self.order(), source_id, kind)
        }
    }

    fn text(&self, field: Field) -> Option<String> {
        self.names().text(self.payload, field)
    }

    fn names(&self) -> &Names {
        &self.settings.field_aliases
    }
}
