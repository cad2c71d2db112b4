//! Patience with a provider that cannot be reached: a time, not a number of tries.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::bounds;
use crate::close::{entry_number, entry_of_ours};
use crate::{Cause, Change, Held, Hold, Patience, Session, SourceId, TimelineEntry, Transition};

/// How much of a reason is kept with the session; the timeline has more.
const MAX_WHY_BYTES: usize = 96;

/// What waits for longer than this is told to everybody outside.
const LONG: TimeDelta = TimeDelta::seconds(3);

/// A try that surely had no effect, or may be repeated.
#[derive(Debug, Clone, Copy)]
pub struct InVain<'a> {
    /// What was tried.
    pub what: Held,
    /// Why it was in vain; no personal data.
    pub why: &'a str,
    /// When it will be tried again.
    pub again_in: Duration,
}

impl Patience {
    /// How long something is tried.
    pub fn with(&self, what: Held) -> TimeDelta {
        let seconds = match what {
            Held::Opening => self.opening_seconds,
            Held::Message(_) => self.messages_seconds,
            Held::Closing => self.closing_seconds,
        };
        TimeDelta::seconds(i64::from(seconds))
    }
}

impl Hold {
    /// Of an opening whose outcome nobody knows: it is not tried again.
    pub(crate) fn unconfirmed(why: &str, now: DateTime<Utc>) -> Self {
        Self {
            what: Held::Opening,
            since: now,
            tries: 1,
            why: kept(why),
            same: 1,
            entry: 0,
            again_at: None,
            asked: false,
            told: true,
        }
    }
}

impl Session {
    /// How long something has been tried in vain.
    pub fn held_for(&self, what: Held, now: DateTime<Utc>) -> TimeDelta {
        let hold = self.hold.as_ref().filter(|hold| hold.what == what);
        hold.map_or(TimeDelta::zero(), |hold| (now - hold.since).max(TimeDelta::zero()))
    }

    /// How long the next try of something is to wait yet; `None` if it may be made.
    pub fn pause_of(&self, what: Held, now: DateTime<Utc>) -> Option<Duration> {
        let hold = self.hold.as_ref().filter(|hold| hold.what == what)?;
        (hold.again_at? - now).to_std().ok().filter(|pause| !pause.is_zero())
    }

    /// Whether somebody asked for the next try of something.
    pub fn is_asked_for(&self, what: Held) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.what == what && hold.asked)
    }

    /// Why the last try of something was in vain; `None` if none was.
    pub fn last_in_vain(&self, what: Held) -> Option<&str> {
        self.hold.as_ref().filter(|hold| hold.what == what && hold.tries > 0).map(|hold| hold.why.as_str())
    }

    /// How many tries of it were in vain.
    pub fn tries_of(&self, what: Held) -> u32 {
        self.hold.as_ref().filter(|hold| hold.what == what).map_or(0, |hold| hold.tries)
    }
}

/// Records a try in vain. Those that follow each other for the same reason are one entry of the timeline; what becomes
/// long is told.
pub fn in_vain(session: &Session, tried: InVain<'_>, now: DateTime<Utc>) -> Option<Transition> {
    let InVain { what, why, again_in } = tried;
    let mut transition = Transition::of(session);
    let known = session.hold.clone().filter(|hold| hold.what == what);
    let mut hold = known.unwrap_or(Hold {
        what,
        since: now,
        tries: 0,
        why: String::new(),
        same: 0,
        entry: 0,
        again_at: None,
        asked: false,
        told: false,
    });
    let kept = kept(why);
    hold.tries = hold.tries.saturating_add(1);
    let again = TimeDelta::from_std(again_in).unwrap_or(TimeDelta::MAX);
    (hold.again_at, hold.asked) = (now.checked_add_signed(again), false);
    let is_long = (now - hold.since).checked_add(&again).is_none_or(|waits| waits >= LONG);
    if is_long && !hold.told && !session.is_ended() {
        hold.told = true;
        transition.change(now, Change::Delayed { hold: hold.clone(), unconfirmed: false });
    }
    let sequence = entry_number(&mut transition);
    if hold.same > 0 && kept == hold.why {
        hold.same = hold.same.saturating_add(1);
    } else {
        (hold.why, hold.same, hold.entry) = (kept, 1, sequence);
    }
    let source_id = SourceId::new(format!("tried-{}-{}", what.as_str(), hold.entry)).ok()?;
    let word = format!("{}_delayed", what.as_str());
    let entry = entry_of_ours(sequence, source_id, &word, Cause::Delivery, Some(why.to_owned()), now);
    transition.enter_again(TimelineEntry { times: hold.same, ..entry });
    transition.session.hold = Some(hold);
    Some(transition.finish(now))
}

/// What is kept of a reason.
fn kept(why: &str) -> String {
    let mut kept = without_names(why);
    bounds::cut(&mut kept, MAX_WHY_BYTES);
    kept
}

/// A reason without what names one request of many, as providers put it behind their codes.
fn without_names(why: &str) -> String {
    let is_name = |word: &&str| word.len() >= 8 && word.bytes().any(|byte| byte.is_ascii_digit());
    why.split_whitespace().filter(|word| !is_name(word)).collect::<Vec<_>>().join(" ")
}

/// Records that something went well at last, or is given up; `None` if it was not held.
pub fn no_longer_held(session: &Session, what: Held, now: DateTime<Utc>) -> Option<Transition> {
    session.hold.as_ref().filter(|hold| hold.what == what)?;
    let mut transition = Transition::of(session);
    transition.session.hold = None;
    transition.touch();
    Some(transition.finish(now))
}
