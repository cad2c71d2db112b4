//! What a session is waiting for by the clock, and when it must be looked at again.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::Session;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Its time to live is over.
    Expiry,
    /// It has been silent for too long.
    Staleness,
    /// It ended, and is kept no longer.
    Removal,
}

/// What is due next, and when, in whole seconds; `None` if nothing is.
pub fn next_due(session: &Session) -> Option<(DateTime<Utc>, Due)> {
    let over = if session.is_ended() { Due::Removal } else { Due::Expiry };
    let expiry = session.expires_at.map(|at| (at, over));
    let staleness = session.stale_from().map(|at| (at, Due::Staleness));
    let next = expiry.into_iter().chain(staleness).min_by_key(|(at, _)| *at);
    next.map(|(at, what)| (at.trunc_subsecs(0), what))
}

impl Session {
    /// Moves [`Session::due_at`] where it must: it may be too early, never too late. One that is too early is left as it
    /// is until its moment has come, so that a message, which moves the expiry, does not move it.
    pub(crate) fn arm(&mut self, now: DateTime<Utc>) {
        let next = next_due(self).map(|(at, _)| at);
        let holds = self.due_at.zip(next).is_some_and(|(due, next)| now < due && due <= next);
        if !holds {
            self.due_at = next;
        }
    }
}
