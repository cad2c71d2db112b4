//! Patience: tries in vain are recorded, folded, and told when they become long.

use std::time::Duration;

use transfer_domain::{Change, Channel, Held, InVain, Patience, Session, Transition, in_vain, no_longer_held};

use crate::setup::{at, created};

fn chat() -> Session {
    created(Channel::Chat).session
}

fn tried(session: &Session, why: &str, again_in: u64, second: i64) -> Transition {
    let tried = InVain { what: Held::Message(7), why, again_in: Duration::from_secs(again_in) };
    in_vain(session, tried, at(second)).unwrap()
}

fn delayed(transition: &Transition) -> usize {
    let is_delayed = |change: &Change| matches!(change, Change::Delayed { .. });
    transition.session.changes.iter().filter(|change| is_delayed(&change.change)).count()
}

#[test]
fn tries_for_the_same_reason_are_one_entry_with_a_count_and_another_reason_is_another() {
    let first = tried(&chat(), "503", 1, 0);
    let second = tried(&first.session, "503", 2, 1);
    let third = tried(&second.session, "429", 2, 3);
    let fourth = tried(&third.session, "503", 2, 5);
    let entries = [&first, &second, &third, &fourth].map(|it| it.timeline[0].clone());
    assert_eq!(entries.clone().map(|entry| entry.times), [1, 2, 1, 1]);
    assert_eq!(entries[0].source_id, entries[1].source_id, "in the place of the one before");
    assert_ne!(entries[1].source_id, entries[2].source_id);
    assert_ne!(entries[2].source_id, entries[3].source_id);
    assert!(entries.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    let hold = fourth.session.hold.unwrap();
    assert_eq!((hold.since, hold.tries), (at(0), 4), "its time runs from the first");
}

#[test]
fn what_names_one_request_of_many_is_no_other_reason() {
    let first = tried(&chat(), "outcome unknown: 503 unavailable 1a7e8997-0fca-4117-afab-498e46ac4eeb", 1, 0);
    let second = tried(&first.session, "outcome unknown: 503 unavailable 356aa8b2-22e1-4999-ad1f-f5644a91bf1a", 2, 1);
    assert_eq!(second.timeline[0].times, 2);
    assert!(second.timeline[0].detail.as_deref().unwrap().ends_with("f5644a91bf1a"), "the entry has the last");
    assert_eq!(second.session.hold.unwrap().why, "outcome unknown: 503 unavailable");
}

#[test]
fn what_becomes_long_is_told_once() {
    let short = tried(&chat(), "503", 1, 0);
    assert_eq!(delayed(&short), 0, "a second is nobody's news");
    let long = tried(&short.session, "503", 2, 1);
    assert_eq!(delayed(&long), 1);
    assert_eq!(delayed(&tried(&long.session, "503", 4, 3)), 0);
    assert_eq!(delayed(&tried(&chat(), "429", 60, 0)), 1, "or at once, where it is known to become long");
}

#[test]
fn what_is_held_is_held_for_as_long_as_its_first_try_is_ago_and_nothing_else_is() {
    let held = tried(&chat(), "503", 1, 10).session;
    assert_eq!(held.held_for(Held::Message(7), at(40)).num_seconds(), 30);
    assert_eq!(held.held_for(Held::Message(8), at(40)).num_seconds(), 0);
    assert_eq!((held.tries_of(Held::Message(7)), held.tries_of(Held::Closing)), (1, 0));
    assert_eq!(no_longer_held(&held, Held::Message(8), at(41)), None);
    let released = no_longer_held(&held, Held::Message(7), at(41)).unwrap().session;
    assert_eq!(released.hold, None);
}

#[test]
fn patience_differs_by_what_is_tried() {
    let patience = Patience::default();
    let seconds = [Held::Opening, Held::Message(1), Held::Closing].map(|what| patience.with(what).num_seconds());
    assert_eq!(seconds, [120, 600, 86_400]);
}
