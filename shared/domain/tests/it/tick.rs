//! What the clock brings about: each thing at its second, once, and never before it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Map;
use transfer_domain::{
    Change, Channel, Conversation, EndReason, EndedBy, EventKind, OpenResult, OutgoingMessage, Session, Status, Timers,
    Transition, accept_message, end, expire, next_due, tick,
};

use crate::setup::{
    agent_one, apply_events, at, call_begun, created, event, kinds, left, opened, queued, record_open, text,
};

const MINUTE: i64 = 60;

/// A session that the contact centre has, and of which it told some.
fn told(channel: Channel, kinds: Vec<transfer_domain::EventKind>) -> Session {
    let there = opened(&created(channel), at(0)).session;
    let events: Vec<_> = kinds.into_iter().enumerate().map(|(n, kind)| event(&format!("e-{n}"), 0, kind)).collect();
    apply_events(&there, &events, at(0)).session.session.clone()
}

fn joined() -> transfer_domain::EventKind {
    transfer_domain::EventKind::RepresentativeJoined(agent_one())
}

fn active() -> Session {
    told(Channel::Chat, vec![text("m-1", Some(agent_one()))])
}

fn with_limits(mut session: Session, limit: fn(&mut transfer_domain::Limits)) -> Session {
    limit(&mut session.lifetime.limits);
    session
}

/// Something that comes due of a session.
struct Coming {
    what: &'static str,
    of: Session,
    /// Seconds after its creation.
    at: i64,
    is_told: fn(&Change) -> bool,
    /// By which it ends, if it does.
    ends: Option<EndReason>,
}

fn is_end(change: &Change) -> bool {
    matches!(change, Change::Ended { .. })
}

fn everything() -> Vec<Coming> {
    let unconfirmed = record_open(
        &call_begun(&created(Channel::Chat), at(0)).session,
        OpenResult::Unknown { why: "503".to_owned() },
        at(0),
    );
    let end =
        |what, of, minutes: i64, reason| Coming { what, of, at: minutes * MINUTE, is_told: is_end, ends: Some(reason) };
    let news = |what, of, at, is_told| Coming { what, of, at, is_told, ends: None };
    let pending = with_limits(told(Channel::Chat, vec![]), |limits| limits.pending_minutes = 7);
    let waiting = with_limits(told(Channel::Chat, vec![queued()]), |limits| limits.queued_minutes = 15);
    let wrap_up = told(Channel::Chat, vec![joined(), left()]);
    assert_eq!(wrap_up.status(), Status::PostAgent);
    let wrap_up = with_limits(wrap_up, |limits| limits.post_agent_minutes = 20);
    vec![
        end("expiry", active(), 30, EndReason::Expired),
        end("unconfirmed", unconfirmed.session.session.clone(), 10, EndReason::Unconfirmed),
        end("no confirmation", pending, 7, EndReason::Unconfirmed),
        end("nobody came", waiting, 15, EndReason::NoRepresentatives),
        end("wrap-up", wrap_up, 20, EndReason::RepresentativeEnded),
        news("warning", active(), 28 * MINUTE, |it| matches!(it, Change::Expiring { .. })),
        news("no reply", told(Channel::Chat, vec![joined()]), 5 * MINUTE, |it| matches!(it, Change::Silent { .. })),
        news("staleness", told(Channel::Voice, vec![]), 60 * MINUTE + 1, |it| matches!(it, Change::Stale)),
        news("check", active(), 5 * MINUTE, |it| matches!(it, Change::Checked { .. })),
    ]
}

fn tells(transition: &Transition, is_told: fn(&Change) -> bool) -> usize {
    kinds(transition).into_iter().filter(|change| is_told(change)).count()
}

/// Everything that comes until a moment, as it comes.
fn lived(mut session: Session, until: DateTime<Utc>) -> Session {
    while let Some(due) = session.due_at.filter(|due| *due <= until) {
        match tick(&session, None, due) {
            Some(transition) => session = transition.session,
            None => break,
        }
    }
    session
}

#[test]
fn each_thing_comes_at_its_second_once_and_never_before() {
    for Coming { what, of, at: seconds, is_told, ends } in everything() {
        let before = lived(of, at(seconds - 1));
        assert!(!before.is_ended(), "{what} before its time");
        assert_eq!(tick(&before, None, at(seconds - 1)), None, "{what}: too early");
        let come = tick(&before, None, at(seconds)).unwrap_or_else(|| panic!("{what} does not come"));
        assert_eq!(tells(&come, is_told), 1, "{what}");
        assert_eq!(come.session.end().map(|end| end.reason), ends, "{what}");
        assert!(come.session.due_at > Some(at(seconds)), "{what} stays due");
        assert_eq!(tick(&come.session, None, at(seconds)), None, "{what} comes twice");
        let later = lived(come.session.clone(), at(seconds + 50));
        assert_eq!((later.changes, later.version), (come.session.changes.clone(), come.session.version), "{what}");
    }
}

#[test]
fn each_end_and_each_announcement_is_an_entry_of_the_timeline_with_its_cause() {
    for Coming { what, of, at: seconds, ends, .. } in everything() {
        let come = tick(&lived(of, at(seconds - 1)), None, at(seconds)).unwrap();
        let entries: Vec<_> = come.timeline.iter().map(|entry| entry.cause).collect();
        // That it was looked after is nobody's news.
        let wanted = if what == "check" { vec![] } else { vec![transfer_domain::Cause::Clock] };
        assert_eq!(entries, wanted, "{what}");
        assert!(ends.is_none() || come.timeline[0].detail.is_some(), "{what} without a cause");
    }
}

#[test]
fn of_several_that_have_come_the_end_is_told_and_nothing_that_it_makes_idle() {
    let come = tick(&active(), None, at(45 * MINUTE)).unwrap();
    assert_eq!(kinds(&come).len(), 1, "{:?}", kinds(&come));
    let end = come.session.end().unwrap();
    assert_eq!((end.reason, end.at), (EndReason::Expired, at(30 * MINUTE)), "at its expiry, whenever that is noticed");
    assert_eq!(come.session.expires_at, Some(at(30 * MINUTE) + TimeDelta::days(1)), "its retention begins then");
}

#[test]
fn a_message_before_the_warning_lets_it_come_for_the_new_expiry_alone() {
    let busy = lived(active(), at(28 * MINUTE - 1));
    let message = OutgoingMessage::text("m-2".parse().unwrap(), "Hello");
    let busy = accept_message(&busy, message, at(28 * MINUTE - 1)).unwrap().session;
    // The moment stands in the index, too early: it is moved, and nothing is told.
    let moved = tick(&busy, Some(1), at(28 * MINUTE));
    assert!(moved.as_ref().is_none_or(|moved| tells(moved, |it| matches!(it, Change::Expiring { .. })) == 0));
    let busy = lived(moved.map_or(busy, |moved| moved.session), at(56 * MINUTE - 2));
    let warned = tick(&busy, None, at(56 * MINUTE - 1)).unwrap();
    assert!(matches!(kinds(&warned)[..], [Change::Expiring { expires_at }] if Some(*expires_at) == busy.expires_at));
    // A message after the warning moves the expiry, which is announced anew.
    let message = OutgoingMessage::text("m-3".parse().unwrap(), "Still here");
    let again = accept_message(&warned.session, message, at(57 * MINUTE)).unwrap().session;
    let again = lived(again, at(85 * MINUTE - 1));
    assert_eq!(tells(&tick(&again, None, at(85 * MINUTE)).unwrap(), |it| matches!(it, Change::Expiring { .. })), 1);
}

#[test]
fn an_ended_session_is_looked_after_until_it_is_closed_and_its_removal_is_left_to_the_table() {
    let ended = end(&active(), EndedBy::Agent, at(MINUTE)).unwrap().session;
    assert_eq!(tick(&ended, None, at(16 * MINUTE - 1)), None);
    let looked_after = tick(&ended, None, at(16 * MINUTE)).unwrap();
    assert!(matches!(kinds(&looked_after)[..], [Change::Checked { unsettled: None }]));
    assert_eq!(looked_after.session.end(), ended.end());
    let closed = transfer_domain::closed(&looked_after.session, at(17 * MINUTE)).unwrap().session;
    assert!(!closed.is_watched());
    // A tick that was under way finds nothing to tell, and when it is to be removed, nothing at all.
    assert_eq!(tick(&closed, None, at(60 * MINUTE)).unwrap().session.changes, []);
    for now in [closed.expires_at.unwrap(), closed.expires_at.unwrap() + TimeDelta::days(1)] {
        assert_eq!(tick(&closed, None, now), None, "{now}");
    }
    assert_eq!(expire(&closed, closed.expires_at.unwrap()), None);
}

#[test]
fn what_is_not_settled_is_asked_for_when_it_is_looked_after_and_what_is_settled_never_again() {
    let message = OutgoingMessage::text("m-2".parse().unwrap(), "Hello");
    let waits = accept_message(&active(), message, at(1)).unwrap().session;
    assert_eq!(waits.asks_for_unsettled(at(5 * MINUTE - 1)), None);
    assert_eq!(waits.asks_for_unsettled(at(5 * MINUTE)), Some(1));
    let waiting = tick(&waits, Some(waits.last_outbound), at(5 * MINUTE)).unwrap();
    assert!(matches!(kinds(&waiting)[..], [Change::Checked { unsettled: Some(_) }]));
    assert!(waiting.session.asks_for_unsettled(at(10 * MINUTE)).is_some());
    let settled = tick(&waits, None, at(5 * MINUTE)).unwrap();
    assert_eq!(settled.session.asks_for_unsettled(at(10 * MINUTE)), None);
}

/// One that ended, is closed at the contact centre, and of whose hand-back somebody is to be reminded after ten minutes.
fn handed_back() -> Session {
    let session = with_limits(active(), |limits| limits.handback_minutes = 10);
    let ended = end(&session, EndedBy::Agent, at(60)).unwrap().session;
    transfer_domain::closed(&ended, at(61)).unwrap().session
}

#[test]
fn a_hand_back_that_nobody_acknowledges_is_announced_after_ever_longer_pauses_until_its_record_goes() {
    let mut session = handed_back();
    let told = at(60);
    assert!(session.is_watched() && session.due_at <= Some(told + TimeDelta::minutes(10)));
    for minutes in [10, 30, 70, 150, 310, 630, 1_270] {
        let due = told + TimeDelta::minutes(minutes);
        let before = lived(session.clone(), due - TimeDelta::seconds(1));
        assert_eq!(
            before.marks.hand_back_reminders, session.marks.hand_back_reminders,
            "{minutes}: not before its time"
        );
        assert!(before.is_watched());
        let announced = tick(&before, None, due).unwrap();
        assert_eq!(kinds(&announced), [&Change::HandBackOpen], "{minutes}");
        assert_eq!(announced.timeline[0].what, "handback_open");
        session = announced.session;
        assert_eq!(tick(&session, None, due), None, "once");
    }
    assert!(!session.is_watched(), "its record goes before the next");
}

#[test]
fn what_a_late_tick_missed_is_announced_once_and_another_version_from_the_beginning() {
    let session = handed_back();
    let late = at(60) + TimeDelta::minutes(100);
    let announced = tick(&session, None, late).unwrap().session;
    assert_eq!(lived(announced.clone(), at(60) + TimeDelta::minutes(149)).marks, announced.marks);
    assert_eq!(announced.marks.hand_back_reminders, 3);
    let rated = transfer_domain::EventKind::Survey { rating: 4, scale_max: 5 };
    let again = apply_events(&announced, &[event("e-9", 70, rated)], late).session;
    assert!(again.is_watched());
    assert_eq!(tick(&again, None, late + TimeDelta::minutes(9)).map(|it| it.session.marks.hand_back_reminders), None);
    let next = tick(&again, None, late + TimeDelta::minutes(10)).unwrap();
    assert_eq!(kinds(&next), [&Change::HandBackOpen]);
    assert_eq!(next.session.marks.hand_back_reminders, 1);
}

#[test]
fn a_hand_back_that_is_acknowledged_or_of_which_nobody_asked_is_not_announced() {
    let session = handed_back();
    let version = session.hand_back.unwrap().version;
    let taken = transfer_domain::acknowledge(&session, version, at(120)).unwrap().unwrap().session;
    assert!(!taken.is_watched());
    assert_eq!(lived(taken, at(3 * 60 * MINUTE)).marks.hand_back, None);
    let unasked = end(&active(), EndedBy::Agent, at(60)).unwrap().session;
    let unasked = transfer_domain::closed(&unasked, at(61)).unwrap().session;
    assert!(!unasked.is_watched());
}

/// Requested at a contact centre with timers of its own, and the call of the opening begun.
fn calling(timers: Timers) -> Conversation {
    let mut requested = created(Channel::Chat);
    requested.session.lifetime.timers = timers;
    call_begun(&requested, at(40)).session
}

#[test]
fn the_wrap_up_lasts_for_as_long_as_the_integration_says_whatever_the_project_says() {
    for project in [0, 1, 60] {
        let mut wrap_up = told(Channel::Chat, vec![joined(), left()]);
        wrap_up.lifetime.limits.post_agent_minutes = project;
        wrap_up.lifetime.timers.post_agent_seconds = Some(90);
        wrap_up.due_at = next_due(&wrap_up).map(|(at, _)| at);
        let before = lived(wrap_up, at(89));
        assert!(!before.is_ended(), "{project}");
        let come = tick(&before, None, at(90)).unwrap();
        assert_eq!(come.session.end().map(|end| end.reason), Some(EndReason::RepresentativeEnded), "{project}");
    }
}

#[test]
fn of_a_conversation_that_was_asked_for_the_first_event_is_waited_for_as_long_as_the_integration_says() {
    let timers = Timers { first_event_seconds: Some(30), ..Timers::default() };
    let taken = OpenResult::Opened { provider_session_id: None, provider_data: Map::new(), provider_state: Map::new() };
    for result in [taken, OpenResult::Unknown { why: "503".to_owned() }] {
        let called = record_open(&calling(timers), result.clone(), at(50)).session;
        let before = lived(called.session.clone(), at(79));
        assert!(!before.is_ended(), "{result:?}");
        let come = tick(&before, None, at(80)).unwrap();
        assert_eq!(come.session.end().map(|end| end.reason), Some(EndReason::Unconfirmed), "{result:?}");
        // From its first event on it waits like all others.
        let heard = apply_events(&called, &[event("e-1", 60, EventKind::Accepted)], at(60)).session;
        assert!(!lived(heard.session.clone(), at(29 * MINUTE)).is_ended(), "{result:?}");
    }
}

#[test]
fn an_opening_that_is_still_tried_is_not_waited_for_as_if_it_had_been_taken() {
    let timers = Timers { first_event_seconds: Some(30), ..Timers::default() };
    let not_sent = record_open(&calling(timers), OpenResult::NotSent, at(50)).session;
    assert!(!lived(not_sent.session.clone(), at(5 * MINUTE)).is_ended());
}
