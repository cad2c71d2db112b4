//! What becomes of a transfer, and how long its parts took.

use chrono::TimeDelta;
use transfer_domain::{
    Channel, Conversation, EndReason, EndedBy, EventKind, Outcome, ProviderEvent, Representative, Times, end,
};

use crate::setup::{agent_one, apply_events, at, created, ended, event, left, queued, text};

fn after(events: &[ProviderEvent]) -> Conversation {
    apply_events(&created(Channel::Chat), events, at(60)).session
}

fn joined(id: &str, seconds: i64) -> ProviderEvent {
    event(id, seconds, EventKind::RepresentativeJoined(agent_one()))
}

fn closed(seconds: i64, reason: EndReason) -> ProviderEvent {
    event("e-end", seconds, EventKind::Ended { by: EndedBy::System, reason })
}

fn told(waiting: i64, talking: Option<i64>, first_reply: Option<i64>) -> Times {
    let time = |seconds: i64| TimeDelta::seconds(seconds);
    Times { waiting: time(waiting), talking: talking.map(time), first_reply: first_reply.map(time) }
}

#[test]
fn a_served_contact_is_told_with_who_and_how_long() {
    let said = event("m-1", 14, text("m-1", Some(agent_one())));
    let session = after(&[event("e-1", 1, queued()), joined("e-2", 10), said, event("e-3", 50, ended())]);
    assert_eq!((session.outcome(), session.served_by()), (Some(Outcome::Served), Some(agent_one())));
    assert_eq!(session.times(), Some(told(10, Some(40), Some(4))));
}

#[test]
fn what_lives_has_no_outcome() {
    let session = after(&[joined("e-1", 1)]);
    assert_eq!((session.outcome(), session.served_by(), session.times()), (None, None, None));
}

#[test]
fn whoever_left_before_the_end_ends_the_talking() {
    let session = after(&[joined("e-1", 10), event("e-2", 20, left()), closed(50, EndReason::ProviderDisconnected)]);
    assert_eq!((session.outcome(), session.served_by()), (Some(Outcome::Served), Some(agent_one())));
    assert_eq!(session.times(), Some(told(10, Some(10), None)));
}

#[test]
fn a_conversation_that_goes_back_to_a_queue_and_is_lost_there_is_dropped_and_names_who_had_it() {
    let again = EventKind::RepresentativeLeft { representative: Some(agent_one()), transferred: true };
    let session = after(&[joined("e-1", 10), event("e-2", 30, again), closed(50, EndReason::NoRepresentatives)]);
    assert_eq!((session.outcome(), session.served_by()), (Some(Outcome::Dropped), Some(agent_one())));
    assert_eq!(session.representative(), None, "nobody is shown who waits again");
    assert_eq!(session.times(), Some(told(10, Some(20), None)));
}

#[test]
fn a_contact_who_leaves_while_waiting_abandoned_it_and_waited_until_then() {
    let waiting = after(&[event("e-1", 1, queued())]);
    let session = end(&waiting, EndedBy::Contact, at(61)).unwrap().session;
    assert_eq!((session.outcome(), session.served_by()), (Some(Outcome::Abandoned), None));
    assert_eq!(session.times(), Some(told(61, None, None)));
}

#[test]
fn news_that_somebody_had_come_before_the_end_change_what_became_of_it() {
    let waiting = after(&[event("e-1", 1, queued())]);
    let ended = end(&waiting, EndedBy::Agent, at(61)).unwrap().session;
    assert_eq!(ended.outcome(), Some(Outcome::Cancelled));
    let late = apply_events(&ended, &[joined("e-2", 40)], at(62)).session;
    assert_eq!((late.outcome(), late.times()), (Some(Outcome::Served), Some(told(40, Some(21), None))));
    let too_late = apply_events(&ended, &[joined("e-2", 70)], at(72)).session;
    assert_eq!(too_late.outcome(), Some(Outcome::Cancelled));
}

#[test]
fn a_text_that_turns_out_to_be_a_representatives_is_the_first_reply() {
    let unproven = |id: &str, seconds| event(id, seconds, text(id, None));
    let events =
        [unproven("m-2", 14), unproven("m-1", 12), unproven("m-0", 4), joined("e-1", 10), event("e-9", 50, ended())];
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 0, 4, 1, 2]] {
        let session = after(&order.map(|place: usize| events[place].clone()));
        assert_eq!(session.times(), Some(told(10, Some(40), Some(2))), "{order:?}");
    }
}

#[test]
fn times_before_the_transfer_are_none_at_all() {
    let early = EventKind::RepresentativeJoined(Representative { id: None, name: None });
    let session = after(&[event("e-1", -30, early), event("e-2", -10, ended())]);
    assert_eq!(session.times(), Some(told(0, Some(20), None)));
}
