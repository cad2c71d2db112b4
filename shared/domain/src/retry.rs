//! Trying at once what waits for its next try, because somebody asks for it.

use chrono::{DateTime, Utc};

use crate::close::our_entry;
use crate::{Cause, Change, Closed, Held, Overview, Session, Status, Transition};

/// Why nothing is tried at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRetried {
    /// Its time is over.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// Nothing waits.
    #[error("nothing waits for its next try")]
    NothingWaits,
}

impl Session {
    /// Whether something waits for its next try, or for news of a call without an answer.
    pub fn waits_for_a_try(&self) -> bool {
        self.hold.is_some() || (self.is_unconfirmed() && !self.is_ended())
    }
}

impl Overview {
    /// As [`Session::waits_for_a_try`], as far as it shows: what is tried again and again, only where the session itself
    /// was looked at.
    pub fn waits_for_a_try(&self) -> bool {
        self.held || (self.unconfirmed && self.status != Status::Ended)
    }
}

/// Asks for the next try now: what waits in a pause is due, what may have been lost is asked for again, and an opening
/// without an answer is looked for at the contact centre.
pub fn retry(session: &Session, now: DateTime<Utc>) -> Result<Transition, NotRetried> {
    if !session.is_ended() {
        session.require_open(now)?;
    }
    if !session.waits_for_a_try() {
        return Err(NotRetried::NothingWaits);
    }
    let mut transition = Transition::of(session);
    let mut waiting = None;
    if let Some(hold) = &mut transition.session.hold {
        (hold.again_at, hold.asked) = (Some(now), true);
        waiting = match hold.what {
            Held::Message(sequence) => Some(sequence),
            Held::Opening | Held::Closing => None,
        };
    }
    transition.change(now, Change::Checked { unsettled: waiting });
    our_entry(&mut transition, "retried", Cause::Api, None, now);
    Ok(transition.finish(now))
}
