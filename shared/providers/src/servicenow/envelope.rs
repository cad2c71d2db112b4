//! The envelope that ServiceNow posts: flags, and any number of items (`docs/contracts/servicenow.md`, "Callbacks" and
//! "Status").
//!
//! Structure (action types, flags) beats texts, `completed` beats the return to the bot, and the end comes last, so
//! that what is said in the same envelope still reaches the contact. An envelope tells no time: its events count in
//! the order of their arrival.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Order, Part, ProviderEvent, ProviderSessionId,
    Representative, SourceId, TransferId,
};

use super::handoff_request_id;
use super::items::{self, Item, Writer};
use super::settings::{CorrelationKey, Settings};
use crate::reading::{created_at, digest, flag, source_id, text};

/// What the system's own lines say, in the vendor's English. Structure tells the same where it is sent.
const ENTERED: &str = "has entered";
const CLOSED: &str = "has closed";
const TIMED_OUT: &str = "timed out";

/// The events of one authentic envelope; none if it names no session.
pub(super) fn events(settings: &Settings, body: &Value, arrived_at: DateTime<Utc>) -> Vec<ProviderEvent> {
    let Some(correlation) = correlation(settings, body) else { return Vec::new() };
    let items: Vec<(&Value, Item)> =
        raw_items(body).into_iter().map(|raw| (raw, items::read(raw, &settings.system_text_field))).collect();
    let mut envelope = Envelope::new(settings, body, correlation, &items, arrived_at);
    for (raw, item) in &items {
        envelope.item(raw, item);
    }
    envelope.close();
    envelope.events
}

/// Some samples show a single object where the others show a list.
fn raw_items(body: &Value) -> Vec<&Value> {
    match body.get("body") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(item @ Value::Object(_)) => vec![item],
        Some(_) | None => Vec::new(),
    }
}

/// Our own id wins over the instance's wherever it is echoed, so `interactionId` only has to be among the keys.
fn correlation(settings: &Settings, body: &Value) -> Option<Correlation> {
    let ours = |pointer| text(body, pointer).and_then(|id| id.parse::<TransferId>().ok());
    let transfer_id = settings.correlation_order.iter().find_map(|key| match key {
        CorrelationKey::ClientSessionId => ours("/clientSessionId"),
        CorrelationKey::ClientVariables => ours("/clientVariables/transferId"),
        CorrelationKey::InteractionId => None,
    });
    let provider_session_id = interaction(body).and_then(|id| ProviderSessionId::new(id).ok());
    let by_interaction = settings.correlation_order.contains(&CorrelationKey::InteractionId);
    let known = transfer_id.is_some() || (by_interaction && provider_session_id.is_some());
    known.then_some(Correlation { transfer_id, provider_session_id })
}

fn interaction(body: &Value) -> Option<&str> {
    text(body, "/interactionId").or_else(|| text(body, "/body/0/interactionId"))
}

struct Envelope<'a> {
    settings: &'a Settings,
    body: &'a Value,
    arrived_at: DateTime<Utc>,
    correlation: Correlation,
    /// Whether an action or a flag says where the conversation stands.
    structural: bool,
    /// Whether it is on its way to a queue or back to the bot: then nobody but the machine speaks.
    machine_speaks: bool,
    agent_chat: bool,
    /// How the system's line names who entered.
    entered: Option<String>,
    end: Option<(EndedBy, EndReason)>,
    events: Vec<ProviderEvent>,
}

impl<'a> Envelope<'a> {
    fn new(
        settings: &'a Settings,
        body: &'a Value,
        correlation: Correlation,
        items: &[(&Value, Item)],
        arrived_at: DateTime<Utc>,
    ) -> Self {
        let any = |wanted: fn(&Item) -> bool| items.iter().any(|(_, item)| wanted(item));
        let queue = any(|item| matches!(item, Item::Queue | Item::Wait { .. }));
        let switched = any(|item| matches!(item, Item::LiveAgent));
        let returned = any(|item| matches!(item, Item::VirtualAgent));
        let entered = items.iter().find_map(|(_, item)| match item {
            Item::System { text } => text.split_once(ENTERED).map(|(name, _)| name.trim().to_owned()),
            Item::Queue
            | Item::Wait { .. }
            | Item::LiveAgent
            | Item::VirtualAgent
            | Item::Created
            | Item::Typing { .. }
            | Item::Shown { .. }
            | Item::Secure { .. }
            | Item::Other => None,
        });
        Self {
            settings,
            body,
            arrived_at,
            correlation,
            structural: queue || switched || returned || flag(body, "/completed") || flag(body, "/takeControl"),
            machine_speaks: queue || returned,
            agent_chat: flag(body, "/agentChat"),
            entered: entered.filter(|name| !name.is_empty()),
            end: None,
            events: Vec::new(),
        }
    }

    fn item(&mut self, raw: &Value, item: &Item) {
        let id = self.identity(raw);
        match item {
            Item::Queue => self.push(id, queued(None)),
            Item::Wait { seconds } => self.wait(*seconds),
            Item::LiveAgent => {
                let who = Representative { id: None, name: self.entered.clone() };
                self.push(id, EventKind::RepresentativeJoined(who));
            }
            Item::VirtualAgent => self.returned(id),
            Item::Created => self.push(id, EventKind::Accepted),
            Item::Typing { on } => self.push(None, EventKind::Typing { on: *on }),
            Item::System { text } => self.system(id, text),
            Item::Shown { parts, writer } => {
                let (author, proves_active) = self.author(writer);
                let id = self.identity_of_text(raw);
                let Some(message_id) = id.clone() else { return };
                if let Some(message) = IncomingMessage::of(message_id, author, parts.clone()) {
                    self.read_ending(&message.text, writer);
                    self.push(id, EventKind::Message(message.proving(proves_active)));
                }
            }
            Item::Secure { writer } => self.withheld(raw, writer),
            Item::Other => {}
        }
    }

    /// A wait in the same envelope belongs to the place in the queue that was just told.
    fn wait(&mut self, seconds: Option<u32>) {
        for event in &mut self.events {
            if let EventKind::Queued { estimated_wait_seconds, .. } = &mut event.kind {
                *estimated_wait_seconds = estimated_wait_seconds.or(seconds);
                return;
            }
        }
        self.push(None, queued(seconds));
    }

    fn returned(&mut self, id: Option<SourceId>) {
        if self.settings.post_agent_step && !flag(self.body, "/completed") {
            self.push(id, EventKind::RepresentativeLeft { representative: None, transferred: false });
        } else {
            self.end = Some((EndedBy::Representative, EndReason::RepresentativeEnded));
        }
    }

    /// A line of the system is shown; what it says counts only where nothing structural says it.
    fn system(&mut self, id: Option<SourceId>, text: &str) {
        if !self.structural && text.contains(ENTERED) {
            let who = Representative { id: None, name: self.entered.clone() };
            self.push(self.derived(text, "joined"), EventKind::RepresentativeJoined(who));
        }
        self.read_system_ending(text);
        let Some(message_id) = id.clone() else { return };
        let said = IncomingMessage::of(message_id, Author::Provider, vec![Part::text(text)]);
        if let Some(message) = said {
            self.push(id, EventKind::Message(message));
        }
    }

    fn read_system_ending(&mut self, text: &str) {
        let lower = text.to_lowercase();
        // The reason is worth knowing even where the end itself is told by a flag.
        if lower.contains(CLOSED) {
            self.ending_by_text(EndedBy::Representative, EndReason::RepresentativeEnded);
        } else if lower.contains(TIMED_OUT) {
            self.ending_by_text(EndedBy::System, EndReason::ProviderDisconnected);
        } else {
            self.read_ending(text, &Writer::Machine);
        }
    }

    /// What a bot says at the end. A human may say the same words, so a text counts only if no human can have said it.
    fn read_ending(&mut self, text: &str, writer: &Writer) {
        let says = |known: &[String]| {
            let lower = text.to_lowercase();
            known.iter().any(|known| !known.is_empty() && lower.contains(&known.to_lowercase()))
        };
        let by_machine = match writer {
            Writer::Human(_) => return,
            Writer::Machine => true,
            Writer::Unsaid => !self.agent_chat,
        };
        if says(&self.settings.outside_hours_texts) {
            self.ending_by_text(EndedBy::System, EndReason::OutsideHours);
        } else if says(&self.settings.no_agent_texts) {
            self.ending_by_text(EndedBy::System, EndReason::NoRepresentatives);
        } else if by_machine && says(&self.settings.end_texts) {
            self.ending_by_text(EndedBy::System, EndReason::ProviderDisconnected);
        }
    }

    fn ending_by_text(&mut self, by: EndedBy, reason: EndReason) {
        let told_by_flag = flag(self.body, "/completed") || flag(self.body, "/takeControl");
        if told_by_flag || !self.structural {
            self.end = self.end.or(Some((by, reason)));
        }
    }

    /// Where the instance does not say who wrote, a text of the live chat may be the representative's: without proof.
    fn author(&self, writer: &Writer) -> (Author, Option<Representative>) {
        match writer {
            Writer::Human(who) => (Author::Representative, Some(who.clone())),
            Writer::Unsaid if self.agent_chat && !self.machine_speaks => (Author::Representative, None),
            Writer::Unsaid | Writer::Machine => (Author::Provider, None),
        }
    }

    /// Private content is not passed on as plain text; that something was said is.
    fn withheld(&mut self, raw: &Value, writer: &Writer) {
        if let Writer::Human(who) = writer {
            self.push(self.derived(&raw.to_string(), "joined"), EventKind::RepresentativeJoined(who.clone()));
        }
        let note = EventKind::Note { what: "secure_message_withheld".to_owned(), detail: None };
        self.push(self.identity(raw), note);
    }

    /// What the envelope as a whole says.
    fn close(&mut self) {
        let over = flag(self.body, "/completed") || flag(self.body, "/takeControl");
        let unanswered =
            !over && !self.agent_chat && !self.structural && self.answers_handoff() && self.not_understood();
        let end = if over {
            self.end.or(Some((EndedBy::System, EndReason::ProviderDisconnected)))
        } else if unanswered {
            self.end.or(Some((EndedBy::System, EndReason::ProviderRejected)))
        } else {
            self.end
        };
        if let Some((by, reason)) = end {
            self.push(self.derived(reason.as_str(), "ended"), EventKind::Ended { by, reason });
        } else if self.agent_chat && !self.events.iter().any(tells_status) {
            self.at_least_queued();
        }
    }

    /// `agentChat` stands in every envelope from the routing to the end, so by itself it means "queued, unless anything
    /// else was ever said": a signal as old as the transfer itself, which every other one beats.
    fn at_least_queued(&mut self) {
        if let Some(created) = self.correlation.transfer_id.and_then(created_at) {
            self.push(None, queued(None));
            if let Some(event) = self.events.last_mut() {
                event.order = Order::Provider { at: created, sequence: 0 };
            }
        }
    }

    /// The reply to the request that asked for a human. (`requestId` echoes the last request, so this holds until the
    /// contact writes.)
    fn answers_handoff(&self) -> bool {
        let asked = self.correlation.transfer_id.map(|transfer| handoff_request_id(self.settings, transfer));
        asked.is_some() && text(self.body, "/requestId") == asked.as_deref()
    }

    fn not_understood(&self) -> bool {
        self.body.get("score").and_then(Value::as_f64).is_some_and(|score| score <= 0.0)
    }

    /// `messageId`, else a digest of session, request and item (`docs/contracts/servicenow.md`, "Identity and order").
    fn identity(&self, raw: &Value) -> Option<SourceId> {
        match text(raw, "/messageId") {
            Some(id) => source_id(&[id]),
            None => self.derived(&raw.to_string(), "item"),
        }
    }

    /// A text without an id is another one each time that it comes: nothing says that the instance repeats a callback,
    /// and "ok" may be said twice.
    fn identity_of_text(&self, raw: &Value) -> Option<SourceId> {
        match text(raw, "/messageId") {
            Some(id) => source_id(&[id]),
            None => self.derived(&raw.to_string(), &self.arrived_at.timestamp_millis().to_string()),
        }
    }

    fn derived(&self, content: &str, sort: &str) -> Option<SourceId> {
        let session = text(self.body, "/clientSessionId").unwrap_or_default();
        let request = text(self.body, "/requestId").unwrap_or_default();
        SourceId::new(digest(&[session, request, content, sort])).ok()
    }

    fn push(&mut self, source_id: Option<SourceId>, kind: EventKind) {
        let interaction = self.correlation.provider_session_id.as_ref();
        let provider_state: Map<String, Value> =
            interaction.map(|id| ("interactionId".to_owned(), Value::from(id.as_str()))).into_iter().collect();
        self.events.push(ProviderEvent {
            source_id,
            correlation: self.correlation.clone(),
            order: Order::Arrival,
            kind,
            provider_data: Map::new(),
            provider_state,
        });
    }
}

fn queued(estimated_wait_seconds: Option<u32>) -> EventKind {
    EventKind::Queued { queue: None, position: None, estimated_wait_seconds }
}

fn tells_status(event: &ProviderEvent) -> bool {
    match &event.kind {
        EventKind::Queued { .. }
        | EventKind::RepresentativeJoined(_)
        | EventKind::RepresentativeLeft { .. }
        | EventKind::Ended { .. } => true,
        EventKind::Message(message) => message.proves_active.is_some(),
        EventKind::Accepted | EventKind::Typing { .. } | EventKind::Survey { .. } | EventKind::Note { .. } => false,
    }
}
