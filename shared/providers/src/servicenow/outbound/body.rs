//! The bodies that an instance is sent. The order of the fields is part of what `message_hash` signs.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use transfer_domain::{Attachment, Conversation, HistoryRole, Message, SourceId, TransferRequest};

use super::super::opening_request_id;
use super::super::settings::{HandoffAction, Settings};
use crate::FurtherCall;
use crate::said::{file_name, with_links};

/// One request. Every one says again who speaks and that it is not silent, because silence sticks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(rename = "requestId")]
    id: String,
    client_session_id: String,
    app_inbound_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_to_bot: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    silent_message: bool,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    message: Said,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_variables: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_variables: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<Turn<'a>>,
    /// Which request of the opening it is; 0 = none of them.
    #[serde(skip)]
    pub(super) number: u8,
    /// Whether it only asks again for what the request before it asked for.
    #[serde(skip)]
    pub(super) repeats: bool,
}

impl Request<'_> {
    /// This request, as one that has its time yet to come.
    pub(super) fn asked_again(&self, after: Duration) -> FurtherCall {
        FurtherCall { number: self.number, after }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    text: String,
    typed: bool,
    client_message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Turn<'a> {
    is_bot_message: bool,
    display_name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Thirteen digits, as text.
    timestamp: String,
    value: &'a str,
}

/// The requests of an opening, in order; the last one asks for the human.
pub(super) fn opening<'a>(
    settings: &'a Settings,
    session: &'a Conversation,
    request: &'a TransferRequest,
) -> Vec<Request<'a>> {
    let variables = context_variables(settings, session, request);
    let step = |number: u8, action: &'static str, text: &str| Request {
        bot_to_bot: Some(true),
        action: Some(action),
        timestamp: Some(session.created_at.timestamp_millis()),
        context_variables: Some(variables.clone()),
        client_variables: Some(json!({ "transferId": session.transfer_id() })),
        history: if number == 1 { history(session, request) } else { Vec::new() },
        email_id: request.briefing.contact.email.as_deref(),
        number,
        repeats: number > 2,
        ..asking(
            settings,
            session,
            opening_request_id(session.transfer_id(), number),
            plain(text, u64::from(number) - 1),
        )
    };
    match settings.handoff_action {
        HandoffAction::StartLiveAgentOnly => vec![step(1, "START_CONVERSATION", "")],
        HandoffAction::Text => vec![step(1, "START_CONVERSATION", &settings.handoff_text)],
        HandoffAction::CreateThenStart => {
            vec![step(1, "CREATE_CONVERSATION", ""), step(2, "START_CREATED_CONVERSATION", "")]
        }
        HandoffAction::Agent => {
            let asking = (0..settings.agent_action_repeat).map(|again| step(2 + again, "AGENT", ""));
            std::iter::once(step(1, "START_CONVERSATION", "")).chain(asking).collect()
        }
    }
}

/// One message of the contact: of a choice the value, as what was not typed. The instance takes one attachment a message; the others become links in the text.
pub(super) fn message<'a>(settings: &'a Settings, session: &'a Conversation, message: &'a Message) -> Request<'a> {
    let id = format!("{}-{}", session.transfer_id(), message.sequence);
    if let Some(reply) = message.choice() {
        let chosen = Said { typed: false, ..plain(&reply.value, message.sequence) };
        return asking(settings, session, id, chosen);
    }
    let mut text = plain(&with_links(&message.text, message.attachments.iter().skip(1)), message.sequence);
    text.attachment = message.attachments.first().map(|attachment| file(attachment, message.sequence));
    asking(settings, session, id, text)
}

/// The end of the conversation; its text has to be empty.
pub(super) fn end<'a>(settings: &'a Settings, session: &'a Conversation) -> Request<'a> {
    let id = format!("{}-{}", session.transfer_id(), session.version);
    Request { action: Some("END_CONVERSATION"), ..asking(settings, session, id, plain("", session.version)) }
}

/// That the contact types, or only looks on.
pub(super) fn typing<'a>(
    settings: &'a Settings,
    session: &'a Conversation,
    on: bool,
    now: DateTime<Utc>,
) -> Request<'a> {
    let at = now.timestamp_millis();
    let id = format!("{}-t{at}", session.transfer_id());
    let action = if on { "TYPING" } else { "VIEWING" };
    Request { action: Some(action), ..asking(settings, session, id, plain("", at.unsigned_abs())) }
}

/// That messages of the representative were shown to the contact.
pub(super) fn shown(settings: &Settings, session: &Conversation, messages: &[&SourceId], now: DateTime<Utc>) -> Value {
    let updates: Vec<Value> = messages.iter().map(|id| json!({ "id": id, "status": "sent_to_user" })).collect();
    json!({
        "requestId": format!("{}-r{}", session.transfer_id(), now.timestamp_millis()),
        "clientSessionId": session.transfer_id(),
        "appInboundId": settings.app_inbound_id,
        "action": "UPDATE_MESSAGES",
        "silentMessage": false,
        "userId": session.contact_id,
        "message": updates,
    })
}

fn asking<'a>(settings: &'a Settings, session: &'a Conversation, id: String, message: Said) -> Request<'a> {
    Request {
        id,
        client_session_id: session.transfer_id().to_string(),
        app_inbound_id: &settings.app_inbound_id,
        bot_to_bot: None,
        action: None,
        silent_message: false,
        user_id: session.contact_id.as_str(),
        email_id: session.facts.state.get("emailId").and_then(|email| email.as_str()),
        timestamp: None,
        message,
        context_variables: None,
        client_variables: None,
        history: Vec::new(),
        number: 0,
        repeats: false,
    }
}

fn plain(text: &str, number: u64) -> Said {
    Said { text: text.to_owned(), typed: true, client_message_id: format!("m-{number}"), attachment: None }
}

/// Name and type are required; the last part of the address and the type of anything stand in for them.
fn file(attachment: &Attachment, number: u64) -> Value {
    json!({
        "clientAttachmentId": format!("a-{number}"),
        "contentType": attachment.content_type.as_deref().unwrap_or("application/octet-stream"),
        "fileName": file_name(attachment),
        "url": attachment.url,
    })
}

fn context_variables(
    settings: &Settings,
    session: &Conversation,
    request: &TransferRequest,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            variables.insert(name.to_owned(), value);
        }
    };
    let asks_at_once = match settings.handoff_action {
        HandoffAction::StartLiveAgentOnly | HandoffAction::CreateThenStart => Some("true".to_owned()),
        HandoffAction::Agent | HandoffAction::Text => None,
    };
    set("live_agent_only", asks_at_once);
    set("requester_session_language", request.briefing.language.clone());
    set("liveagent_short_description", request.summary.clone().or_else(|| request.reason.clone()));
    set("liveagent_mandatory_skills", (!request.briefing.skills.is_empty()).then(|| request.briefing.skills.join(",")));
    if let Some(name) = &settings.priority_variable {
        set(name, Some(session.priority.to_string()));
    }
    if let Some(name) = &settings.queue_variable {
        set(name, Some(session.queue().name));
    }
    variables.extend(settings.context_variables.clone());
    variables
}

fn history<'a>(session: &'a Conversation, request: &'a TransferRequest) -> Vec<Turn<'a>> {
    let contact = request.briefing.contact.name.as_deref().unwrap_or("User");
    let turns = request.briefing.history.iter().map(|turn| {
        let (is_bot_message, display_name) = match turn.role {
            HistoryRole::Contact => (false, contact),
            HistoryRole::Agent => (true, session.agent.as_str()),
            HistoryRole::Representative => (true, "Representative"),
            HistoryRole::System => (true, "System"),
        };
        let at = turn.at.unwrap_or(session.created_at);
        Turn {
            is_bot_message,
            display_name,
            kind: "text",
            timestamp: format!("{:013}", at.timestamp_millis().max(0)),
            value: &turn.text,
        }
    });
    turns.collect()
}
