//! What a session is waiting for by the clock, and when it must be looked at again.
//!
//! All of it follows from the session itself. A moment that has come is answered by [`crate::tick`].

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use crate::{Channel, Due, HandBackState, Held, Opening, Session, Status};

/// How often a session is looked after that must be looked after soonest.
pub const CHECKED_EVERY: TimeDelta = TimeDelta::minutes(5);
/// How seldom one is looked after of which nothing was heard for long.
const CHECKED_AT_LEAST_EVERY: TimeDelta = TimeDelta::hours(1);
/// How long closing may take until it is asked for again.
const CLOSED_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// What is due next, and when, in whole seconds; `None` if nothing is.
pub fn next_due(session: &Session) -> Option<(DateTime<Utc>, Due)> {
    dues(session).min()
}

/// Everything that comes due of itself, each with its moment in whole seconds. What was announced is not due again.
pub(crate) fn dues(session: &Session) -> impl Iterator<Item = (DateTime<Utc>, Due)> {
    let moments: [(Option<DateTime<Utc>>, Due); 9] = if session.is_ended() {
        let (removal, check) = (session.expires_at, session.next_closing_check());
        let hand_back = (session.unannounced_hand_back(), Due::HandBack);
        let never = (None, Due::Expiry);
        [(removal, Due::Removal), (check, Due::Check), hand_back, never, never, never, never, never, never]
    } else {
        [
            (session.expires_at, Due::Expiry),
            (session.warned_at(), Due::Warning),
            (session.unconfirmed_until(), Due::Unconfirmed),
            (session.pending_until(), Due::NoConfirmation),
            (session.in_status_until(Status::Queued, session.lifetime.limits.queued_minutes), Due::NobodyCame),
            (session.in_status_until(Status::PostAgent, session.lifetime.limits.post_agent_minutes), Due::WrapUp),
            (session.silent_from(), Due::NoReply),
            (session.unannounced_staleness(), Due::Staleness),
            (Some(session.next_check()), Due::Check),
        ]
    };
    moments.into_iter().filter_map(|(at, what)| Some((at?.trunc_subsecs(0), what)))
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

    /// Whether it stands in the index of what is due: one that ended, is closed at the contact centre and handed back waits
    /// for its removal alone, which the table's TTL does.
    pub fn is_watched(&self) -> bool {
        // Of what is removed before it would be looked after, the removal tells.
        let is_over_first = |moment: DateTime<Utc>| self.expires_at.is_some_and(|over| over <= moment);
        let mut moments = self.next_closing_check().into_iter().chain(self.unannounced_hand_back());
        self.due_at.is_some() && (!self.is_ended() || moments.any(|moment| !is_over_first(moment)))
    }

    fn warned_at(&self) -> Option<DateTime<Utc>> {
        let expires_at = self.expires_at.filter(|at| self.marks.expiring != Some(*at))?;
        Some(expires_at - self.lifetime.warning()?)
    }

    fn unconfirmed_until(&self) -> Option<DateTime<Utc>> {
        let limit = self.lifetime.limits.unconfirmed_minutes;
        // While it is tried, patience says how long.
        let tried = self.hold.as_ref().is_some_and(|hold| hold.what == Held::Opening);
        (self.opening != Opening::Opened && !tried).then(|| self.created_at + in_minutes(limit))
    }

    fn pending_until(&self) -> Option<DateTime<Utc>> {
        let limit = self.lifetime.limits.pending_minutes;
        let waits = self.opening == Opening::Opened && self.status() == Status::Pending && limit > 0;
        waits.then(|| self.created_at + in_minutes(limit))
    }

    fn in_status_until(&self, status: Status, limit: u32) -> Option<DateTime<Utc>> {
        (self.status() == status && limit > 0).then(|| self.status_changed_at() + in_minutes(limit))
    }

    fn silent_from(&self) -> Option<DateTime<Utc>> {
        let unannounced = !self.marks.silent && self.counts.from_representative == 0;
        let limit = self.lifetime.limits.first_reply_minutes;
        // What is said in a call is not heard here.
        self.in_status_until(Status::Active, limit).filter(|_| unannounced && !self.brings_call())
    }

    fn unannounced_staleness(&self) -> Option<DateTime<Utc>> {
        // It is stale after that moment.
        let from = self.stale_from()?.trunc_subsecs(0) + TimeDelta::seconds(1);
        (self.marks.stale != Some(from)).then_some(from)
    }

    /// Soon after something happened, then ever more seldom; of a call, which makes no messages, always soon.
    fn next_check(&self) -> DateTime<Utc> {
        let last = self.marks.checked.unwrap_or(self.created_at);
        let every = if self.channel() == Channel::Voice || self.opening != Opening::Opened {
            CHECKED_EVERY
        } else {
            let silent = last - self.last_activity();
            (silent / 2).clamp(CHECKED_EVERY, CHECKED_AT_LEAST_EVERY)
        };
        last + every
    }

    fn unannounced_hand_back(&self) -> Option<DateTime<Utc>> {
        let limit = self.lifetime.limits.handback_minutes;
        let open = self.hand_back.filter(|handed| handed.state() == HandBackState::Open && limit > 0)?;
        (self.marks.hand_back != Some(open.version)).then(|| open.told_at + in_minutes(limit))
    }

    fn next_closing_check(&self) -> Option<DateTime<Utc>> {
        let end = self.end()?;
        let waits = self.is_to_be_closed() || self.falls_back();
        let last = self.marks.checked.unwrap_or(end.at).max(end.at);
        waits.then(|| last + CLOSED_WITHIN)
    }
}

fn in_minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}
