//! What the clock brings about.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::close::{close, our_end, our_entry};
use crate::due::dues;
use crate::{Cause, Change, Due, End, EndReason, EndedBy, Session, Transition};

/// What has come due of a session: its end, or what is announced of it, or that it is looked after. `None` if nothing has.
/// `unsettled`: the first message of the contact that is not settled, where [`Session::asks_for_unsettled`].
///
/// A tick may come twice, late, or for a session that moved on: it is decided by where the session stands.
pub fn tick(session: &Session, unsettled: Option<u64>, now: DateTime<Utc>) -> Option<Transition> {
    if let Some(expired) = expire(session, now) {
        return Some(expired);
    }
    // A row that is over, or not due yet, is left alone.
    if session.is_expired(now) || session.due_at.is_none_or(|at| at > now) {
        return None;
    }
    let mut transition = Transition::of(session);
    let mut come: Vec<_> = dues(session).filter(|(at, _)| *at <= now).collect();
    come.sort_unstable();
    let mut is_news = false;
    for (_, due) in come {
        match due {
            Due::Unconfirmed => return Some(give_up(transition, EndReason::Unconfirmed, NOT_CONFIRMED, now)),
            Due::NoConfirmation => return Some(give_up(transition, EndReason::Unconfirmed, NOTHING_HEARD, now)),
            Due::NobodyCame => return Some(give_up(transition, EndReason::NoRepresentatives, NOBODY_CAME, now)),
            Due::WrapUp => return Some(give_up(transition, EndReason::RepresentativeEnded, WRAP_UP, now)),
            Due::Warning => is_news |= warn(&mut transition, now),
            Due::NoReply => {
                transition.session.marks.silent = true;
                let representative = session.representative();
                transition.change(now, Change::Silent { representative });
                our_entry(&mut transition, "silent", Cause::Clock, None, now);
                is_news = true;
            }
            Due::Staleness => {
                transition.session.marks.stale =
                    dues(session).find(|(_, due)| *due == Due::Staleness).map(|(at, _)| at);
                transition.change(now, Change::Stale);
                our_entry(&mut transition, "stale", Cause::Clock, None, now);
                is_news = true;
            }
            Due::HandBack => {
                transition.session.reminded(now);
                transition.change(now, Change::HandBackOpen);
                our_entry(&mut transition, "handback_open", Cause::Clock, None, now);
                is_news = true;
            }
            Due::Check => look_after(&mut transition, unsettled, now),
            Due::Expiry | Due::Removal => {}
        }
    }
    transition.touch();
    Some(if is_news { transition.finish(now) } else { transition.finish_unseen(now) })
}

/// The end of an open session whose time is over, from its expiry on, whenever that is noticed; `None` if it is not over.
pub fn expire(session: &Session, now: DateTime<Utc>) -> Option<Transition> {
    let at = session.expires_at.filter(|_| !session.is_ended() && session.is_expired(now))?;
    let mut transition = Transition::of(session);
    let end = our_end(&transition, EndedBy::System, EndReason::Expired, Cause::Clock, at);
    close(&mut transition, end, at);
    our_entry(&mut transition, "ended", Cause::Clock, Some(EndReason::Expired.to_string()), at);
    if let Some(entry) = transition.timeline.last_mut() {
        entry.received_at = now;
    }
    transition.ends_expired = true;
    Some(transition.finish(now))
}

/// What the timeline says of ends that the clock brings about.
const NOT_CONFIRMED: &str = "nobody knows whether the contact centre took the conversation";
const NOTHING_HEARD: &str = "the contact centre took the conversation and said nothing more";
const NOBODY_CAME: &str = "nobody came for as long as the project lets a contact wait";
const WRAP_UP: &str = "the wrap-up lasted for as long as the project allows";

impl Session {
    /// As it stands by the clock: one whose time is over has ended, whether or not that is written yet.
    #[must_use]
    pub fn by_the_clock(self, now: DateTime<Utc>) -> Self {
        match expire(&self, now) {
            Some(expired) => Self { changes: self.changes, ..expired.session },
            None => self,
        }
    }

    /// Whether it must be known for [`tick`] which of the contact's messages are not settled: from which sequence on.
    pub fn asks_for_unsettled(&self, now: DateTime<Utc>) -> Option<u64> {
        let checked = dues(self).any(|(at, due)| due == Due::Check && at <= now);
        (checked && !self.is_ended() && self.last_outbound > self.marks.settled).then(|| self.marks.settled + 1)
    }
}

/// Ends a session that waited too long. The provider has said nothing of it, so it is told.
fn give_up(mut transition: Transition, reason: EndReason, why: &str, now: DateTime<Utc>) -> Transition {
    let end = our_end(&transition, EndedBy::System, reason, Cause::Clock, now);
    close(&mut transition, End { concluded: true, ..end }, now);
    our_entry(&mut transition, "ended", Cause::Clock, Some(why.to_owned()), now);
    transition.finish(now)
}

fn warn(transition: &mut Transition, now: DateTime<Utc>) -> bool {
    let Some(expires_at) = transition.session.expires_at else { return false };
    transition.session.marks.expiring = Some(expires_at);
    transition.change(now, Change::Expiring { expires_at });
    our_entry(transition, "expiring", Cause::Clock, None, now);
    true
}

fn look_after(transition: &mut Transition, unsettled: Option<u64>, now: DateTime<Utc>) {
    let session = &mut transition.session;
    session.marks.checked = Some(now.trunc_subsecs(0));
    session.marks.settled = unsettled.map_or(session.last_outbound, |first| first.saturating_sub(1));
    transition.change(now, Change::Checked { unsettled });
}
