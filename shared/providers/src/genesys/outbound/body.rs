//! The bodies of inbound messages: inbound as the vendor sees it, the contact's for us.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use transfer_domain::{Attachment, ContactDetails, Message, Session, SourceId, TransferRequest};

use super::super::settings::Settings;
use chrono::{DateTime, SecondsFormat, Utc};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageBody<'a> {
    channel: Channel<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    content: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button_response: Option<ButtonResponse<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    originating_message_id: Option<&'a SourceId>,
}

impl MessageBody<'_> {
    /// Where below `inbound/open` it is sent.
    pub(super) fn path(&self) -> &'static [&'static str] {
        if self.button_response.is_some() { &["structured", "response"] } else { &["message"] }
    }
}

/// The option that was chosen, in the form of quick replies: those are what the messages of this channel offer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ButtonResponse<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    payload: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Channel<'a> {
    message_id: String,
    from: From<'a>,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct From<'a> {
    /// Of the transfer, not of the contact: another transfer must not be threaded into an old conversation.
    id: String,
    id_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    custom_attributes: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    content_type: &'static str,
    attachment: File<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    id: String,
    media_type: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
}

/// The first message. Its time is the transfer's, so that a repetition is the same message.
pub(super) fn opening<'a>(settings: &Settings, session: &Session, request: &'a TransferRequest) -> MessageBody<'a> {
    let metadata = Metadata { custom_attributes: attributes(session, request, settings.attribute_max_bytes) };
    MessageBody {
        channel: Channel {
            message_id: format!("{}-m0", session.transfer_id()),
            from: contact(session, &request.briefing.contact),
            time: time(session.created_at),
            metadata: Some(metadata),
        },
        text: Some(first_text(session, request)),
        content: Vec::new(),
        button_response: None,
        originating_message_id: None,
    }
}

/// A later message: a choice as one, else its text. The vendor takes one attachment a message; the others become links in
/// the text.
pub(super) fn message<'a>(session: &Session, message: &'a Message) -> MessageBody<'a> {
    if let Some(reply) = message.choice() {
        let chosen = ButtonResponse { kind: "QuickReply", text: &message.text, payload: &reply.value };
        let body = later(session, message, [].iter(), None);
        let originating_message_id = Some(&reply.message_id);
        return MessageBody { text: None, button_response: Some(chosen), originating_message_id, ..body };
    }
    let links = message.attachments.iter().skip(1);
    let file = message.attachments.first().map(|attachment| content(attachment, message.sequence));
    later(session, message, links, file)
}

/// The same message with nothing but text in it.
pub(super) fn message_as_text<'a>(session: &Session, message: &'a Message) -> MessageBody<'a> {
    later(session, message, message.attachments.iter(), None)
}

fn later<'a>(
    session: &Session,
    message: &'a Message,
    as_links: impl Iterator<Item = &'a Attachment>,
    file: Option<Content<'a>>,
) -> MessageBody<'a> {
    let lines = std::iter::once(message.text.as_str()).chain(as_links.map(|attachment| attachment.url.as_str()));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    MessageBody {
        channel: Channel {
            message_id: format!("{}-m{}", session.transfer_id(), message.sequence),
            from: sender(session),
            time: time(message.accepted_at),
            metadata: None,
        },
        text: (!text.is_empty()).then_some(text),
        content: file.into_iter().collect(),
        button_response: None,
        originating_message_id: None,
    }
}

/// That the contact types.
pub(super) fn typing(session: &Session, now: DateTime<Utc>) -> Value {
    json!({ "channel": { "from": sender(session), "time": time(now) }, "events": [{ "eventType": "Typing" }] })
}

/// That a message, by the vendor's id, reached the contact.
pub(super) fn receipt(session: &Session, message: &SourceId, now: DateTime<Utc>) -> Value {
    json!({
        "id": message,
        "channel": { "to": sender(session), "time": time(now) },
        "status": "Delivered",
        "isFinalReceipt": true,
    })
}

fn sender<'a>(session: &Session) -> From<'a> {
    let id = session.transfer_id().to_string();
    From { id, id_type: "Opaque", first_name: None, last_name: None, nickname: None, email: None }
}

fn contact<'a>(session: &Session, contact: &'a ContactDetails) -> From<'a> {
    let nickname = contact.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let (first_name, last_name) = match nickname.map(|name| name.rsplit_once(char::is_whitespace)) {
        Some(Some((first, last))) => (Some(first.trim_end()), Some(last)),
        Some(None) => (nickname, None),
        None => (None, None),
    };
    From { first_name, last_name, nickname, email: contact.email.as_deref(), ..sender(session) }
}

/// Nothing else can tell the representative what happened before: the vendor takes no history.
fn first_text(session: &Session, request: &TransferRequest) -> String {
    match (&request.summary, &request.reason) {
        (Some(summary), _) => format!("AI summary: {summary}"),
        (None, Some(reason)) => format!("AI summary: {reason}"),
        (None, None) => format!("Handed over by {}", session.agent),
    }
}

/// What the vendor's flow can route by. Too much is cut, long free text first; the transfer's id stays.
fn attributes(session: &Session, request: &TransferRequest, max_bytes: usize) -> BTreeMap<&'static str, String> {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut attributes = BTreeMap::from([
        ("transferId", session.transfer_id().to_string()),
        ("summary", optional(&request.summary)),
        ("reason", optional(&request.reason)),
        ("language", optional(&request.briefing.language)),
        ("priority", session.priority.to_string()),
        ("skills", request.briefing.skills.join(",")),
        ("queue", session.queue().name),
    ]);
    attributes.retain(|_, value| !value.is_empty());
    for name in ["summary", "reason", "skills", "queue", "language", "priority"] {
        let excess = size(&attributes).saturating_sub(max_bytes);
        if excess == 0 {
            break;
        }
        let Some(mut value) = attributes.remove(name) else { continue };
        // A cut list or name would route wrongly, so only free text is shortened.
        if matches!(name, "summary" | "reason") {
            value.truncate(value.floor_char_boundary(value.len().saturating_sub(excess)));
            if !value.is_empty() {
                attributes.insert(name, value);
            }
        }
    }
    attributes
}

fn size(attributes: &BTreeMap<&'static str, String>) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn content(attachment: &Attachment, number: u64) -> Content<'_> {
    let mime = attachment.content_type.as_deref();
    let media_type = match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => "Image",
        Some("video") => "Video",
        Some("audio") => "Audio",
        Some(_) | None => "File",
    };
    let id = format!("att-{number}");
    let filename = attachment.name.as_deref();
    Content { content_type: "Attachment", attachment: File { id, media_type, url: &attachment.url, mime, filename } }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
