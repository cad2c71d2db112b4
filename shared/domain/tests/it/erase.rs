//! When a session can be removed before its time.

use transfer_domain::{Channel, EndedBy, FOLLOWS_WITHIN, Session, closed, end};

use crate::setup::{at, call_begun, created, opened};

const HOUR: i64 = 3_600;

fn ended(session: &Session) -> Session {
    end(session, EndedBy::Operator, at(10)).unwrap().session
}

/// How long after the start, in seconds: not a second before, and ever after.
fn is_erasable_from(session: &Session, seconds: i64) {
    assert!(!session.can_be_erased(at(seconds - 1)));
    assert!([seconds, seconds + 1, seconds + 48 * HOUR].into_iter().all(|then| session.can_be_erased(at(then))));
}

#[test]
fn a_session_that_goes_on_cannot_be_erased() {
    let session = opened(&created(Channel::Voice), at(0)).session;
    assert!([0, 100, 1_000 * HOUR].into_iter().all(|then| !session.can_be_erased(at(then))));
}

#[test]
fn one_that_the_contact_centre_never_had_can_be_once_nothing_that_follows_is_on_its_way() {
    is_erasable_from(&ended(&created(Channel::Chat)), 10 + FOLLOWS_WITHIN.num_seconds());
}

#[test]
fn one_that_the_contact_centre_has_can_be_once_it_is_closed_there() {
    let session = ended(&opened(&created(Channel::Chat), at(0)).session);
    assert!(session.is_to_be_closed());
    assert!(!session.can_be_erased(at(2 * HOUR)));
    let told = closed(&session, at(2 * HOUR)).unwrap().session;
    assert!(told.can_be_erased(at(2 * HOUR)), "nothing follows from that");
    is_erasable_from(&closed(&session, at(11)).unwrap().session, 10 + FOLLOWS_WITHIN.num_seconds());
}

#[test]
fn one_that_is_never_closed_or_whose_call_is_never_answered_can_be_after_a_day_and_two_hours() {
    is_erasable_from(&ended(&opened(&created(Channel::Chat), at(0)).session), 10 + 26 * HOUR);
    is_erasable_from(&ended(&call_begun(&created(Channel::Chat), at(0)).session), 10 + 26 * HOUR);
}
