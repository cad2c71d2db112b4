//! What became of a transfer: one word for how it went for the contact, beside the reason of its end.

use chrono::{DateTime, TimeDelta, Utc};

use crate::signals::Attendance;
use crate::{Cause, End, EndReason, EndedBy, OrderKey, Outcome, Representative, Session, Status};

impl Outcome {
    /// What an end came to. Every end has one.
    ///
    /// Whether a human was there counts before the reason, and where the human was at the end says what the reason means:
    ///
    /// | a representative | end | outcome, because |
    /// |---|---|---|
    /// | was there and had left | any | `served`: what follows a wrap-up, be it a fault or the expiry, takes nothing back |
    /// | was there to the end | by a person, found closed, or expired | `served`: a silence in front of a human is how many chats end |
    /// | was there to the end | by the contact centre's system, a fault, or nobody being there | `dropped`: cut off from a human |
    /// | was there, and it waited again | by the contact | `abandoned` |
    /// | was there, and it waited again | by the agent or an operator | `cancelled` |
    /// | was there, and it waited again | expired | `expired` |
    /// | was there, and it waited again | by the representative, or found closed | `served`: closed by whoever had it |
    /// | was there, and it waited again | otherwise | `dropped`: lost on the way to the next human |
    /// | never came | `contact_ended`, or `cancelled_in_queue` by the contact | `abandoned` |
    /// | never came | `agent_ended`, `operator_ended`, `cancelled_in_queue` by anybody else | `cancelled` |
    /// | never came | `representative_ended` | `declined`: closed from there without anybody having come |
    /// | never came | `provider_error` of our own calls | `unreachable`: patience ran out, or a call came to nothing |
    /// | never came | `provider_error` told by the contact centre, `provider_disconnected`, `reconciled` | `failed` |
    /// | never came | `expired` `no_representatives` `outside_hours` `provider_rejected` `unconfirmed` | as the reason says |
    pub fn of(end: &End, attendance: Attendance) -> Self {
        match attendance {
            Attendance::Left => Self::Served,
            Attendance::Connected => Self::beside_a_human(end.reason),
            Attendance::WaitedAgain => Self::waiting_again(end.reason, end.by),
            Attendance::Never => Self::without_a_human(end),
        }
    }

    const fn beside_a_human(reason: EndReason) -> Self {
        match reason {
            EndReason::RepresentativeEnded
            | EndReason::ContactEnded
            | EndReason::AgentEnded
            | EndReason::OperatorEnded
            // It was not known yet, when it was cancelled, that somebody had come.
            | EndReason::CancelledInQueue
            | EndReason::Expired
            | EndReason::Reconciled => Self::Served,
            EndReason::NoRepresentatives
            | EndReason::OutsideHours
            | EndReason::ProviderRejected
            | EndReason::ProviderError
            | EndReason::ProviderDisconnected
            | EndReason::Unconfirmed => Self::Dropped,
        }
    }

    fn waiting_again(reason: EndReason, by: EndedBy) -> Self {
        match reason {
            EndReason::ContactEnded => Self::Abandoned,
            EndReason::CancelledInQueue if by == EndedBy::Contact => Self::Abandoned,
            EndReason::CancelledInQueue | EndReason::AgentEnded | EndReason::OperatorEnded => Self::Cancelled,
            EndReason::Expired => Self::Expired,
            EndReason::RepresentativeEnded | EndReason::Reconciled => Self::Served,
            EndReason::NoRepresentatives
            | EndReason::OutsideHours
            | EndReason::ProviderRejected
            | EndReason::ProviderError
            | EndReason::ProviderDisconnected
            | EndReason::Unconfirmed => Self::Dropped,
        }
    }

    fn without_a_human(end: &End) -> Self {
        match end.reason {
            EndReason::ContactEnded => Self::Abandoned,
            EndReason::CancelledInQueue if end.by == EndedBy::Contact => Self::Abandoned,
            EndReason::CancelledInQueue | EndReason::AgentEnded | EndReason::OperatorEnded => Self::Cancelled,
            EndReason::RepresentativeEnded => Self::Declined,
            EndReason::Expired => Self::Expired,
            EndReason::NoRepresentatives => Self::NoRepresentatives,
            EndReason::OutsideHours => Self::OutsideHours,
            EndReason::ProviderRejected => Self::Rejected,
            EndReason::ProviderError if end.cause == Cause::Delivery => Self::Unreachable,
            EndReason::ProviderError | EndReason::ProviderDisconnected | EndReason::Reconciled => Self::Failed,
            EndReason::Unconfirmed => Self::Unconfirmed,
        }
    }
}

/// How long a transfer took, in its parts; by the provider's clock where it tells the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From the creation to the first representative who joined, else to the end.
    pub waiting: TimeDelta,
    /// From when the first representative joined to when the last one left, else to the end: another queue in between
    /// counts, too. `None` if nobody joined.
    pub talking: Option<TimeDelta>,
    /// From when the first representative joined to the first message of one. `None` if there was none.
    pub first_reply: Option<TimeDelta>,
}

impl Session {
    /// What became of it; `None` while it lives.
    pub fn outcome(&self) -> Option<Outcome> {
        Some(self.came_to(self.end()?))
    }

    /// The human who was there last, also if it was given back to a queue afterwards; `None` while it lives, and if nobody
    /// came.
    pub fn served_by(&self) -> Option<Representative> {
        self.signals.until(self.end()?.key).who_was_there_last()
    }

    /// How long it took; `None` while it lives.
    pub fn times(&self) -> Option<Times> {
        let end = self.end()?;
        let until_end = |key: OrderKey| key.at().filter(|_| key <= end.key).map(|at| at.min(end.at));
        let joined = self.signals.first_join().and_then(until_end);
        let signals = self.signals.until(end.key);
        // Since whoever was there is not any more.
        let left = || match signals.attendance() {
            Attendance::Left | Attendance::WaitedAgain => signals.since().and_then(until_end),
            Attendance::Connected | Attendance::Never => None,
        };
        let positive = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).max(TimeDelta::zero());
        let first_reply = joined.zip(self.first_reply.and_then(until_end));
        Some(Times {
            waiting: positive(self.created_at, joined.unwrap_or(end.at)),
            talking: joined.map(|joined| positive(joined, left().unwrap_or(end.at))),
            first_reply: first_reply.map(|(joined, replied)| positive(joined, replied)),
        })
    }
}

impl Attendance {
    /// Where the human is, by the status that the signals mean.
    pub(crate) const fn of(anybody_joined: bool, status: Status) -> Self {
        match (anybody_joined, status) {
            (false, _) => Self::Never,
            (true, Status::Active) => Self::Connected,
            (true, Status::PostAgent | Status::Ended) => Self::Left,
            (true, Status::Pending | Status::Queued) => Self::WaitedAgain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: [EndedBy; 5] =
        [EndedBy::Representative, EndedBy::Contact, EndedBy::Agent, EndedBy::Operator, EndedBy::System];

    fn ended(reason: EndReason, by: EndedBy, cause: Cause) -> End {
        let key = OrderKey { at_ms: 0, sequence: 0, rank: 8 };
        End { at: DateTime::UNIX_EPOCH, reason, by, key, cause, concluded: false }
    }

    fn outcome(reason: EndReason, by: EndedBy, attendance: Attendance) -> Outcome {
        Outcome::of(&ended(reason, by, Cause::Provider), attendance)
    }

    /// Of each reason: without a human, beside one, and waiting again after one.
    const TABLE: &[(EndReason, Outcome, Outcome, Outcome)] = &[
        (EndReason::RepresentativeEnded, Outcome::Declined, Outcome::Served, Outcome::Served),
        (EndReason::ContactEnded, Outcome::Abandoned, Outcome::Served, Outcome::Abandoned),
        (EndReason::AgentEnded, Outcome::Cancelled, Outcome::Served, Outcome::Cancelled),
        (EndReason::OperatorEnded, Outcome::Cancelled, Outcome::Served, Outcome::Cancelled),
        (EndReason::Expired, Outcome::Expired, Outcome::Served, Outcome::Expired),
        (EndReason::NoRepresentatives, Outcome::NoRepresentatives, Outcome::Dropped, Outcome::Dropped),
        (EndReason::OutsideHours, Outcome::OutsideHours, Outcome::Dropped, Outcome::Dropped),
        (EndReason::ProviderRejected, Outcome::Rejected, Outcome::Dropped, Outcome::Dropped),
        (EndReason::ProviderError, Outcome::Failed, Outcome::Dropped, Outcome::Dropped),
        (EndReason::ProviderDisconnected, Outcome::Failed, Outcome::Dropped, Outcome::Dropped),
        (EndReason::Unconfirmed, Outcome::Unconfirmed, Outcome::Dropped, Outcome::Dropped),
        (EndReason::Reconciled, Outcome::Failed, Outcome::Served, Outcome::Served),
    ];

    #[test]
    fn every_reason_means_the_same_whoever_ended_it() {
        for (reason, without, beside, again) in TABLE.iter().copied() {
            for by in EVERYBODY {
                assert_eq!(outcome(reason, by, Attendance::Never), without, "{reason} by {by}, nobody came");
                assert_eq!(outcome(reason, by, Attendance::Connected), beside, "{reason} by {by}, beside a human");
                assert_eq!(outcome(reason, by, Attendance::WaitedAgain), again, "{reason} by {by}, waiting again");
            }
        }
        let listed = TABLE.iter().map(|(reason, ..)| *reason).chain([EndReason::CancelledInQueue]);
        let (mut listed, mut all) = (listed.collect::<Vec<_>>(), EndReason::ALL.to_vec());
        listed.sort_unstable();
        all.sort_unstable();
        assert_eq!(listed, all);
    }

    #[test]
    fn cancelling_while_waiting_is_the_contacts_leaving_or_the_others_cancelling() {
        for by in EVERYBODY {
            let expected = if by == EndedBy::Contact { Outcome::Abandoned } else { Outcome::Cancelled };
            assert_eq!(outcome(EndReason::CancelledInQueue, by, Attendance::Never), expected);
            assert_eq!(outcome(EndReason::CancelledInQueue, by, Attendance::WaitedAgain), expected);
            assert_eq!(outcome(EndReason::CancelledInQueue, by, Attendance::Connected), Outcome::Served);
        }
    }

    #[test]
    fn whoever_was_served_stays_served_whatever_ends_it_afterwards() {
        for reason in EndReason::ALL.iter().copied() {
            for by in EVERYBODY {
                assert_eq!(outcome(reason, by, Attendance::Left), Outcome::Served, "{reason} by {by}");
            }
        }
    }

    #[test]
    fn a_contact_centre_that_cannot_be_reached_is_told_from_one_that_fails() {
        let error = |cause| Outcome::of(&ended(EndReason::ProviderError, EndedBy::System, cause), Attendance::Never);
        assert_eq!(error(Cause::Delivery), Outcome::Unreachable);
        for cause in [Cause::Provider, Cause::Clock, Cause::Api] {
            assert_eq!(error(cause), Outcome::Failed);
        }
    }
}
