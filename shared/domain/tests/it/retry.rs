//! Somebody asks for the next try now.

use std::time::Duration;

use transfer_domain::{
    Action, Channel, Closed, EndedBy, Held, InVain, NotRetried, OpenResult, Session, end, in_vain, retry,
};

use crate::setup::{at, call_begun, commands, created, opened, record_open};

fn held(session: &Session, what: Held) -> Session {
    in_vain(session, InVain { what, why: "503", again_in: Duration::from_mins(5) }, at(10)).unwrap().session
}

#[test]
fn what_waits_in_a_pause_is_due_at_once_and_asked_for_again() {
    let waiting = held(&created(Channel::Chat), Held::Opening);
    assert_eq!(waiting.hold.as_ref().unwrap().again_at, Some(at(310)));
    let asked = retry(&waiting, at(20)).unwrap();
    assert_eq!(asked.session.hold.as_ref().unwrap().again_at, Some(at(20)));
    assert_eq!(asked.session.hold.as_ref().unwrap().tries, 1, "asking is no try");
    assert_eq!(commands(&asked).into_iter().map(|it| it.action).collect::<Vec<_>>(), [Action::Open]);
    assert_eq!(asked.timeline[0].what, "retried");

    let mut said = opened(&created(Channel::Chat), at(1)).session.session.clone();
    said.last_outbound = 7;
    let asked = retry(&held(&said, Held::Message(7)), at(20)).unwrap();
    let actions: Vec<_> = commands(&asked).into_iter().map(|it| it.action).collect();
    assert_eq!(actions[0], Action::WaitingMessages { from: 7, through: 7 });
}

#[test]
fn an_opening_without_an_answer_is_looked_for() {
    let unconfirmed = record_open(
        &call_begun(&created(Channel::Chat), at(1)).session,
        OpenResult::Unknown { why: "503".to_owned() },
        at(2),
    );
    let asked = retry(&unconfirmed.session, at(20)).unwrap();
    let actions: Vec<_> = commands(&asked).into_iter().map(|it| it.action).collect();
    assert_eq!(actions, [Action::Look { only_polled: false }]);
}

#[test]
fn closing_is_tried_again_after_the_end() {
    let over = end(&opened(&created(Channel::Chat), at(1)).session, EndedBy::Operator, at(5)).unwrap().session;
    assert_eq!(retry(&over, at(6)), Err(NotRetried::NothingWaits));
    let asked = retry(&held(&over, Held::Closing), at(20)).unwrap();
    assert_eq!(commands(&asked).into_iter().map(|it| it.action).collect::<Vec<_>>(), [Action::Close]);
}

#[test]
fn where_nothing_waits_nothing_is_written() {
    assert_eq!(retry(&created(Channel::Chat), at(20)), Err(NotRetried::NothingWaits));
    let waiting = held(&created(Channel::Chat), Held::Opening);
    assert_eq!(retry(&waiting, at(31 * 60)), Err(NotRetried::Closed(Closed::Expired)));
}
