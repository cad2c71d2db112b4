//! The bodies of inbound messages: inbound as the vendor sees it, the contact's for us.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use transfer_domain::{Attachment, ContactDetails, Message, Session, SourceId, TransferRequest};

use super::super::settings::Settings;
use crate::said::{first_and_last_name, first_text, name, present, with_links};

/// Where below `inbound/open` a message is sent, and the message.
pub(super) type Inbound = (&'static [&'static str], Value);

/// Where texts and files are sent.
pub(super) const MESSAGE: &[&str] = &["message"];

/// The first message. Its time is the transfer's, so that a repetition is the same message.
pub(super) fn opening(settings: &Settings, session: &Session, request: &TransferRequest) -> Value {
    present(json!({
        "channel": {
            "messageId": format!("{}-m0", session.transfer_id()),
            "from": contact(session, &request.briefing.contact),
            "time": time(session.created_at),
            "metadata": { "customAttributes": attributes(session, request, settings.attribute_max_bytes) },
        },
        "text": first_text(session, request),
    }))
}

/// A later message: a choice as one, else its text. The vendor takes one attachment a message; the others become links in
/// the text.
pub(super) fn message(session: &Session, message: &Message) -> Inbound {
    if let Some(reply) = message.choice() {
        // In the form of quick replies: those are what the messages of this channel offer.
        let chosen = json!({
            "channel": channel(session, message),
            "buttonResponse": { "type": "QuickReply", "text": message.text, "payload": reply.value },
            "originatingMessageId": reply.message_id,
        });
        return (&["structured", "response"], chosen);
    }
    let file = message.attachments.first().map(|attachment| content(attachment, message.sequence));
    later(session, message, message.attachments.iter().skip(1), file)
}

/// The same message with nothing but text in it.
pub(super) fn message_as_text(session: &Session, message: &Message) -> Inbound {
    later(session, message, &message.attachments, None)
}

fn later<'a>(
    session: &Session,
    message: &'a Message,
    links: impl IntoIterator<Item = &'a Attachment>,
    file: Option<Value>,
) -> Inbound {
    let text = Some(with_links(&message.text, links)).filter(|text| !text.is_empty());
    let content: Vec<Value> = file.into_iter().collect();
    (MESSAGE, present(json!({ "channel": channel(session, message), "text": text, "content": content })))
}

fn channel(session: &Session, message: &Message) -> Value {
    json!({
        "messageId": format!("{}-m{}", session.transfer_id(), message.sequence),
        "from": sender(session),
        "time": time(message.accepted_at),
    })
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

/// Of the transfer, not of the contact: another transfer must not be threaded into an old conversation.
fn sender(session: &Session) -> Value {
    json!({ "id": session.transfer_id(), "idType": "Opaque" })
}

fn contact(session: &Session, contact: &ContactDetails) -> Value {
    let (first, last) = first_and_last_name(contact);
    json!({
        "id": session.transfer_id(),
        "idType": "Opaque",
        "firstName": first,
        "lastName": last,
        "nickname": name(contact),
        "email": contact.email,
    })
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

fn content(attachment: &Attachment, number: u64) -> Value {
    let mime = attachment.content_type.as_deref();
    let media_type = match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => "Image",
        Some("video") => "Video",
        Some("audio") => "Audio",
        Some(_) | None => "File",
    };
    json!({ "contentType": "Attachment", "attachment": {
        "id": format!("att-{number}"),
        "mediaType": media_type,
        "url": attachment.url,
        "mime": mime,
        "filename": attachment.name,
    } })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
