//! What a session waits for by the clock stands in the index of what is due: perhaps too early, never too late.

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{Channel, Conversation, Due, EndedBy, OutgoingMessage, Session, accept_message, end, next_due};

use crate::setup::{apply_events, at, created, event, queued};

fn message_at(session: &Session, now: DateTime<Utc>) -> Session {
    let message = OutgoingMessage::text(format!("m-{}", now.timestamp()).parse().unwrap(), "Hello");
    accept_message(session, message, now).unwrap().session
}

fn chat() -> Session {
    created(Channel::Chat).session
}

#[test]
fn a_new_session_is_due_at_its_expiry() {
    let session = chat();
    assert_eq!(session.due_at, session.expires_at);
    assert_eq!(next_due(&session), session.expires_at.map(|at| (at, Due::Expiry)));
}

#[test]
fn a_message_moves_the_expiry_and_leaves_what_is_due() {
    let session = chat();
    let after = message_at(&session, at(60));
    assert_eq!(after.expires_at, session.expires_at.map(|at| at + TimeDelta::seconds(60)));
    assert_eq!(after.due_at, session.due_at);
}

#[test]
fn whoever_writes_after_its_moment_moves_it_on() {
    let session = chat();
    let busy = message_at(&session, session.due_at.unwrap() - TimeDelta::seconds(1));
    let after = message_at(&busy, session.due_at.unwrap());
    assert!(after.due_at > session.due_at);
    assert_eq!(after.due_at, after.expires_at);
}

#[test]
fn an_end_is_due_at_the_removal() {
    let session = message_at(&chat(), at(60));
    let ended = end(&session, EndedBy::Agent, at(61)).unwrap().session;
    assert_eq!(next_due(&ended), ended.expires_at.map(|at| (at, Due::Removal)));
    assert_eq!(ended.due_at, ended.expires_at);
}

#[test]
fn a_call_that_never_expires_is_due_when_it_has_been_silent_for_too_long() {
    let session = created(Channel::Voice).session;
    assert_eq!(session.expires_at, None);
    let (due, what) = next_due(&session).unwrap();
    assert_eq!((what, Some(due)), (Due::Staleness, session.due_at));
    assert!(due > session.created_at);
}

#[test]
fn it_is_never_later_than_what_comes_next() {
    let mut conversation: Conversation = created(Channel::Chat);
    for step in 0..200_i64 {
        let now = at(step * 37);
        if conversation.is_expired(now) {
            break;
        }
        conversation = if step % 3 == 0 {
            apply_events(&conversation, &[event(&format!("e-{step}"), step * 37, queued())], now).session.clone()
        } else {
            Conversation { session: message_at(&conversation, now), ..conversation }
        };
        let (next, _) = next_due(&conversation).unwrap();
        let due = conversation.due_at.unwrap();
        assert!(now < due && due <= next, "{now} {due} {next}");
    }
}
