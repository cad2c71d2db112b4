//! Courtesies of the contact's side, and what can be done instead of a transfer that reached nobody.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, json};
use transfer_domain::{
    Action, Author, Change, Channel, Closed, Command, Conversation, Delivery, Direction, EndReason, EndedBy, Message,
    MessageWrite, OpenResult, Opening, OutgoingMessage, PostAgentAction, Provider, Receipt, ReceiptState, Session,
    TYPING_LASTS, TYPING_RENEWED_AFTER, Typing, accept_message, end, end_by_result, nobody_there, record_receipts,
    tell_typing,
};

use crate::setup::{at, call_begun, commands, created, created_beside, record_open};

fn start() -> DateTime<Utc> {
    at(0)
}

fn after(delta: TimeDelta) -> DateTime<Utc> {
    start() + delta
}

fn open() -> Conversation {
    let opened =
        OpenResult::Opened { provider_session_id: None, provider_data: Map::new(), provider_state: Map::new() };
    record_open(&created(Channel::Chat), opened, start()).session
}

fn typing(session: &Session, on: bool, now: DateTime<Utc>) -> (Command, Typing) {
    let command = tell_typing(session, on, now).unwrap().unwrap();
    let Action::Typing(typing) = command.action else { panic!("typing") };
    (command, typing)
}

#[test]
fn typing_that_was_just_told_is_not_told_again() {
    let told = |on, time| typing(&open(), on, after(time)).1;
    let (first, moment) = (told(true, TimeDelta::zero()), TimeDelta::milliseconds(1));
    assert!(!told(true, TYPING_RENEWED_AFTER - moment).is_news_after(&first));
    assert!(told(true, TYPING_RENEWED_AFTER).is_news_after(&first));
    let stopped = told(false, moment);
    assert!(stopped.is_news_after(&first), "that it stopped is news");
    assert!(told(true, moment * 2).is_news_after(&stopped), "that it goes on is, too");
    let ids = [first, stopped].map(|it| typing(&open(), it.on, it.at).0.deduplication_id());
    assert_ne!(ids[0], ids[1], "the queue drops neither");
}

#[test]
fn a_message_is_the_end_of_typing() {
    let (_, told) = typing(&open(), true, start());
    let message = OutgoingMessage::text("m-1".parse().unwrap(), "Hi");
    let sent = accept_message(&open(), message, start()).unwrap().session;
    assert!(told.holds(&open(), start()));
    assert!(!told.holds(&sent, start()), "what was told before the message is no longer true");
    assert!(typing(&sent, true, start()).1.holds(&sent, start()), "the contact goes on");
}

#[test]
fn typing_is_refused_like_a_message_and_told_to_nobody_before_the_opening() {
    let ended = end(&open(), EndedBy::Agent, start()).unwrap().session;
    assert_eq!(tell_typing(&ended, true, start()), Err(Closed::Ended));
    let session = open();
    assert_eq!(tell_typing(&session, true, session.expires_at.unwrap()), Err(Closed::Expired));
    assert_eq!(tell_typing(&created(Channel::Chat), true, start()), Ok(None));
}

#[test]
fn news_about_typing_do_not_hold_for_long_and_not_after_the_end() {
    let (_, told) = typing(&open(), true, start());
    assert!(told.holds(&open(), after(TYPING_LASTS - TimeDelta::milliseconds(1))));
    assert!(!told.holds(&open(), after(TYPING_LASTS)));
    let ended = end(&open(), EndedBy::Agent, start()).unwrap().session;
    assert!(!told.holds(&ended, start()));
}

fn heard(id: &str, receipt: Option<ReceiptState>) -> Message {
    Message {
        sequence: 7,
        message_id: id.parse().unwrap(),
        direction: Direction::Inbound,
        author: Author::Representative,
        unproven: None,
        text: "Hello".to_owned(),
        truncated: false,
        attachments: vec![],
        delivery: Delivery::Received,
        accepted_at: start(),
        sent_at: None,
        redacted: transfer_domain::Redacted::default(),
        late: false,
        receipt: receipt.map(|state| Receipt { state, at: start() }),
        content: Vec::new(),
        reply: None,
    }
}

#[test]
fn a_receipt_counts_where_it_is_news_and_never_takes_anything_back() {
    let messages = [heard("a", None), heard("b", Some(ReceiptState::Delivered)), heard("c", Some(ReceiptState::Read))];
    let now = after(TimeDelta::minutes(1));
    let noted = record_receipts(&open(), &messages, ReceiptState::Read, now).unwrap();
    let ids = ["a", "b"].map(|id| id.parse().unwrap()).to_vec();
    let change = Change::MessagesAcknowledged { message_ids: ids.clone(), state: ReceiptState::Read };
    assert_eq!(noted.session.changes.iter().map(|it| &it.change).collect::<Vec<_>>(), [&change]);
    let written = noted.messages.iter().map(|write| match write {
        MessageWrite::Acknowledged(message) => (message.message_id.as_str(), message.receipt),
        MessageWrite::New(_) => panic!("{write:?}"),
    });
    let receipt = Some(Receipt { state: ReceiptState::Read, at: now });
    assert_eq!(written.collect::<Vec<_>>(), [("a", receipt), ("b", receipt)]);
    assert_eq!(noted.session.expires_at, open().expires_at);
    let [command] = commands(&noted).try_into().unwrap();
    assert_eq!(command.action, Action::Acknowledge { messages: ids, state: ReceiptState::Read });
    assert_eq!(record_receipts(&open(), &messages[1..], ReceiptState::Delivered, now), None);
}

#[test]
fn a_receipt_after_the_end_is_kept_and_told_to_nobody() {
    let ended = end(&open(), EndedBy::Agent, start()).unwrap().session;
    let noted = record_receipts(&ended, &[heard("a", None)], ReceiptState::Read, start()).unwrap();
    assert_eq!(noted.messages.len(), 1);
    assert_eq!(commands(&noted), []);
}

#[test]
fn nothing_of_a_session_waits_for_a_courtesy() {
    let command = |action| Command {
        project_id: "demo".parse().unwrap(),
        transfer_id: created(Channel::Chat).transfer_id(),
        sequence: 1,
        action,
    };
    let typed = typing(&open(), true, start()).0;
    let receipt = command(Action::Acknowledge { messages: vec![], state: ReceiptState::Read });
    assert_eq!(typed.group(), receipt.group());
    for action in [
        Action::Open,
        Action::Message { sequence: 1 },
        Action::WaitingMessages { from: 1, through: 1 },
        Action::ApplyParked,
        Action::Close,
    ] {
        let other = command(action);
        assert_eq!(other.group(), other.transfer_id.to_string());
        assert_ne!(other.group(), typed.group());
    }
}

#[test]
fn nobody_being_there_ends_a_session_only_before_its_opening_began() {
    let reason = EndReason::NoRepresentatives;
    let ended = nobody_there(&created(Channel::Chat), reason, "nobody".to_owned(), start()).unwrap().session;
    let ended = Conversation::untold(ended);
    assert_eq!(ended.opening, Opening::Abandoned);
    assert_eq!(ended.end().map(|end| (end.reason, end.by)), Some((reason, EndedBy::System)));
    let begun = call_begun(&created(Channel::Chat), start());
    for session in [begun.session, open(), ended] {
        assert_eq!(nobody_there(&session, reason, "nobody".to_owned(), start()), None);
    }
}

fn alternatives(reason: EndReason, others: &[Provider], action: PostAgentAction) -> serde_json::Value {
    let session = created_beside(others.to_vec(), Channel::Chat).session;
    let session = Session { post_agent_action: action, ..session };
    let ended = end_by_result(&session, reason, "detail".to_owned(), start()).unwrap().session;
    json!(ended.alternatives())
}

#[test]
fn alternatives_are_what_the_facts_allow() {
    use PostAgentAction::{EndSession, ReturnToAgent};
    let agent = json!({ "kind": "continue_with_agent" });
    let later = json!({ "kind": "try_later" });
    let other = json!({ "kind": "try_provider", "providers": ["five9"] });
    let five9 = &[Provider::named("five9")];
    assert_eq!(alternatives(EndReason::NoRepresentatives, five9, ReturnToAgent), json!([agent, later, other]));
    assert_eq!(alternatives(EndReason::OutsideHours, &[], ReturnToAgent), json!([agent, later]));
    assert_eq!(alternatives(EndReason::ProviderRejected, five9, ReturnToAgent), json!([agent, other]));
    assert_eq!(alternatives(EndReason::Unconfirmed, &[], EndSession), json!([]));
    assert_eq!(alternatives(EndReason::RepresentativeEnded, five9, ReturnToAgent), json!([]));
    assert_eq!(json!(created(Channel::Chat).alternatives()), json!([]), "a session that lives has none");
}
