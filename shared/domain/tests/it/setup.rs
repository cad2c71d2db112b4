//! Sessions and events to begin with.

use chrono::{DateTime, Utc};
use serde_json::Map;
use transfer_domain::{
    Author, Change, Channel, Command, Conversation, Correlation, EndReason, EndedBy, EventKind, IncomingMessage,
    Integration, NewTransfer, OpenResult, OpenStep, Order, Provider, ProviderEvent, Representative, Session,
    TransferRequest, TransferSettings, Transition, create,
};

pub(crate) const UUID: &str = "0193a5c0-7e2b-7abc-8def-0123456789ab";

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_341_600 + seconds, 0).unwrap()
}

pub(crate) fn integration() -> Integration {
    Integration {
        project_id: "demo".parse().unwrap(),
        integration_id: "int-1".parse().unwrap(),
        provider: Provider::named("genesys"),
        settings: Map::new(),
        partner_source: None,
        targets: Vec::new(),
        hears: transfer_domain::Hears::default(),
        timers: transfer_domain::Timers::default(),
        created_at: at(0),
        updated_at: at(0),
        version: 1,
        secrets: transfer_domain::SecretsInUse::default(),
    }
}

fn request(channel: Channel) -> NewTransfer {
    NewTransfer {
        conversation_session_id: "c-1".parse().unwrap(),
        contact_id: "u-1".parse().unwrap(),
        channel,
        agent: "billing".parse().unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest::default(),
    }
}

pub(crate) fn created(channel: Channel) -> Conversation {
    created_beside(vec![], channel)
}

pub(crate) fn created_beside(other_providers: Vec<Provider>, channel: Channel) -> Conversation {
    let settings = TransferSettings::default();
    let id = UUID.parse().unwrap();
    let (transition, _) = create(request(channel), id, &integration(), other_providers, &settings, at(0));
    Conversation::untold(transition.session)
}

/// What decisions are made on: a session whose provider told nothing, or one with what it told.
pub(crate) trait Known {
    fn conversation(&self) -> Conversation;
}

impl Known for Session {
    fn conversation(&self) -> Conversation {
        Conversation::untold(self.clone())
    }
}

impl Known for Conversation {
    fn conversation(&self) -> Conversation {
        self.clone()
    }
}

/// A decision, and what stands after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decided {
    transition: Transition,
    pub(crate) session: Conversation,
}

impl Decided {
    fn on(before: &Conversation, transition: Transition) -> Self {
        Self { session: transition.conversation(&before.facts), transition }
    }
}

impl std::ops::Deref for Decided {
    type Target = Transition;

    fn deref(&self) -> &Transition {
        &self.transition
    }
}

pub(crate) fn apply_events(on: &impl Known, events: &[ProviderEvent], now: DateTime<Utc>) -> Decided {
    let before = on.conversation();
    Decided::on(&before, transfer_domain::apply_events(&before, events, now))
}

pub(crate) fn record_open(on: &impl Known, outcome: OpenResult, now: DateTime<Utc>) -> Decided {
    let before = on.conversation();
    Decided::on(&before, transfer_domain::record_open(&before, outcome, None, now))
}

/// What an opening begins with.
pub(crate) fn begin_open(on: &impl Known, now: DateTime<Utc>) -> Option<(OpenStep, Decided)> {
    let before = on.conversation();
    let (step, transition) = transfer_domain::begin_open(&before, &integration(), Map::new(), now)?;
    Some((step, Decided::on(&before, transition)))
}

/// An opening that is called.
pub(crate) fn call_begun(on: &impl Known, now: DateTime<Utc>) -> Decided {
    let (step, begun) = begin_open(on, now).unwrap();
    assert_eq!(step, OpenStep::Call);
    begun
}

/// The contact centre took it.
pub(crate) fn opened(on: &impl Known, now: DateTime<Utc>) -> Decided {
    let outcome =
        OpenResult::Opened { provider_session_id: None, provider_data: Map::new(), provider_state: Map::new() };
    record_open(&call_begun(on, now).session, outcome, now)
}

pub(crate) fn event(id: &str, seconds: i64, kind: EventKind) -> ProviderEvent {
    ProviderEvent {
        source_id: Some(id.parse().unwrap()),
        correlation: Correlation {
            transfer_id: Some(UUID.parse().unwrap()),
            provider_session_id: Some("conv-9".parse().unwrap()),
        },
        order: Order::Provider { at: at(seconds), sequence: 0 },
        kind,
        provider_data: Map::new(),
        provider_state: Map::new(),
    }
}

pub(crate) fn agent_one() -> Representative {
    Representative { id: Some("a-1".to_owned()), name: Some("Agent One".to_owned()) }
}

pub(crate) fn text(id: &str, proves_active: Option<Representative>) -> EventKind {
    EventKind::Message(IncomingMessage {
        message_id: id.parse().unwrap(),
        author: Author::Representative,
        text: "Hello".to_owned(),
        truncated: false,
        attachments: vec![],
        redacted: transfer_domain::Redacted::default(),
        proves_active,
        content: Vec::new(),
    })
}

pub(crate) fn queued() -> EventKind {
    EventKind::Queued { queue: Some("billing".to_owned()), position: Some(2), estimated_wait_seconds: Some(40) }
}

pub(crate) fn left() -> EventKind {
    EventKind::RepresentativeLeft { representative: Some(agent_one()), transferred: false }
}

pub(crate) fn ended() -> EventKind {
    EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded }
}

pub(crate) fn kinds(transition: &Transition) -> Vec<&Change> {
    transition.session.changes.iter().map(|change| &change.change).collect()
}

/// What must be done because of a transition, in order.
pub(crate) fn commands(transition: &Transition) -> Vec<Command> {
    let session = &transition.session;
    session.changes.iter().flat_map(|change| Command::after(session, change)).collect()
}
