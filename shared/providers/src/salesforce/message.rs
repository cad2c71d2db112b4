//! Texts of the conversation: who wrote them, and what the contact gets of them.

use serde_json::Value;
use transfer_domain::{Attachment, Author, EventKind, IncomingMessage, SourceId};

use super::entry::Entry;
use super::{note, representative};
use crate::reading::{attachment, code, text};

/// The event of a message; `None` for the contact's own, which come back.
pub(super) fn event(entry: &Entry<'_>, message_id: SourceId) -> Option<EventKind> {
    let role = entry.role().unwrap_or_default();
    if role == "EndUser" {
        return None;
    }
    // What the organisation sends by itself in a representative's name proves nobody.
    let automatic = matches!(text(&entry.payload, "/messageReason"), Some("AutomatedResponse" | "Consent"));
    let author = match role {
        "Agent" | "Supervisor" if !automatic => Author::Representative,
        _ => Author::Provider,
    };
    let who = (role == "Agent" && !automatic).then(|| representative(entry.subject(), entry.display_name()));
    let message = entry.payload.pointer("/abstractMessage").unwrap_or(&Value::Null);
    let said = said(message).unwrap_or_default();
    let attachments = attachments(message);
    if said.is_empty() && attachments.is_empty() {
        return Some(note("message_not_shown", code(text(message, "/messageType"))));
    }
    Some(EventKind::Message(IncomingMessage {
        message_id,
        author,
        text: said,
        truncated: false,
        attachments,
        proves_active: who,
        content: Vec::new(),
    }))
}

/// The words of a message: its text; of a link its title and address; of a choice its question and the options.
fn said(message: &Value) -> Option<String> {
    let content = message.pointer("/staticContent").unwrap_or(&Value::Null);
    if let Some(plain) = text(content, "/text") {
        return Some(plain.to_owned());
    }
    let options = message.pointer("/choices/optionItems").and_then(Value::as_array).into_iter().flatten();
    let lines = [
        text(content, "/linkItem/titleItem/title"),
        text(content, "/linkItem/url").or_else(|| text(content, "/url")),
        text(message, "/choices/text").or_else(|| text(message, "/text")),
    ]
    .into_iter()
    .flatten()
    .chain(options.filter_map(|option| text(option, "/titleItem/title")));
    let lines: Vec<&str> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn attachments(message: &Value) -> Vec<Attachment> {
    let files = message.pointer("/staticContent/attachments").and_then(Value::as_array).into_iter().flatten();
    files.filter_map(|file| attachment(text(file, "/url")?, text(file, "/name"), text(file, "/mimeType"))).collect()
}
