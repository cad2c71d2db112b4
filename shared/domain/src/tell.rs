//! What everybody outside must know of a signal.
//!
//! It follows from where the session stood before and stands after, not from the sort of the signal: news that come in
//! another order change something else when they come, and what is told of them ends with the same.

use chrono::{DateTime, Utc};

use crate::{Change, Queue, Session, Signals, Status, Transition};

/// What was there before a signal.
pub(crate) struct Before {
    status: Status,
    queue: Queue,
    signals: Signals,
}

impl Before {
    pub(crate) fn of(session: &Session) -> Self {
        Self { status: session.status(), queue: session.queue(), signals: session.signals.clone() }
    }
}

/// Tells what changed since; `false` if nothing that anybody must know.
pub(crate) fn tell_movements(transition: &mut Transition, before: &Before, at: DateTime<Utc>) -> bool {
    let session = &transition.session;
    let told_before = session.changes.len();
    let status = session.status();
    let movements = session.signals.movements_since(&before.signals);
    let nobody_came = movements.joined.is_empty();
    // After news of somebody who came before the conversation went elsewhere it must be told again where it stands.
    let overtaken = !movements.passed.is_empty() || (!nobody_came && status != Status::Active);
    let moved = before.status != status || overtaken;
    let joined = |representative| Change::RepresentativeJoined { representative: Some(representative) };
    let left = |representative| Change::RepresentativeLeft { representative: Some(representative) };
    for representative in movements.passed {
        transition.change_while(Status::Active, at, joined(representative.clone()));
        transition.change(at, left(representative));
    }
    for representative in movements.left {
        transition.change(at, left(representative));
    }
    for representative in movements.joined {
        transition.change_while(Status::Active, at, joined(representative));
    }
    let queue = transition.session.queue();
    match status {
        Status::Queued if moved || before.queue != queue => {
            transition.change(at, Change::Queued { queue });
        }
        // Whoever was connected all along is heard again after a queue.
        Status::Active if moved && nobody_came => {
            let representative = transition.session.representative();
            transition.change(at, Change::RepresentativeJoined { representative });
        }
        Status::PostAgent if moved => {
            transition.change(at, Change::PostAgent);
        }
        Status::Pending | Status::Queued | Status::Active | Status::PostAgent | Status::Ended => {}
    }
    transition.session.changes.len() > told_before
}
