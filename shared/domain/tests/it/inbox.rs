//! The escalation task of a session.

use chrono::TimeDelta;
use proptest::prelude::*;
use transfer_domain::{Channel, EndReason, Task, TaskSignal, TaskStatus};

use crate::setup::{at, created};

/// How long closed tasks are kept, in minutes.
const KEPT: u32 = 60;

fn task() -> Task {
    let session = created(Channel::Chat);
    Task {
        project_id: session.project_id.clone(),
        task_id: session.transfer_id(),
        session_id: session.session_id.clone(),
        contact_id: session.contact_id.clone(),
        agent: session.agent.clone(),
        provider: session.provider,
        list_shards: transfer_domain::ListShards::default(),
        priority: transfer_domain::Priority::USUAL,
        status: TaskStatus::Pending,
        assignee: None,
        reason: None,
        resolution: None,
        created_at: at(0),
        updated_at: at(0),
        closed_at: None,
        expires_at: None,
        sequence: 1,
        closed_by: None,
        version: 1,
    }
}

fn ended(reason: EndReason) -> TaskSignal {
    TaskSignal::Ended(reason)
}

#[test]
fn it_follows_the_session_and_closes_with_it() {
    let joined = task().apply(TaskSignal::Joined, 5, at(10), KEPT).unwrap();
    let expected = Task { status: TaskStatus::InProgress, sequence: 5, updated_at: at(10), version: 2, ..task() };
    assert_eq!(joined, expected);
    let closed = joined.apply(ended(EndReason::RepresentativeEnded), 9, at(20), KEPT).unwrap();
    let expected = Task {
        status: TaskStatus::Completed,
        sequence: 9,
        updated_at: at(20),
        closed_at: Some(at(20)),
        expires_at: Some(at(20) + TimeDelta::minutes(60)),
        closed_by: Some(9),
        reason: Some(EndReason::RepresentativeEnded),
        version: 3,
        ..joined
    };
    assert_eq!(closed, expected);
    let revised = closed.apply(ended(EndReason::CancelledInQueue), 12, at(30), KEPT).unwrap();
    assert_eq!(
        (revised.status, revised.closed_at, revised.expires_at),
        (TaskStatus::Cancelled, closed.closed_at, closed.expires_at)
    );
    assert_eq!(revised.apply(ended(EndReason::RepresentativeEnded), 9, at(31), KEPT), None, "older");
}

#[test]
fn the_reason_of_the_end_tells_how_it_closes() {
    let closes = |reason| task().apply(ended(reason), 2, at(1), KEPT).unwrap().status;
    for reason in [EndReason::ContactEnded, EndReason::OperatorEnded, EndReason::Reconciled] {
        assert_eq!(closes(reason), TaskStatus::Completed, "{reason:?}");
    }
    assert_eq!(closes(EndReason::CancelledInQueue), TaskStatus::Cancelled);
    assert_eq!(closes(EndReason::Expired), TaskStatus::Expired);
    assert_eq!(closes(EndReason::ProviderError), TaskStatus::Completed, "somebody had joined");
}

#[test]
fn one_of_a_transfer_that_reached_nobody_stays_open_until_somebody_looked_and_is_left_for_a_month() {
    let failed = task().apply(TaskSignal::Failed(EndReason::ProviderError), 4, at(10), KEPT).unwrap();
    assert_eq!((failed.status, failed.reason), (TaskStatus::Failed, Some(EndReason::ProviderError)));
    assert_eq!((failed.closed_at, failed.expires_at), (None, Some(at(10) + TimeDelta::days(30))));
    assert_eq!(failed.apply(TaskSignal::Failed(EndReason::ProviderError), 4, at(11), KEPT), None, "a repetition");
    assert_eq!(failed.apply(TaskSignal::Joined, 3, at(11), KEPT), None, "late news");
    let claimed = failed.claim("operator-1", at(20)).unwrap();
    assert_eq!(claimed.status, TaskStatus::InProgress);
    assert_eq!(claimed.apply(TaskSignal::Failed(EndReason::Unconfirmed), 9, at(21), KEPT), None, "it is looked after");
    let resolved = claimed.resolve(Some("Called back.".to_owned()), at(30), Some(KEPT)).unwrap();
    assert_eq!((resolved.status, resolved.expires_at), (TaskStatus::Completed, Some(at(30) + TimeDelta::minutes(60))));
}

#[test]
fn news_that_it_knows_change_nothing() {
    assert_eq!(task().apply(TaskSignal::Waiting, 1, at(10), KEPT), None);
    assert_eq!(task().apply(TaskSignal::Waiting, 4, at(10), KEPT), None, "newer, and it tells nothing new");
    let joined = task().apply(TaskSignal::Joined, 3, at(11), KEPT).unwrap();
    assert_eq!((joined.status, joined.sequence), (TaskStatus::InProgress, 3));
    assert_eq!(joined.apply(TaskSignal::Joined, 5, at(12), KEPT), None);
    assert_eq!(joined.apply(TaskSignal::Waiting, 2, at(12), KEPT), None, "older");
}

#[test]
fn who_has_it_keeps_it() {
    let claimed = task().claim("operator-1", at(10)).unwrap();
    let expected = Task {
        status: TaskStatus::InProgress,
        assignee: Some("operator-1".to_owned()),
        updated_at: at(10),
        version: 2,
        ..task()
    };
    assert_eq!(claimed, expected);
    assert_eq!(claimed.claim("operator-2", at(11)), None);
    assert_eq!(claimed.claim("operator-1", at(11)).unwrap().assignee.as_deref(), Some("operator-1"));
}

#[test]
fn what_an_operator_closes_stays_closed() {
    let resolved = task().resolve(Some("Called back.".to_owned()), at(10), Some(KEPT)).unwrap();
    let expected = Task {
        status: TaskStatus::Completed,
        resolution: Some("Called back.".to_owned()),
        updated_at: at(10),
        closed_at: Some(at(10)),
        expires_at: Some(at(10) + TimeDelta::minutes(60)),
        version: 2,
        ..task()
    };
    assert_eq!(resolved, expected);
    assert_eq!(resolved.claim("operator-1", at(11)), None);
    assert_eq!(resolved.resolve(None, at(11), Some(KEPT)), None);
    for signal in [TaskSignal::Waiting, TaskSignal::Joined, ended(EndReason::Expired)] {
        assert_eq!(resolved.apply(signal, 99, at(11), KEPT), None);
    }
}

#[test]
fn what_is_closed_while_its_session_lives_is_kept_until_that_has_ended() {
    let resolved = task().resolve(None, at(10), None).unwrap();
    assert_eq!((resolved.status, resolved.expires_at), (TaskStatus::Completed, None));
    for signal in [TaskSignal::Waiting, TaskSignal::Joined] {
        assert_eq!(resolved.apply(signal, 8, at(99_999), KEPT), None);
    }
    let ended = resolved.apply(ended(EndReason::ContactEnded), 9, at(100_000), KEPT).unwrap();
    let expected = Task { sequence: 9, version: 3, expires_at: Some(at(100_000) + TimeDelta::minutes(60)), ..resolved };
    assert_eq!(ended, expected, "closed as the operator closed it");
    let repeated = TaskSignal::Ended(EndReason::ContactEnded);
    assert_eq!(ended.apply(repeated, 9, at(100_060), KEPT), None);
}

proptest! {
    #[test]
    fn any_order_of_a_lifes_events_closes_it_alike(
        shuffled in Just([
            (TaskSignal::Waiting, 1), (TaskSignal::Waiting, 2), (TaskSignal::Joined, 3), (TaskSignal::Joined, 4),
            (ended(EndReason::ContactEnded), 5), (ended(EndReason::ContactEnded), 5), (ended(EndReason::CancelledInQueue), 6),
        ]).prop_shuffle()
    ) {
        let mut task = task();
        for (signal, sequence) in shuffled {
            task = task.apply(signal, sequence, at(10), KEPT).unwrap_or(task);
        }
        prop_assert_eq!(task.status, TaskStatus::Cancelled, "as the last that was told of the end says");
    }
}
