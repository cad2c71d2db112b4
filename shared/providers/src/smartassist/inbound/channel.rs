//! Callbacks of the webhook channel: texts, and the answer to our closing of the session
//! (`docs/contracts/smartassist.md`, "Callbacks").
//!
//! The channel does not tell a human's text from the flow's. Texts are read as the representative's without proof that
//! one is connected, for the session to judge: while nobody has joined, it is the flow that speaks.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Order, ProviderEvent, TransferId,
};

use super::content;
use crate::reading::{digest, id, not_read, source_id, text, time};
use crate::smartassist::settings::{AgentTextSource, Settings};
use crate::told::{ended, event};

/// The events of one authentic callback; for nobody if it names no transfer.
pub(super) fn events(settings: &Settings, body: &Value, now: DateTime<Utc>) -> Vec<ProviderEvent> {
    let transfer_id = transfer(settings, body);
    let items = items(body);
    let reading = Reading { settings, body, transfer_id, alone: items.len() == 1, now };
    (0..).zip(items.iter()).filter_map(|(position, item)| reading.event(item, position)).collect()
}

/// A list, or one item. The first version of the channel has no items, only the words (`text`); of what else stands there
/// it is said that it does.
fn items(body: &Value) -> Cow<'_, [Value]> {
    match (body.get("data"), body.get("text")) {
        (Some(Value::Array(items)), _) => Cow::Borrowed(items),
        (Some(Value::Null) | None, Some(said @ (Value::String(_) | Value::Array(_) | Value::Object(_)))) => {
            Cow::Owned(vec![json!({ "type": "text", "val": said })])
        }
        (Some(Value::Null) | None, _) => Cow::Borrowed(&[]),
        (Some(item), _) => Cow::Borrowed(std::slice::from_ref(item)),
    }
}

/// The channel's user is the transfer: what we sent as `from.id` comes back as `to`.
fn transfer(settings: &Settings, body: &Value) -> Option<TransferId> {
    settings.user_id_pointer.iter().find_map(|pointer| id(body, pointer)?.parse().ok())
}

struct Reading<'a> {
    settings: &'a Settings,
    body: &'a Value,
    transfer_id: Option<TransferId>,
    alone: bool,
    now: DateTime<Utc>,
}

impl Reading<'_> {
    fn event(&self, item: &Value, position: u64) -> Option<ProviderEvent> {
        let (source_id, kind) = if !item.is_object() {
            let body = self.body.to_string();
            (source_id(&["unread", &digest(&[&body, &position.to_string()])]), not_read("data", item))
        } else if text(item, "/type") == Some("event") {
            (source_id(&["closure", &self.identity(item, "")]), closure(item)?)
        } else {
            let message = self.message(item)?;
            (Some(message.message_id.clone()), EventKind::Message(message))
        };
        let order = time(item, "/createdOn").map_or(Order::Arrival, |at| Order::Provider { at, sequence: position });
        let correlation = Correlation { transfer_id: self.transfer_id, provider_session_id: None };
        Some(event(correlation, order, source_id, kind))
    }

    fn message(&self, item: &Value) -> Option<IncomingMessage> {
        if self.settings.agent_text_source == AgentTextSource::Relay {
            return None;
        }
        let parts = content::parts(item);
        let said = transfer_domain::text_of(&parts);
        IncomingMessage::of(source_id(&[&self.identity(item, &said)])?, Author::Representative, parts)
    }

    /// `messageId`, else a digest of user, time and content. A text that has neither id nor time is another one each
    /// time that it comes: nothing says that the vendor repeats a callback, and "yes" may be said twice.
    fn identity(&self, item: &Value, said: &str) -> String {
        let shared = || id(self.body, "/messageId").filter(|_| self.alone);
        if let Some(id) = id(item, "/messageId").or_else(shared) {
            return id;
        }
        let arrival = self.now.timestamp_millis().to_string();
        let at = text(item, "/createdOn").unwrap_or(&arrival);
        let transfer = self.transfer_id.map(|id| id.to_string()).unwrap_or_default();
        digest(&[&transfer, at, said])
    }
}

/// The answer to our closing. That there was no session is the same news: there is none.
fn closure(item: &Value) -> Option<EventKind> {
    match text(item, "/eventType") {
        Some("SESSION_CLOSURE_SUCCESS" | "SESSION_CLOSURE_IGNORED") => {
            Some(ended((EndedBy::System, EndReason::ProviderDisconnected)))
        }
        Some(_) | None => None,
    }
}
