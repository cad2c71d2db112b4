//! Texts of the conversation: who wrote them.

use serde_json::Value;
use transfer_domain::{Author, EventKind, IncomingMessage, SourceId};

use super::entry::Entry;
use super::{content, representative};
use crate::reading::text;

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
    let who = (role == "Agent" && !automatic).then(|| representative(entry.subject().as_deref(), entry.display_name()));
    let message = entry.payload.pointer("/abstractMessage").unwrap_or(&Value::Null);
    let parts = content::parts(message);
    let message = IncomingMessage::of(message_id, author, parts)?;
    Some(EventKind::Message(message.proving(who)))
}
