//! What the Open Messaging API accepts from the platform.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{
    Attachment, Refusal, Said, bad, optional_list, optional_object, optional_text, optional_texts, required_choice,
    required_flag, required_list, required_object, required_text, required_time, strings, transfer_id,
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
    pub(super) time: String,
    pub(super) said: Said,
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
        return Err(bad("/metadata/customAttributes is not allowed"));
    }
    optional_object(body, "/metadata")?;
    let from = party(body, "/channel/from")?;
    let text = optional_text(body, "/text")?.unwrap_or_default();
    let attachments = attachments(body)?;
    if text.is_empty() && attachments.is_empty() {
        return Err(bad("/text or /content is required"));
    }
    let mut message = read(body, from, text, attachments)?;
    message.attributes = attributes(body, attribute_max_bytes)?;
    Ok(message)
}

/// Reads `…/inbound/open/structured/response`: which button of an earlier message was pressed.
pub(super) fn structured_response(body: &Value) -> Result<Message, Refusal> {
    let from = party(body, "/channel/from")?;
    required_text(body, "/originatingMessageId")?;
    required_choice(body, "/buttonResponse/type", &["Button", "QuickReply"])?;
    required_text(body, "/buttonResponse/payload")?;
    read(body, from, required_text(body, "/buttonResponse/text")?, Vec::new())
}

fn read(body: &Value, from: String, text: &str, attachments: Vec<Attachment>) -> Result<Message, Refusal> {
    let message_id = optional_text(body, "/channel/messageId")?.unwrap_or_default().to_owned();
    let said = Said { message_id, text: text.to_owned(), attachments };
    Ok(Message { from, time: time(body)?.to_owned(), said, attributes: BTreeMap::new() })
}

/// Reads `…/inbound/open/event`; answers who is typing.
pub(super) fn typing(body: &Value) -> Result<String, Refusal> {
    let from = party(body, "/channel/from")?;
    time(body)?;
    for event in required_list(body, "/events")? {
        required_choice(event, "/eventType", &["Typing"])?;
    }
    Ok(from)
}

/// Reads `…/inbound/open/receipt`.
pub(super) fn receipt(body: &Value) -> Result<Receipt, Refusal> {
    let to = party(body, "/channel/to")?;
    time(body)?;
    let status = required_choice(body, "/status", &RECEIPT_STATUSES)?;
    required_flag(body, "/isFinalReceipt")?;
    let reasons = optional_list(body, "/reasons")?;
    if !reasons.is_empty() && status != "Failed" {
        return Err(bad("/reasons goes only with Failed"));
    }
    for reason in reasons {
        required_choice(reason, "/code", &RECEIPT_REASONS)?;
    }
    Ok(Receipt { to, message_id: required_text(body, "/id")?.to_owned(), status: status.to_owned() })
}

fn time(body: &Value) -> Result<&str, Refusal> {
    required_time(body, "/channel/time", "an ISO 8601 time")
}

fn party(body: &Value, pointer: &str) -> Result<String, Refusal> {
    required_object(body, pointer)?;
    let id = transfer_id(body, &format!("{pointer}/id"))?;
    required_choice(body, &format!("{pointer}/idType"), &ID_TYPES)?;
    optional_texts(body, pointer, &["nickname", "firstName", "lastName", "image", "email"])?;
    Ok(id.to_owned())
}

fn attributes(body: &Value, max_bytes: Option<usize>) -> Result<BTreeMap<String, String>, Refusal> {
    const POINTER: &str = "/channel/metadata/customAttributes";
    optional_object(body, "/channel/metadata")?;
    let attributes = strings(body, POINTER)?;
    let size: usize = attributes.iter().map(|(k, v)| k.len() + v.len()).sum();
    if max_bytes.is_some_and(|max| size > max) {
        return Err(bad(format!("{POINTER} is too large")));
    }
    Ok(attributes)
}

fn attachments(body: &Value) -> Result<Vec<Attachment>, Refusal> {
    let content = optional_list(body, "/content")?;
    if content.len() > 1 {
        return Err(bad("/content may have one Attachment item only"));
    }
    content
        .iter()
        .map(|item| {
            required_choice(item, "/contentType", &["Attachment"])?;
            required_choice(item, "/attachment/mediaType", &MEDIA_TYPES)?;
            Ok(Attachment {
                url: required_text(item, "/attachment/url")?.to_owned(),
                mime: optional_text(item, "/attachment/mime")?.unwrap_or_default().to_owned(),
                filename: optional_text(item, "/attachment/filename")?.unwrap_or_default().to_owned(),
            })
        })
        .collect()
}
