//! What a session is waiting for by the clock, and when it must be looked at again.
//!
//! All of it follows from the session itself. A moment that has come is answered by [`crate::tick`].

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use crate::{Channel, Due, HandBackState, HandedBack, Held, Opening, Session, Status};

/// How often a session is looked after that must be looked after soonest.
pub const CHECKED_EVERY: TimeDelta = TimeDelta::minutes(5);
/// How seldom one is looked after of which nothing was heard for long.
const CHECKED_AT_LEAST_EVERY: TimeDelta = TimeDelta::hours(1);
/// Which part of its silence passes between two looks: in its first hour, what was lost is found within five minutes.
const SELDOMER: i32 = 12;
/// How long closing may take until it is asked for again.
const CLOSED_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// More pauses that double than any record is kept for.
const MOST_REMINDERS: u8 = 32;

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
            (session.in_status_until(Status::Queued, limit(session.lifetime.limits.queued_minutes)), Due::NobodyCame),
            (session.in_status_until(Status::PostAgent, session.lifetime.in_post_agent()), Due::WrapUp),
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
        let until = || self.created_at + in_minutes(self.lifetime.limits.unconfirmed_minutes);
        // While it is tried, patience says how long.
        let tried = self.hold.as_ref().is_some_and(|hold| hold.what == Held::Opening);
        (self.opening != Opening::Opened && !tried).then(|| self.first_event_until().unwrap_or_else(until))
    }

    fn pending_until(&self) -> Option<DateTime<Utc>> {
        let waits = self.opening == Opening::Opened && self.status() == Status::Pending;
        let until = || Some(self.created_at + limit(self.lifetime.limits.pending_minutes)?);
        self.first_event_until().or_else(until).filter(|_| waits)
    }

    /// Until when something must be heard of a conversation that was asked to be opened, if its contact centre is known to
    /// tell by then.
    fn first_event_until(&self) -> Option<DateTime<Utc>> {
        let called = self.marks.called.filter(|_| self.newest_event.is_none())?;
        Some(called + in_seconds(self.lifetime.timers.first_event_seconds?))
    }

    fn in_status_until(&self, status: Status, limit: Option<TimeDelta>) -> Option<DateTime<Utc>> {
        limit.filter(|_| self.status() == status).map(|limit| self.status_changed_at() + limit)
    }

    fn silent_from(&self) -> Option<DateTime<Utc>> {
        let unannounced = !self.marks.silent && self.counts.from_representative == 0;
        let limit = limit(self.lifetime.limits.first_reply_minutes);
        // What is said in a call is not heard here.
        self.in_status_until(Status::Active, limit).filter(|_| unannounced && !self.brings_call())
    }

    fn unannounced_staleness(&self) -> Option<DateTime<Utc>> {
        // It is stale after that moment.
        let from = self.stale_from()?.trunc_subsecs(0) + TimeDelta::seconds(1);
        (self.marks.stale != Some(from)).then_some(from)
    }

    /// Soon after something happened, after long silence ever more seldom; of a call, which makes no messages, always soon.
    fn next_check(&self) -> DateTime<Utc> {
        let last = self.marks.checked.unwrap_or(self.created_at);
        let soonest = self.lifetime.timers.silence_seconds.map_or(CHECKED_EVERY, in_seconds).min(CHECKED_EVERY);
        let every = if self.channel() == Channel::Voice || self.opening != Opening::Opened {
            soonest
        } else {
            let silent = last - self.last_activity();
            let most = (silent / SELDOMER).clamp(CHECKED_EVERY, CHECKED_AT_LEAST_EVERY);
            (silent / 2).clamp(soonest, most)
        };
        match self.asked_from() {
            // It was looked after before it was silent for long enough: what is not settled does not wait for that.
            Some(asked) if last < asked => asked.min(last + every.max(CHECKED_EVERY)),
            Some(_) | None => last + every,
        }
    }

    /// From when on it is asked how the conversation stands, if nothing is heard until then; `None` = whenever it is looked
    /// after.
    pub(crate) fn asked_from(&self) -> Option<DateTime<Utc>> {
        let silence = self.lifetime.timers.silence_seconds.filter(|_| self.opening == Opening::Opened)?;
        Some(self.last_activity().trunc_subsecs(0) + in_seconds(silence))
    }

    fn unannounced_hand_back(&self) -> Option<DateTime<Utc>> {
        let open = self.hand_back.filter(|handed| handed.state() == HandBackState::Open)?;
        let reminders = if self.marks.hand_back == Some(open.version) { self.marks.hand_back_reminders } else { 0 };
        self.reminded_at(open, reminders)
    }

    /// When it is announced that a hand-back is open, after so many announcements. Each pause is twice the one before.
    fn reminded_at(&self, open: HandedBack, reminders: u8) -> Option<DateTime<Utc>> {
        let limit = limit(self.lifetime.limits.handback_minutes)?;
        let pauses = 2_i32.checked_pow(u32::from(reminders) + 1)? - 1;
        open.told_at.checked_add_signed(limit.checked_mul(pauses)?)
    }

    /// Notes that its open hand-back was announced. What a late tick missed is not announced one by one.
    pub(crate) fn reminded(&mut self, now: DateTime<Utc>) {
        let Some(open) = self.hand_back else { return };
        let first = if self.marks.hand_back == Some(open.version) { self.marks.hand_back_reminders } else { 0 };
        let is_over = |reminders: &u8| self.reminded_at(open, *reminders).is_some_and(|at| at.trunc_subsecs(0) <= now);
        let missed = (first.saturating_add(1)..MOST_REMINDERS).take_while(is_over).count();
        self.marks.hand_back_reminders =
            first.saturating_add(1).saturating_add(u8::try_from(missed).unwrap_or_default());
        self.marks.hand_back = Some(open.version);
    }

    fn next_closing_check(&self) -> Option<DateTime<Utc>> {
        let end = self.end()?;
        let waits = self.is_to_be_closed() || self.falls_back();
        let last = self.marks.checked.unwrap_or(end.at).max(end.at);
        waits.then(|| last + CLOSED_WITHIN)
    }
}

/// A limit of so many minutes; 0 = none.
fn limit(minutes: u32) -> Option<TimeDelta> {
    (minutes > 0).then(|| in_minutes(minutes))
}

fn in_minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(minutes.into())
}

fn in_seconds(seconds: u32) -> TimeDelta {
    TimeDelta::seconds(seconds.into())
}
