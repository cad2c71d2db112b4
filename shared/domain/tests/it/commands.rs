//! What must be done because of a change.

use serde_json::{Map, json};
use transfer_domain::{
    Action, Change, Channel, Command, EndedBy, EventKind, OutgoingMessage, ProviderEvent, Representative,
    SequencedChange, Session, Status, accept_message, end,
};

use crate::setup::{UUID, apply_events, at, commands, created, event, text};

#[test]
fn each_has_an_identity_by_its_change_and_action() {
    let session = created(Channel::Chat);
    let change = |change| SequencedChange { sequence: 7, occurred_at: at(1), status: session.status(), change };
    let id = |change_of| Command::after(&session, &change(change_of)).pop().unwrap().deduplication_id();
    assert_eq!(id(Change::Requested { predecessor: None }), format!("{UUID}-7-open"));
    assert_eq!(id(Change::MessageAccepted), format!("{UUID}-7-message"));
    assert_eq!(id(Change::Linked), format!("{UUID}-7-apply-parked"));
    let over = end(&session, EndedBy::Agent, at(5)).unwrap().session.end().unwrap().clone();
    let ended = Change::Ended { end: over, counts: session.counts, representative: None };
    assert_eq!(id(ended), format!("{UUID}-7-close"));
}

#[test]
fn a_representative_without_a_name_is_asked_for() {
    let joins = |name: Option<&str>, id: Option<&str>| {
        let who = Representative { id: id.map(str::to_owned), name: name.map(str::to_owned) };
        let session = created(Channel::Chat);
        let joined = apply_events(&session, &[event("e-1", 1, EventKind::RepresentativeJoined(who))], at(1));
        commands(&joined).into_iter().map(|command| command.action).collect::<Vec<_>>()
    };
    let identify = Action::Identify { representative: "a-1".to_owned() };
    assert!(joins(None, Some("a-1")).contains(&identify));
    assert!(!joins(Some("Agent One"), Some("a-1")).contains(&identify));
    assert!(joins(None, None).iter().all(|action| !matches!(action, Action::Identify { .. })));
}

#[test]
fn the_removal_of_a_record_is_carried_out_after_all_of_its_changes() {
    let message = OutgoingMessage::text("o-1".parse().unwrap(), "Hi");
    let last = accept_message(&created(Channel::Chat), message, at(1)).unwrap().session;
    let command = Command::after_removal(last.clone());
    assert_eq!(command.sequence, last.version + 1);
    assert_eq!(command.deduplication_id(), format!("{UUID}-{}-forget", last.version + 1));
    assert_eq!(command.group(), UUID, "in line with the session's other commands");
    let Action::Forget { last: kept } = command.action else { panic!("forget") };
    assert!(kept.changes.is_empty(), "no larger than a queue takes");
    assert_eq!(kept.last_outbound, last.last_outbound);
}

/// In every text that a request or a provider can fill.
const OUTSIDE: &str = "what somebody wrote \u{ffff}";

fn filled() -> Session {
    let told = || OUTSIDE.to_owned();
    let kinds = [
        EventKind::Queued { queue: Some(told()), position: Some(1), estimated_wait_seconds: None },
        EventKind::RepresentativeJoined(Representative { id: Some(told()), name: Some(told()) }),
        text("m-1", None),
    ];
    let events = kinds.map(|kind| {
        let provider_data = Map::from_iter([(told(), json!(OUTSIDE))]);
        ProviderEvent { provider_data, ..event("e-1", 1, kind) }
    });
    apply_events(&created(Channel::Chat), &events, at(1)).session.session
}

#[test]
fn forgetting_carries_nothing_that_somebody_wrote_and_all_that_closing_needs() {
    let last = filled();
    let command = Command::after_removal(last.clone());
    let json = serde_json::to_string(&command).unwrap();
    for part in ["somebody wrote", "\u{ffff}", "Hello"] {
        assert!(!json.contains(part), "{part}: {json}");
    }
    let Action::Forget { last: kept } = command.action else { panic!("forget") };
    assert_eq!(kept.provider_session_id(), last.provider_session_id());
    assert_eq!((kept.phase, kept.opening, kept.version), (last.phase, last.opening, last.version));
    assert_eq!((kept.session_id, kept.contact_id), (last.session_id, last.contact_id));
    assert_eq!((kept.provider, kept.integration_id), (last.provider, last.integration_id));
}

#[test]
fn an_end_closes_the_conversation_whoever_wanted_it() {
    for by in [EndedBy::Contact, EndedBy::Agent, EndedBy::Operator] {
        let ended = end(&created(Channel::Chat), by, at(5)).unwrap();
        assert!(commands(&ended).iter().any(|command| command.action == Action::Close), "{by:?}");
    }
}

#[test]
fn a_message_that_is_accepted_while_others_wait_does_not_overtake_them() {
    let message = |session: &Session, id: &str| {
        let message = OutgoingMessage::text(id.parse().unwrap(), "Hello");
        accept_message(session, message, at(1)).unwrap().session
    };
    let first = message(&created(Channel::Chat), "m-1");
    let second = message(&first, "m-2");
    let (from, through) = (first.last_outbound, second.last_outbound);
    let action = |session: &Session| Command::after(session, session.changes.last().unwrap())[0].action.clone();
    assert_eq!(action(&first), Action::Message { sequence: from });
    assert_eq!(action(&second), Action::WaitingMessages { from, through });
}

#[test]
fn whatever_opens_the_way_delivers_what_waited() {
    let message = OutgoingMessage::text("m-1".parse().unwrap(), "Hello");
    let waiting = accept_message(&created(Channel::Chat), message, at(1)).unwrap().session;
    let from = waiting.last_outbound;
    for change in
        [Change::Accepted { provider_session_id: None }, Change::Queued { queue: waiting.queue() }, Change::PostAgent]
    {
        let change = SequencedChange { sequence: 9, occurred_at: at(2), status: Status::Queued, change };
        let mut actions = Command::after(&waiting, &change).into_iter().map(|it| it.action);
        assert_eq!(actions.next(), Some(Action::WaitingMessages { from, through: from }), "{change:?}");
        let polls = matches!(change.change, Change::Accepted { .. }).then_some(Action::Look { only_polled: true });
        assert!(actions.eq(polls), "and polling begins: {change:?}");
    }
}
