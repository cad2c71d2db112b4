//! What the Open Messaging API accepts from the platform.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::Value;

use crate::{
    act::Attachment,
    shape::{
        Refusal, optional_flag, optional_list, optional_object, optional_text, required_choice, required_object,
        required_text, transfer_id,
    },
};

const ID_TYPES: [&str; 3] = ["Email", "Phone", "Opaque"];
const MEDIA_TYPES: [&str; 5] = ["Image", "Video", "Audio", "File", "Link"];
const RECEIPT_STATUSES: [&str; 5] = ["Sent", "Delivered", "Failed", "Published", "Removed"];
const RECEIPT_REASONS: [&str; 13] = [
    "MessageExpired",
    "RateLimited",
    "MessageNotAllowed",
    "GeneralError",
    "UnsupportedMessage",
    "UnknownMessage",
    "InvalidMessageStructure",
    "InvalidDestination",
    "ServerError",
    "MediaTypeNotAllowed",
    "InvalidMediaContentLength",
    "RecipientOptedOut",
    "DataFiltered",
];

/// A valid inbound message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) from: String,
    pub(super) id: Option<String>,
    pub(super) time: String,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) attributes: BTreeMap<String, String>,
}

/// A valid delivery report.
#[derive(Debug)]
pub(super) struct Receipt {
    pub(super) to: String,
    pub(super) message_id: String,
    pub(super) status: String,
}

/// Reads `…/inbound/open/message`.
pub(super) fn message(body: &Value, attribute_max_bytes: Option<usize>) -> Result<Message, Refusal> {
    if body.pointer("/metadata/customAttributes").is_some() {
        return Err(Refusal("/metadata/customAttributes is not allowed".to_owned()));
    }
    optional_object(body, "/metadata")?;
    let from = party(body, "/channel/from")?;
    let text = optional_text(body, "/text")?.unwrap_or_default().to_owned();
    let attachments = attachments(body)?;
    if text.is_empty() && attachments.is_empty() {
        return Err(Refusal("/text or /content is required".to_owned()));
    }
    Ok(Message {
        from,
        id: optional_text(body, "/channel/messageId")?.map(str::to_owned),
        time: time(body)?,
        text,
        attachments,
        attributes: attributes(body, attribute_max_bytes)?,
    })
}

/// Reads `…/inbound/open/structured/response`: which button of an earlier message was pressed.
pub(super) fn structured_response(body: &Value) -> Result<Message, Refusal> {
    let from = party(body, "/channel/from")?;
    required_text(body, "/originatingMessageId")?;
    required_choice(body, "/buttonResponse/type", &["Button", "QuickReply"])?;
    required_text(body, "/buttonResponse/payload")?;
    Ok(Message {
        from,
        id: optional_text(body, "/channel/messageId")?.map(str::to_owned),
        time: time(body)?,
        text: required_text(body, "/buttonResponse/text")?.to_owned(),
        attachments: Vec::new(),
        attributes: BTreeMap::new(),
    })
}

/// Reads `…/inbound/open/event`; answers who is typing.
pub(super) fn typing(body: &Value) -> Result<String, Refusal> {
    let from = party(body, "/channel/from")?;
    time(body)?;
    let events = optional_list(body, "/events")?;
    if events.is_empty() {
        return Err(Refusal("/events is required".to_owned()));
    }
    for event in events {
        required_choice(event, "/eventType", &["Typing"])?;
    }
    Ok(from)
}

/// Reads `…/inbound/open/receipt`.
pub(super) fn receipt(body: &Value) -> Result<Receipt, Refusal> {
    let to = party(body, "/channel/to")?;
    time(body)?;
    let status = required_choice(body, "/status", &RECEIPT_STATUSES)?;
    if optional_flag(body, "/isFinalReceipt")?.is_none() {
        return Err(Refusal("/isFinalReceipt is required".to_owned()));
    }
    let reasons = optional_list(body, "/reasons")?;
    if !reasons.is_empty() && status != "Failed" {
        return Err(Refusal("/reasons goes only with Failed".to_owned()));
    }
    for reason in reasons {
        required_choice(reason, "/code", &RECEIPT_REASONS)?;
    }
    Ok(Receipt { to, message_id: required_text(body, "/id")?.to_owned(), status: status.to_owned() })
}

fn party(body: &Value, pointer: &str) -> Result<String, Refusal> {
    required_object(body, pointer)?;
    let id = transfer_id(body, &format!("{pointer}/id"))?;
    required_choice(body, &format!("{pointer}/idType"), &ID_TYPES)?;
    for field in ["nickname", "firstName", "lastName", "image", "email"] {
        optional_text(body, &format!("{pointer}/{field}"))?;
    }
    Ok(id.to_owned())
}

fn time(body: &Value) -> Result<String, Refusal> {
    let time = required_text(body, "/channel/time")?;
    match DateTime::parse_from_rfc3339(time) {
        Ok(_) => Ok(time.to_owned()),
        Err(_) => Err(Refusal("/channel/time must be an ISO 8601 time".to_owned())),
    }
}

fn attributes(body: &Value, max_bytes: Option<usize>) -> Result<BTreeMap<String, String>, Refusal> {
    const POINTER: &str = "/channel/metadata/customAttributes";
    optional_object(body, "/channel/metadata")?;
    let mut attributes = BTreeMap::new();
    for (name, value) in optional_object(body, POINTER)?.into_iter().flatten() {
        let Some(text) = value.as_str() else {
            return Err(Refusal(format!("{POINTER}/{name} must be a string")));
        };
        attributes.insert(name.clone(), text.to_owned());
    }
    let size: usize = attributes.iter().map(|(k, v)| k.len() + v.len()).sum();
    if max_bytes.is_some_and(|max| size > max) {
        return Err(Refusal(format!("{POINTER} is too large")));
    }
    Ok(attributes)
}

fn attachments(body: &Value) -> Result<Vec<Attachment>, Refusal> {
    let content = optional_list(body, "/content")?;
    if content.len() > 1 {
        return Err(Refusal("/content may have one Attachment item only".to_owned()));
    }
    content
        .iter()
        .map(|item| {
            required_choice(item, "/contentType", &["Attachment"])?;
            required_choice(item, "/attachment/mediaType", &MEDIA_TYPES)?;
            let url = required_text(item, "/attachment/url")?;
            let mime = optional_text(item, "/attachment/mime")?;
            let filename = optional_text(item, "/attachment/filename")?;
            Ok(Attachment {
                url: url.to_owned(),
                mime: mime.unwrap_or_default().to_owned(),
                filename: filename.unwrap_or_default().to_owned(),
            })
        })
        .collect()
}
