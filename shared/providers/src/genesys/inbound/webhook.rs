//! Stream A, the Open Messaging webhook: messages, typing, receipts; nothing about the life of the conversation
//! (`docs/contracts/genesys.md`, "Callbacks").
//!
//! The webhook names the integration as sender of everything. Where `originatingEntity` does not tell a human's text from
//! a flow's, texts are read as the representative's without proof that one is connected, for the session to judge: while
//! nobody has joined, it is the flow that speaks. `Structured` is then taken for the flow's.

use serde_json::Value;
use transfer_domain::{Author, Correlation, EventKind, IncomingMessage, ProviderEvent, Representative, SourceId};

use super::content;
use crate::genesys::settings::Settings;
use crate::reading::{code, digest, id, items, source_id, text, time};
use crate::told::{correlation, event, note, place};

/// The events of one authentic delivery; none if it is of an unknown type.
pub(super) fn events(settings: &Settings, body: &Value) -> Vec<ProviderEvent> {
    let conversation = id(body, "/conversationId");
    let correlation = correlation(text(body, "/channel/to/id"), conversation.as_deref());
    let reading = Reading { settings, body, correlation };
    let kind = text(body, "/type").unwrap_or_default();
    let read = match kind {
        "Text" => reading.message(kind, Author::Representative),
        "Structured" => reading.message(kind, Author::Provider),
        "Event" => reading.typing(),
        "Receipt" => Some(reading.receipt()),
        _ => None,
    };
    read.into_iter().collect()
}

struct Reading<'a> {
    settings: &'a Settings,
    body: &'a Value,
    correlation: Correlation,
}

impl Reading<'_> {
    fn message(&self, kind: &str, author: Author) -> Option<ProviderEvent> {
        // What the contact sent is not sent back to the contact.
        if text(self.body, "/direction") == Some("Inbound") {
            return None;
        }
        let (author, who) = self.writer(author);
        let message = IncomingMessage::of(source_id(&[&self.id()])?, author, content::parts(self.body))?;
        Some(self.event(self.identity(kind, None), EventKind::Message(message.proving(who))))
    }

    /// Who wrote it, where the webhook says so (`originatingEntity`, which a tenant may not have): a human's text proves
    /// that one is connected, a bot's is nobody's.
    fn writer(&self, unsaid: Author) -> (Author, Option<Representative>) {
        match text(self.body, "/originatingEntity") {
            Some("Human") => (Author::Representative, Some(Representative { id: None, name: None })),
            Some("Bot") => (Author::Provider, None),
            Some(_) | None => (unsaid, None),
        }
    }

    fn typing(&self) -> Option<ProviderEvent> {
        let typing = items(self.body, "/events").iter().find(|event| text(event, "/eventType") == Some("Typing"))?;
        let on = text(typing, "/typing/type") != Some("Off");
        Some(self.event(None, EventKind::Typing { on }))
    }

    fn receipt(&self) -> ProviderEvent {
        let status = text(self.body, "/status");
        let what = if status == Some("Failed") { "delivery_failed" } else { "receipt" };
        let reason = code(text(self.body, "/reasons/0/code"));
        let detail =
            code(status).map(|status| [Some(status), reason].into_iter().flatten().collect::<Vec<_>>().join(" "));
        self.event(self.identity("Receipt", status), note(what, detail))
    }

    /// The vendor's id; a body without one is its own identity.
    fn id(&self) -> String {
        id(self.body, "/id").unwrap_or_else(|| digest(&[&self.body.to_string()]))
    }

    /// (integration, type, id[, status]): `docs/contracts/genesys.md`, "Identity and order".
    fn identity(&self, kind: &str, status: Option<&str>) -> Option<SourceId> {
        let id = self.id();
        let parts: Vec<&str> = [self.settings.integration_id.as_str(), kind, &id].into_iter().chain(status).collect();
        source_id(&parts)
    }

    fn event(&self, source_id: Option<SourceId>, kind: EventKind) -> ProviderEvent {
        event(self.correlation.clone(), place(time(self.body, "/channel/time")), source_id, kind)
    }
}
