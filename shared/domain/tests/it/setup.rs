//! Sessions and events to begin with.

use chrono::{DateTime, Utc};
use serde_json::Map;
use transfer_domain::{
    Author, Briefing, Change, Channel, Command, Correlation, EndReason, EndedBy, EventKind, IncomingMessage,
    Integration, NewTransfer, Order, Provider, ProviderEvent, Representative, Session, TransferSettings, Transition,
    create,
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
        trigger: None,
        queue: None,
        priority: None,
        reason: None,
        summary: None,
        metadata: Map::new(),
        briefing: Briefing::default(),
    }
}

pub(crate) fn created(channel: Channel) -> Session {
    let settings = TransferSettings::default();
    let (transition, _) = create(request(channel), UUID.parse().unwrap(), &integration(), &settings, at(0));
    transition.session
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
        attachments: vec![],
        proves_active,
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
