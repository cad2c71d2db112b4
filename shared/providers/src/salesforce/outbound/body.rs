//! The bodies of both products: the same messages in different wrappings.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use transfer_domain::{Message, ReceiptState, Session, SourceId, TransferRequest};

use super::{stable_uuid, typing_entry};
use crate::draft::Word as _;
use crate::said::{first_text, present, with_links};
use crate::salesforce::settings::{AckTimestampFormat, RoutingAttribute, Settings};

/// Facts that the routing flow may look at.
pub(super) type Attributes = BTreeMap<&'static str, String>;

/// An abstract message, with the id that a repetition keeps.
struct Said {
    id: String,
    message: Value,
}

fn text(id: String, text: &str) -> Said {
    let content = json!({ "formatType": "Text", "text": text });
    let message = json!({ "messageType": "StaticContentMessage", "id": id, "staticContent": content });
    Said { id, message }
}

/// A message of the contact: a choice as one, else its text. Files go as links: the vendor takes uploads only, and we keep
/// no files.
fn said(session: &Session, message: &Message) -> Said {
    let id = stable_uuid(&["message", &session.transfer_id().to_string(), &message.sequence.to_string()]);
    let Some(reply) = message.choice() else {
        return text(id, &with_links(&message.text, &message.attachments));
    };
    let message = json!({
        "messageType": "ChoicesResponseMessage",
        "id": id,
        "inReplyToMessageId": reply.message_id,
        "choicesResponse": { "formatType": "Selections", "selectedOptions": [{ "optionIdentifier": reply.value }] },
    });
    Said { id, message }
}

/// The same as an abstract message alone.
pub(super) fn abstract_message(session: &Session, message: &Message) -> Value {
    said(session, message).message
}

/// The first message. Its time is the transfer's, so that a repetition is the same message.
pub(super) fn opening(
    settings: &Settings,
    session: &Session,
    request: &TransferRequest,
    attributes: Option<&Attributes>,
) -> Value {
    let id = stable_uuid(&["message", &session.transfer_id().to_string(), "0"]);
    let first = entry(text(id, &first_text(session, request)));
    interaction(settings, session, attributes, &first, session.created_at)
}

/// A later message.
pub(super) fn message(settings: &Settings, session: &Session, message: &Message) -> Value {
    interaction(settings, session, None, &entry(said(session, message)), message.accepted_at)
}

/// The last text, where nothing else can tell the representative that the contact is gone.
pub(super) fn farewell(settings: &Settings, session: &Session) -> Value {
    let id = stable_uuid(&["farewell", &session.transfer_id().to_string()]);
    let at = session.end().map_or(session.updated_at, |end| end.at);
    interaction(settings, session, None, &entry(text(id, &settings.end_text)), at)
}

/// That the contact types, or stopped.
pub(super) fn typing(settings: &Settings, session: &Session, on: bool, now: DateTime<Utc>) -> Value {
    let at_ms = now.timestamp_millis();
    let (id, kind) = typing_entry(session, on, at_ms);
    interaction(settings, session, None, &json!({ "id": id, "entryType": kind, "timestamp": at_ms }), now)
}

fn entry(Said { id, message }: Said) -> Value {
    json!({ "id": id, "entryType": "Message", "abstractMessage": message })
}

/// Inbound as the vendor sees it, the contact's for us: exactly one interaction a request. It is from the transfer, not
/// from the contact: another transfer must not be threaded into an old conversation.
fn interaction(
    settings: &Settings,
    session: &Session,
    attributes: Option<&Attributes>,
    payload: &Value,
    at: DateTime<Utc>,
) -> Value {
    present(json!({
        "to": settings.channel_address_identifier,
        "from": session.transfer_id(),
        "routingAttributes": attributes,
        "interactions": [{
            "timestamp": at.timestamp_millis(),
            "interactionType": "EntryInteraction",
            "payload": payload,
        }],
    }))
}

/// The body of an opening without a message.
pub(super) fn conversation(settings: &Settings, session: &Session, attributes: &Attributes) -> Value {
    json!({
        "channelAddressIdentifier": settings.channel_address_identifier,
        "routingAttributes": attributes,
        "participants": [{ "subject": session.transfer_id(), "role": "EndUser", "appType": "custom" }],
    })
}

/// The facts that the routing flow may look at; a longer text is cut, because the vendor would refuse it whole.
pub(super) fn attributes(settings: &Settings, session: &Session, request: &TransferRequest) -> Attributes {
    let max = usize::try_from(settings.routing_attribute_max_chars).unwrap_or(usize::MAX);
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let value = |attribute: RoutingAttribute| match attribute {
        RoutingAttribute::TransferId => session.transfer_id().to_string(),
        RoutingAttribute::Summary => optional(&request.summary),
        RoutingAttribute::Reason => optional(&request.reason),
        RoutingAttribute::Language => optional(&request.briefing.language),
        RoutingAttribute::Priority => session.priority.to_string(),
        RoutingAttribute::Queue => session.queue().name,
        RoutingAttribute::Skills => request.briefing.skills.join(","),
    };
    let chosen = settings.routing_attributes.iter();
    chosen
        .map(|attribute| (attribute.word(), value(*attribute).chars().take(max).collect::<String>()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The body of an acknowledgement.
pub(super) fn acknowledgement(
    settings: &Settings,
    session: &Session,
    conversation: &str,
    messages: &[SourceId],
    state: ReceiptState,
    now: DateTime<Utc>,
) -> Value {
    let at = match settings.ack_timestamp_format {
        AckTimestampFormat::Number => Value::from(now.timestamp_millis()),
        AckTimestampFormat::String => Value::from(now.timestamp_millis().to_string()),
    };
    let transfer = session.transfer_id().to_string();
    let kind = match state {
        ReceiptState::Delivered => "Delivered",
        ReceiptState::Read => "Read",
    };
    let made = |message: &SourceId| stable_uuid(&["ack", state.as_str(), &transfer, message.as_str()]);
    let acknowledged = |message: &SourceId| {
        json!({
            "acknowledgementTimestamp": at,
            "acknowledgementType": kind,
            "acknowledgedConversationEntryIdentifier": message,
            // The vendor spells this one without the second e.
            "acknowledgmentCreatedConversationEntryIdentifier": made(message),
        })
    };
    json!({
        "sender": { "appType": "custom", "subject": transfer, "role": "EndUser" },
        "conversationIdentifier": conversation,
        "acknowledgements": messages.iter().map(acknowledged).collect::<Vec<_>>(),
    })
}
