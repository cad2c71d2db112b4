//! The envelope that ServiceNow posts: flags, and any number of items (`docs/contracts/servicenow.md`, "Callbacks" and
//! "Status").
//!
//! Structure (action types, flags) beats texts, `completed` beats the return to the bot, and the end comes last, so
//! that what is said in the same envelope still reaches the contact. An envelope tells no time: its events count in
//! the order of their arrival.

use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, Holds, IncomingMessage, Order, Part, ProviderEvent,
    ProviderSessionId, Representative, SourceId, TransferId,
};

use super::items::{self, Item, Writer};
use crate::reading::{created_at, digest, flag, id, not_read, source_id, text};
use crate::servicenow::handoff_request_id;
use crate::servicenow::settings::{CompletedEnds, CorrelationKey, Settings};
use crate::told::{ended, event, left, note, one, place, queued};

/// What the system's own lines say, in the vendor's English. Structure tells the same where it is sent.
const ENTERED: &str = "has entered";
const CLOSED: &str = "has closed";
const TIMED_OUT: &str = "timed out";

/// The events of one authentic envelope; for nobody if it names no session.
pub(super) fn events(settings: &Settings, body: &Value, arrived_at: DateTime<Utc>) -> Vec<ProviderEvent> {
    let correlation = correlation(settings, body);
    let items: Vec<(&Value, Item)> =
        raw_items(body).into_iter().map(|raw| (raw, items::read(raw, &settings.system_text_field))).collect();
    let mut envelope = Envelope::new(settings, body, correlation, &items, arrived_at);
    for (raw, item) in &items {
        envelope.item(raw, item);
    }
    envelope.close();
    envelope.events
}

/// Some samples show a single object where the others show a list; of what else stands there it is said that it does.
fn raw_items(body: &Value) -> Vec<&Value> {
    match body.get("body") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(item) => vec![item],
    }
}

/// Our own id wins over the instance's wherever it is echoed, so `interactionId` only has to be among the keys.
fn correlation(settings: &Settings, body: &Value) -> Correlation {
    let ours = |pointer| id(body, pointer).and_then(|id| id.parse::<TransferId>().ok());
    let transfer_id = settings.correlation_order.iter().find_map(|key| match key {
        CorrelationKey::ClientSessionId => ours("/clientSessionId"),
        CorrelationKey::ClientVariables => ours("/clientVariables/transferId"),
        CorrelationKey::InteractionId => None,
    });
    let provider_session_id = interaction(body).and_then(|id| ProviderSessionId::new(id).ok());
    let by_interaction = settings.correlation_order.contains(&CorrelationKey::InteractionId);
    let known = transfer_id.is_some() || by_interaction;
    Correlation { transfer_id, provider_session_id: provider_session_id.filter(|_| known) }
}

fn interaction(body: &Value) -> Option<String> {
    id(body, "/interactionId").or_else(|| id(body, "/body/0/interactionId"))
}

/// Whether flags say that it is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    No,
    /// If nobody has joined: else a human wrote what stands beside the flag.
    UntilJoined,
    Yes,
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
    over: Over,
    /// How the system's line names who entered.
    entered: Option<String>,
    /// The end that the structure tells.
    end: Option<(EndedBy, EndReason)>,
    /// The ends that texts tell.
    concluded: Vec<(EndedBy, EndReason, Holds)>,
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
        let entered = items.iter().find_map(|(_, item)| entered(item));
        let mut envelope = Self {
            settings,
            body,
            arrived_at,
            correlation,
            structural: queue || switched || returned,
            machine_speaks: queue || returned,
            agent_chat: flag(body, "/agentChat"),
            over: Over::No,
            entered: entered.filter(|name| !name.is_empty()),
            end: None,
            concluded: Vec::new(),
            events: Vec::new(),
        };
        envelope.over = envelope.flags(items, returned);
        envelope.structural |= envelope.is_over();
        envelope
    }

    /// What the flags say. `completed` is seen on ordinary texts of a human, too (`completedEnds`).
    fn flags(&self, items: &[(&Value, Item)], returned: bool) -> Over {
        let writers = items.iter().filter_map(|(_, item)| item.writer());
        let by_human = || writers.clone().any(|writer| matches!(writer, Writer::Human(_)));
        let unsaid = || self.may_be_human() && writers.clone().any(|writer| *writer == Writer::Unsaid);
        match self.settings.completed_ends {
            _ if flag(self.body, "/takeControl") => Over::Yes,
            _ if !flag(self.body, "/completed") => Over::No,
            CompletedEnds::Never => Over::No,
            CompletedEnds::UnlessAgentText if !returned && by_human() => Over::No,
            CompletedEnds::UnlessAgentText if unsaid() => Over::UntilJoined,
            CompletedEnds::UnlessAgentText | CompletedEnds::Always => Over::Yes,
        }
    }

    fn is_over(&self) -> bool {
        self.over == Over::Yes
    }

    /// Whether a human may have written what the instance names no writer of.
    fn may_be_human(&self) -> bool {
        self.agent_chat && !self.machine_speaks
    }

    fn item(&mut self, raw: &Value, item: &Item) {
        let id = self.identity(raw);
        match item {
            Item::Queue => self.push(id, queued(None, None)),
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
            Item::Unreadable => self.push(self.derived(&raw.to_string(), "unread"), not_read("body", raw)),
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
        self.push(None, queued(None, seconds));
    }

    fn returned(&mut self, id: Option<SourceId>) {
        if self.settings.post_agent_step && !self.is_over() {
            self.push(id, left(None, false));
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
            self.conclude(EndedBy::Representative, EndReason::RepresentativeEnded, Holds::Always);
        } else if lower.contains(TIMED_OUT) {
            self.conclude(EndedBy::System, EndReason::ProviderDisconnected, Holds::Always);
        } else {
            self.read_ending(text, &Writer::Machine);
        }
    }

    /// What a bot says at the end. A human may say the same words: what one surely wrote says nothing, and what one may
    /// have written says it only while nobody has joined.
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
            self.conclude(EndedBy::System, EndReason::OutsideHours, Holds::UntilJoined);
        } else if says(&self.settings.no_agent_texts) {
            self.conclude(EndedBy::System, EndReason::NoRepresentatives, Holds::UntilJoined);
        } else if by_machine && says(&self.settings.end_texts) {
            self.conclude(EndedBy::System, EndReason::ProviderDisconnected, Holds::UntilJoined);
        }
    }

    fn conclude(&mut self, by: EndedBy, reason: EndReason, holds: Holds) {
        if (self.is_over() || !self.structural) && !self.concluded.contains(&(by, reason, holds)) {
            self.concluded.push((by, reason, holds));
        }
    }

    /// Where the instance does not say who wrote, a text of the live chat may be the representative's: without proof.
    fn author(&self, writer: &Writer) -> (Author, Option<Representative>) {
        match writer {
            Writer::Human(who) => (Author::Representative, Some(who.clone())),
            Writer::Unsaid if self.may_be_human() => (Author::Representative, None),
            Writer::Unsaid | Writer::Machine => (Author::Provider, None),
        }
    }

    /// Private content is not passed on as plain text; that something was said is.
    fn withheld(&mut self, raw: &Value, writer: &Writer) {
        if let Writer::Human(who) = writer {
            self.push(self.derived(&raw.to_string(), "joined"), EventKind::RepresentativeJoined(who.clone()));
        }
        self.push(self.identity(raw), note("secure_message_withheld", None));
    }

    /// What the envelope as a whole says: of an end the structure and the flags tell, from a text it is concluded.
    fn close(&mut self) {
        let unanswered =
            !self.is_over() && !self.agent_chat && !self.structural && self.answers_handoff() && self.not_understood();
        // What a text says of the reason says more.
        if self.concluded.is_empty() && unanswered {
            self.conclude(EndedBy::System, EndReason::ProviderRejected, Holds::UntilJoined);
        }
        if self.concluded.is_empty() && self.over == Over::UntilJoined {
            self.conclude(EndedBy::System, EndReason::ProviderDisconnected, Holds::UntilJoined);
        }
        if let Some((by, reason)) = self.end {
            return self.ended(by, reason);
        }
        // A line of the system tells who ended it, beside the flag as well.
        let certain = self.concluded.iter().find(|(_, _, holds)| *holds == Holds::Always).copied();
        if let (Some((by, reason, _)), true) = (certain, self.is_over()) {
            return self.ended(by, reason);
        }
        for (by, reason, holds) in std::mem::take(&mut self.concluded) {
            self.push(self.derived(reason.as_str(), "concluded"), EventKind::Concluded { by, reason, holds });
        }
        if self.is_over() {
            self.ended(EndedBy::System, EndReason::ProviderDisconnected);
        } else if self.agent_chat && !self.events.iter().any(tells_status) {
            self.at_least_queued();
        }
    }

    fn ended(&mut self, by: EndedBy, reason: EndReason) {
        self.push(self.derived(reason.as_str(), "ended"), ended((by, reason)));
    }

    /// `agentChat` stands in every envelope from the routing to the end, so by itself it means "queued, unless anything
    /// else was ever said": a signal as old as the transfer itself, which every other one beats.
    fn at_least_queued(&mut self) {
        if let Some(created) = self.correlation.transfer_id.and_then(created_at) {
            self.push(None, queued(None, None));
            if let Some(event) = self.events.last_mut() {
                event.order = place(Some(created));
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
        match id(raw, "/messageId") {
            Some(id) => source_id(&[&id]),
            None => self.derived(&raw.to_string(), "item"),
        }
    }

    /// A text without an id is another one each time that it comes: nothing says that the instance repeats a callback,
    /// and "ok" may be said twice.
    fn identity_of_text(&self, raw: &Value) -> Option<SourceId> {
        if let Some(id) = id(raw, "/messageId") {
            return source_id(&[&id]);
        }
        let place = format!("{}-{}", self.arrived_at.timestamp_millis(), self.events.len());
        self.derived(&raw.to_string(), &place)
    }

    fn derived(&self, content: &str, sort: &str) -> Option<SourceId> {
        let session = id(self.body, "/clientSessionId").unwrap_or_default();
        let request = id(self.body, "/requestId").unwrap_or_default();
        SourceId::new(digest(&[&session, &request, content, sort])).ok()
    }

    fn push(&mut self, source_id: Option<SourceId>, kind: EventKind) {
        let interaction = self.correlation.provider_session_id.as_ref();
        let provider_state = one("interactionId", interaction.map(ProviderSessionId::as_str));
        let told = event(self.correlation.clone(), Order::Arrival, source_id, kind);
        self.events.push(ProviderEvent { provider_state, ..told });
    }
}

/// Whom the system's line names as having entered.
fn entered(item: &Item) -> Option<String> {
    let Item::System { text } = item else { return None };
    text.split_once(ENTERED).map(|(name, _)| name.trim().to_owned())
}

fn tells_status(event: &ProviderEvent) -> bool {
    match &event.kind {
        EventKind::Queued { .. }
        | EventKind::RepresentativeJoined(_)
        | EventKind::RepresentativeLeft { .. }
        | EventKind::Ended { .. }
        | EventKind::Concluded { .. } => true,
        EventKind::Message(message) => message.proves_active.is_some(),
        EventKind::Accepted
        | EventKind::Typing { .. }
        | EventKind::Survey { .. }
        | EventKind::WrapUp(_)
        | EventKind::Note { .. } => false,
    }
}
