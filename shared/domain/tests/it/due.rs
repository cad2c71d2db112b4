//! What a session waits for by the clock stands in the index of what is due: perhaps too early, never too late.

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{
    Action, Change, Channel, Command, Conversation, Due, EndedBy, OpenResult, OutgoingMessage, Session, Timers,
    accept_message, end, next_due, tick,
};

use crate::setup::{agent_one, apply_events, at, call_begun, created, event, opened, queued, record_open, text};

fn message_at(session: &Session, now: DateTime<Utc>) -> Session {
    let message = OutgoingMessage::text(format!("m-{}", now.timestamp()).parse().unwrap(), "Hello");
    accept_message(session, message, now).unwrap().session
}

fn chat() -> Session {
    created(Channel::Chat).session
}

/// A chat with a representative who has said something.
fn active() -> Session {
    let there = opened(&created(Channel::Chat), at(0)).session;
    apply_events(&there, &[event("e-1", 0, text("m-1", Some(agent_one())))], at(0)).session.session.clone()
}

/// The session when everything has been done that was due until a moment.
fn ticked(mut session: Session, now: DateTime<Utc>) -> Session {
    while let Some(transition) = tick(&session, None, now) {
        session = transition.session;
    }
    session
}

#[test]
fn a_new_session_is_due_when_it_is_looked_after_first() {
    let session = chat();
    assert_eq!(next_due(&session), Some((at(300), Due::Check)));
    assert_eq!(session.due_at, Some(at(300)));
    assert!(session.due_at < session.expires_at);
}

#[test]
fn it_is_looked_after_every_five_minutes() {
    let (mut session, mut looks) = (active(), Vec::new());
    while let Some((moment, Due::Check)) = next_due(&session) {
        looks.push((moment - at(0)).num_seconds());
        session = ticked(session, moment);
    }
    assert_eq!(looks, [300, 600, 900, 1200, 1500]);
    assert_eq!(next_due(&session), Some((at(28 * 60), Due::Warning)));
}

#[test]
fn after_an_hour_of_silence_it_is_looked_after_ever_more_seldom() {
    let (mut session, mut looks) = (opened(&created(Channel::Email), at(0)).session.session, Vec::new());
    while let Some((moment, what)) = next_due(&session).filter(|(moment, _)| *moment < at(24 * 3600)) {
        if what == Due::Check {
            looks.push((moment - at(0)).num_seconds());
        }
        session = ticked(session, moment);
    }
    let pauses: Vec<_> = looks.windows(2).map(|two| two[1] - two[0]).collect();
    let hour = looks.iter().position(|at| *at > 3600).unwrap();
    assert!(pauses[..hour - 1].iter().all(|pause| *pause == 300), "{pauses:?}");
    assert!(pauses.is_sorted() && pauses.last() <= Some(&3600), "{pauses:?}");
    assert_eq!(looks.len(), 55, "in a day");
}

#[test]
fn a_call_is_looked_after_every_five_minutes_because_nobody_writes_in_it() {
    let mut session = opened(&created(Channel::Voice), at(0)).session.session;
    for look in 1..=11 {
        assert_eq!(next_due(&session), Some((at(look * 300), Due::Check)));
        session = ticked(session, at(look * 300));
    }
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
    // Of a short life, so that its warning comes before it is looked after.
    let mut session = active();
    session.lifetime.ttl_minutes = 4;
    let warning = at(120);
    (session.expires_at, session.due_at) = (Some(at(240)), Some(warning));
    assert_eq!(next_due(&session), Some((warning, Due::Warning)));
    let busy = message_at(&session, warning - TimeDelta::seconds(1));
    assert_eq!(busy.due_at, Some(warning), "the lower bound stays");
    let after = message_at(&busy, warning);
    assert!(after.due_at > Some(warning));
    assert_eq!(after.due_at, next_due(&after).map(|(at, _)| at));
}

#[test]
fn whoever_writes_after_long_silence_is_looked_after_soon() {
    let session = ticked(active(), at(1500));
    assert_eq!(next_due(&session), Some((at(28 * 60), Due::Warning)));
    let after = message_at(&session, at(1550));
    assert_eq!(next_due(&after), Some((at(1800), Due::Check)), "five minutes after the last look");
    assert_eq!(after.due_at, Some(at(1680)), "the lower bound stays");
}

#[test]
fn an_end_is_due_at_the_removal() {
    let session = message_at(&chat(), at(60));
    let ended = end(&session, EndedBy::Agent, at(61)).unwrap().session;
    assert_eq!(next_due(&ended), ended.expires_at.map(|at| (at, Due::Removal)));
    assert_eq!(ended.due_at, ended.expires_at);
    assert!(!ended.is_watched(), "the table's TTL removes it");
}

#[test]
fn an_end_that_the_contact_centre_does_not_know_is_due_until_it_is_closed_there() {
    let ended = end(&active(), EndedBy::Agent, at(60)).unwrap().session;
    assert_eq!(next_due(&ended), Some((at(60 + 15 * 60), Due::Check)));
    assert!(ended.is_watched());
    let closed = transfer_domain::closed(&ended, at(70)).unwrap().session;
    assert_eq!(next_due(&closed), ended.expires_at.map(|at| (at, Due::Removal)));
    assert!(!closed.is_watched());
}

#[test]
fn a_call_that_never_expires_is_due_when_it_has_been_silent_for_too_long() {
    let session = opened(&created(Channel::Voice), at(0)).session.session;
    assert_eq!(session.expires_at, None);
    let looked_after = ticked(session, at(3600));
    assert_eq!(next_due(&looked_after), Some((at(3601), Due::Staleness)));
    assert_eq!(looked_after.due_at, Some(at(3601)));
}

#[test]
fn it_is_never_later_than_what_comes_next() {
    let mut conversation: Conversation = created(Channel::Chat);
    for step in 0..200_i64 {
        let now = at(step * 37);
        if conversation.is_expired(now) || conversation.is_ended() {
            break;
        }
        conversation = if step % 3 == 0 {
            apply_events(&conversation, &[event(&format!("e-{step}"), step * 37, queued())], now).session.clone()
        } else {
            Conversation { session: message_at(&conversation, now), ..conversation }
        };
        let (next, _) = next_due(&conversation).unwrap();
        let due = conversation.due_at.unwrap();
        assert!(due <= next, "{now} {due} {next}");
        assert!(now < due || next <= now, "only what has come may be due in the past: {now} {due} {next}");
        conversation.session = ticked(conversation.session, now);
        let (next, _) = next_due(&conversation).unwrap();
        let due = conversation.due_at.unwrap();
        assert!(now < due && due <= next, "{now} {due} {next}");
    }
}

fn with_timers(mut session: Session, timers: Timers) -> Session {
    session.lifetime.timers = timers;
    session.due_at = next_due(&session).map(|(at, _)| at);
    session
}

/// When the contact centre is asked how a conversation stands, in which nothing happens.
fn asked(mut session: Session, until: DateTime<Utc>) -> Vec<i64> {
    let mut asked = Vec::new();
    while let Some(due) = session.due_at.filter(|due| *due <= until) {
        let Some(transition) = tick(&session, None, due) else { break };
        session = transition.session;
        let commands = session.changes.iter().flat_map(|change| Command::after(&session, change));
        if commands.into_iter().any(|command| matches!(command.action, Action::Look { only_polled: false })) {
            asked.push((due - at(0)).num_seconds());
        }
    }
    asked
}

#[test]
fn a_contact_centre_with_a_time_of_its_own_is_asked_after_so_long_a_silence_and_then_more_seldom() {
    let silent_for = |seconds| Timers { silence_seconds: Some(seconds), ..Timers::default() };
    assert_eq!(asked(with_timers(active(), silent_for(60)), at(600)), [60, 120, 180, 270, 405]);
    // What is not settled is looked after as ever, until it has been silent for so long.
    assert_eq!(asked(with_timers(active(), silent_for(700)), at(1200)), [700, 1000]);
    assert_eq!(asked(active(), at(900)), [300, 600, 900], "also of one that is not silent");
}

#[test]
fn one_that_is_not_silent_is_looked_after_and_not_asked_about() {
    let mut session = with_timers(active(), Timers { silence_seconds: Some(60), ..Timers::default() });
    let (mut looked, mut asked) = (0, 0);
    for second in 1..=1200 {
        if second % 50 == 0 {
            session = message_at(&session, at(second));
        }
        if let Some(transition) = tick(&session, None, at(second)) {
            session = transition.session;
            let commands: Vec<_> = session.changes.iter().flat_map(|change| Command::after(&session, change)).collect();
            asked += commands.iter().filter(|it| matches!(it.action, Action::Look { .. })).count();
            looked += session.changes.iter().filter(|it| matches!(it.change, Change::Checked { .. })).count();
        }
    }
    assert_eq!((looked, asked), (4, 0));
}

#[test]
fn an_opening_without_an_answer_is_asked_about_however_much_is_written() {
    let begun = record_open(
        &call_begun(&created(Channel::Chat), at(0)).session,
        OpenResult::Unknown { why: "503".to_owned() },
        at(0),
    );
    let timers = Timers { silence_seconds: Some(200), ..Timers::default() };
    let session = message_at(&with_timers(begun.session.session.clone(), timers), at(190));
    assert_eq!(asked(session, at(399)), [200]);
}
