//! The bodies of both products: the same messages in different wrappings.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use transfer_domain::{Message, ReceiptState, Reply, Session, SourceId, TransferRequest};

use super::{stable_uuid, typing_entry};
use crate::salesforce::settings::{AckTimestampFormat, RoutingAttribute, Settings};

/// Inbound as the vendor sees it, the contact's for us: exactly one interaction a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InteractionBody<'a> {
    to: &'a str,
    /// Of the transfer, not of the contact: another transfer must not be threaded into an old conversation.
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_attributes: Option<BTreeMap<&'static str, String>>,
    interactions: [Interaction; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Interaction {
    timestamp: i64,
    #[serde(rename = "interactionType")]
    kind: &'static str,
    payload: Payload,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    id: String,
    entry_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    abstract_message: Option<AbstractMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
}

/// A text or a choice, with the id that a repetition keeps.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AbstractMessage {
    message_type: &'static str,
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to_message_id: Option<SourceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    static_content: Option<StaticContent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices_response: Option<ChoicesResponse>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChoicesResponse {
    format_type: &'static str,
    selected_options: [SelectedOption; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SelectedOption {
    option_identifier: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StaticContent {
    format_type: &'static str,
    text: String,
}

impl AbstractMessage {
    fn text(id: String, text: String) -> Self {
        let static_content = Some(StaticContent { format_type: "Text", text });
        let message_type = "StaticContentMessage";
        Self { message_type, id, in_reply_to_message_id: None, static_content, choices_response: None }
    }

    fn choice(id: String, reply: &Reply) -> Self {
        let selected_options = [SelectedOption { option_identifier: reply.value.clone() }];
        Self {
            message_type: "ChoicesResponseMessage",
            id,
            in_reply_to_message_id: Some(reply.message_id.clone()),
            static_content: None,
            choices_response: Some(ChoicesResponse { format_type: "Selections", selected_options }),
        }
    }

    /// What the representative reads first: nothing else can tell what happened before.
    fn first(session: &Session, request: &TransferRequest) -> Self {
        let text = match (&request.summary, &request.reason) {
            (Some(summary), _) => format!("AI summary: {summary}"),
            (None, Some(reason)) => format!("AI summary: {reason}"),
            (None, None) => format!("Handed over by {}", session.agent),
        };
        Self::text(stable_uuid(&["message", &session.transfer_id().to_string(), "0"]), text)
    }

    /// A message of the contact: a choice as one, else its text. Files go as links: the vendor takes uploads only, and we keep no files.
    pub(super) fn of(session: &Session, message: &Message) -> Self {
        let id = stable_uuid(&["message", &session.transfer_id().to_string(), &message.sequence.to_string()]);
        if let Some(reply) = message.choice() {
            return Self::choice(id, reply);
        }
        let addresses = message.attachments.iter().map(|attachment| attachment.url.as_str());
        let lines: Vec<&str> =
            std::iter::once(message.text.as_str()).chain(addresses).filter(|line| !line.is_empty()).collect();
        Self::text(id, lines.join("\n"))
    }
}

/// The first message. Its time is the transfer's, so that a repetition is the same message.
pub(super) fn opening<'a>(
    settings: &'a Settings,
    session: &Session,
    request: &TransferRequest,
    attributes: Option<BTreeMap<&'static str, String>>,
) -> InteractionBody<'a> {
    let first = AbstractMessage::first(session, request);
    InteractionBody { routing_attributes: attributes, ..interactions(settings, session, first, session.created_at) }
}

/// A later message.
pub(super) fn message<'a>(settings: &'a Settings, session: &Session, message: &Message) -> InteractionBody<'a> {
    interactions(settings, session, AbstractMessage::of(session, message), message.accepted_at)
}

/// The last text, where nothing else can tell the representative that the contact is gone.
pub(super) fn farewell<'a>(settings: &'a Settings, session: &Session) -> InteractionBody<'a> {
    let id = stable_uuid(&["farewell", &session.transfer_id().to_string()]);
    let at = session.end().map_or(session.updated_at, |end| end.at);
    interactions(settings, session, AbstractMessage::text(id, settings.end_text.clone()), at)
}

/// That the contact types, or stopped.
pub(super) fn typing<'a>(
    settings: &'a Settings,
    session: &Session,
    on: bool,
    now: DateTime<Utc>,
) -> InteractionBody<'a> {
    let at_ms = now.timestamp_millis();
    let (id, entry_type) = typing_entry(session, on, at_ms);
    interaction(settings, session, Payload { id, entry_type, abstract_message: None, timestamp: Some(at_ms) }, now)
}

fn interactions<'a>(
    settings: &'a Settings,
    session: &Session,
    message: AbstractMessage,
    at: DateTime<Utc>,
) -> InteractionBody<'a> {
    let id = message.id.clone();
    let payload = Payload { id, entry_type: "Message", abstract_message: Some(message), timestamp: None };
    interaction(settings, session, payload, at)
}

fn interaction<'a>(
    settings: &'a Settings,
    session: &Session,
    payload: Payload,
    at: DateTime<Utc>,
) -> InteractionBody<'a> {
    InteractionBody {
        to: &settings.channel_address_identifier,
        from: session.transfer_id().to_string(),
        routing_attributes: None,
        interactions: [Interaction { timestamp: at.timestamp_millis(), kind: "EntryInteraction", payload }],
    }
}

/// The body of an opening without a message.
pub(super) fn conversation(
    settings: &Settings,
    session: &Session,
    attributes: &BTreeMap<&'static str, String>,
) -> Value {
    json!({
        "channelAddressIdentifier": settings.channel_address_identifier,
        "routingAttributes": attributes,
        "participants": [{ "subject": session.transfer_id(), "role": "EndUser", "appType": "custom" }],
    })
}

/// The facts that the routing flow may look at; a longer text is cut, because the vendor would refuse it whole.
pub(super) fn attributes(
    settings: &Settings,
    session: &Session,
    request: &TransferRequest,
) -> BTreeMap<&'static str, String> {
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
        .map(|attribute| (attribute.name(), value(*attribute).chars().take(max).collect::<String>()))
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
