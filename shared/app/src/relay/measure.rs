//! What a session's changes tell about how well transfers go. Measured here, where every committed change passes.

use chrono::{DateTime, Utc};
use transfer_domain::{Change, SequencedChange, Session, Status};

use crate::Metric;

/// What is measured of one change, once it is published.
#[derive(Debug, Clone, PartialEq)]
pub enum Measurement {
    /// What the change itself tells.
    Told(Metric),
    /// The hand-back, and when the session ended.
    HandedBack(DateTime<Utc>),
    /// A message of the contact centre, and when it was sent.
    MessageSent(DateTime<Utc>),
}

impl Measurement {
    /// Of a write, by the session before and after it. First times are told apart by what was there before: whatever
    /// comes again is none.
    pub(crate) fn of_write(before: Option<&Session>, session: &Session) -> Vec<Self> {
        let first = |matches: fn(&Change) -> bool| session.changes.iter().find(|change| matches(&change.change));
        let since_creation = |change: &SequencedChange| change.occurred_at - session.created_at;
        let was_pending = before.is_some_and(|before| before.status() == Status::Pending);
        let queued = first(|change| matches!(change, Change::Queued { .. })).filter(|_| was_pending);
        let nobody_had_joined = before.is_some_and(|before| !before.signals.anybody_joined());
        let joined =
            first(|change| matches!(change, Change::RepresentativeJoined { .. })).filter(|_| nobody_had_joined);
        let had_ended = before.is_some_and(Session::is_ended);
        let ended = first(|change| matches!(change, Change::Ended { .. })).filter(|_| !had_ended);
        let mut all: Vec<Self> = session.changes.iter().filter_map(Self::of_change).collect();
        if let Some((end, outcome)) = ended.and_then(|_| session.end().zip(session.outcome())) {
            let (provider, labels) = (session.provider, session.labels.clone());
            all.push(Self::Told(Metric::TransferEnded(end.reason)));
            all.push(Self::Told(Metric::TransferOutcome { outcome, provider, labels }));
            all.push(Self::HandedBack(end.at));
        }
        all.extend(queued.map(|change| Self::Told(Metric::TimeToQueue(since_creation(change)))));
        all.extend(joined.map(|change| Self::Told(Metric::TimeToRepresentative(since_creation(change)))));
        all
    }

    fn of_change(change: &SequencedChange) -> Option<Self> {
        match &change.change {
            Change::Requested { .. } => Some(Self::Told(Metric::TransferCreated)),
            Change::Stale => Some(Self::Told(Metric::VoiceStale)),
            Change::MessageReceived { .. } => Some(Self::MessageSent(change.occurred_at)),
            Change::Accepted { .. }
            | Change::Linked
            | Change::Queued { .. }
            | Change::RepresentativeJoined { .. }
            | Change::Ended { .. }
            | Change::HandedBack
            | Change::Followed { .. }
            | Change::HandBackOpen
            | Change::RepresentativeLeft { .. }
            | Change::PostAgent
            | Change::Orphaned
            | Change::Expiring { .. }
            | Change::Silent { .. }
            | Change::UnknownThere { .. }
            | Change::Delayed { .. }
            | Change::Checked { .. }
            | Change::MessageAccepted
            | Change::Typing { .. }
            | Change::MessagesAcknowledged { .. }
            | Change::Survey { .. } => None,
        }
    }

    /// The metric, of a change that was published at that time.
    pub(crate) fn published(self, at: DateTime<Utc>) -> Metric {
        match self {
            Self::Told(metric) => metric,
            Self::HandedBack(ended) => Metric::HandBack(at - ended),
            Self::MessageSent(sent) => Metric::RelayLatencyInbound(at - sent),
        }
    }
}
