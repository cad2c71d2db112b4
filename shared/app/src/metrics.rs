//! What the functions measure, as types: `docs/metrics.md` says which question each metric answers.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use transfer_domain::{EndReason, Labels, Outcome, Provider};
use transfer_store::{Access, Meter};

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// A session was created.
    TransferCreated,
    /// A session ended or expired.
    TransferEnded(EndReason),
    /// What became of a session that ended, and what it is counted by.
    TransferOutcome {
        /// What became of it.
        outcome: Outcome,
        /// Where it went.
        provider: Provider,
        /// What it is counted by.
        labels: Labels,
    },
    /// A hand-back was published: how long after the end, by the provider's clock if it tells.
    HandBack(TimeDelta),
    /// An endpoint took a hand-back: how long after the end, by the provider's clock if it tells.
    HandBackDelivered(TimeDelta),
    /// The agent runtime acknowledged a hand-back: how long after the end.
    HandBackAcknowledged(TimeDelta),
    /// A session came into a queue for the first time: how long after its creation.
    TimeToQueue(TimeDelta),
    /// The first representative joined a session: how long after its creation.
    TimeToRepresentative(TimeDelta),
    /// A message of the contact centre was published: how long after it was sent, by the provider's clock if it tells.
    RelayLatencyInbound(TimeDelta),
    /// A message of the contact reached the provider: how long after it was accepted.
    RelayLatencyOutbound(TimeDelta),
    /// What became of a provider's events, or of a request that was refused as a whole.
    Webhook {
        /// Whose; `None` where nothing authentic told.
        provider: Option<Provider>,
        /// What became of them.
        outcome: WebhookOutcome,
        /// How many.
        count: usize,
    },
    /// A call to a provider came back.
    ProviderCall {
        /// Whom.
        provider: Provider,
        /// What for.
        operation: ProviderOperation,
        /// How long it took, with every exchange that it needed.
        took: TimeDelta,
        /// What its failure allows, if it failed.
        failure: Option<CallFailure>,
    },
    /// A record of the stream could not be relayed.
    UnrelayableRecord(SetAside),
    /// A message of a queue failed at its last receive, and goes among the dead letters.
    MessageGivenUp,
    /// How many sessions have been due for more than a minute; told at each look, be it none.
    Overdue(usize),
    /// Something that was due was written: how long after it came due.
    TickDelay(TimeDelta),
    /// A call has been silent for longer than its project allows.
    VoiceStale,
    /// What of texts was replaced before it was kept.
    Redacted {
        /// Of which kind; the project's own patterns are one.
        kind: &'static str,
        /// How many.
        count: usize,
    },
    /// A provider refused what we prove ourselves by.
    CredentialsRefused {
        /// Which.
        provider: Provider,
    },
    /// How an integration does.
    IntegrationState {
        /// Whose.
        provider: Provider,
        /// `healthy`, `degraded` or `failing`.
        state: &'static str,
    },
    /// An event arrived at an endpoint: how long after it happened, by the provider's clock if it tells.
    EventDelivered {
        /// So long.
        took: TimeDelta,
    },
    /// An event did not arrive at an endpoint, at this try.
    EventNotDelivered,
    /// What one invocation consumed at the table.
    Capacity {
        /// Reading or writing.
        access: Access,
        /// Capacity units as DynamoDB bills them.
        units: f64,
    },
}

/// What became of a record of the stream that could not be relayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAside {
    /// It is kept for people.
    Parked,
    /// It could not even be kept.
    GivenUp,
}

impl SetAside {
    /// The dimension's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::GivenUp => "given_up",
        }
    }
}

/// What became of a provider's event or request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOutcome {
    /// Applied to its session.
    Applied,
    /// Applied before.
    Duplicate,
    /// Kept until its conversation is linked to a session.
    Parked,
    /// Authentic, and for no session that is open; or about nothing that concerns us.
    Ignored,
    /// Authentic, with something to say, and without a name of any session: whoever runs the integration must look.
    Unattributed,
    /// A request that does not come from whom it should come from.
    Unauthentic,
    /// An authentic request that cannot be understood.
    Malformed,
    /// A request too many of its caller, which was not looked at.
    Throttled,
}

impl WebhookOutcome {
    /// The dimension's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Parked => "parked",
            Self::Ignored => "ignored",
            Self::Unattributed => "unattributed",
            Self::Unauthentic => "unauthentic",
            Self::Malformed => "malformed",
            Self::Throttled => "throttled",
        }
    }
}

/// What a provider is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderOperation {
    /// Getting what an opening needs.
    Prepare,
    /// Opening a conversation.
    Open,
    /// Sending a message of the contact.
    Send,
    /// Looking how a conversation stands.
    Look,
    /// Ending a conversation.
    End,
    /// Asking for a representative's name.
    Identify,
    /// Asking whether somebody would take a conversation.
    Availability,
    /// Telling that the contact types.
    Typing,
    /// Telling how far messages came at the contact.
    Acknowledge,
}

impl ProviderOperation {
    /// The dimension's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Open => "open",
            Self::Send => "send",
            Self::Look => "look",
            Self::End => "end",
            Self::Identify => "identify",
            Self::Availability => "availability",
            Self::Typing => "typing",
            Self::Acknowledge => "acknowledge",
        }
    }
}

/// What the failure of a call to a provider allows: the variants of the providers' `CallError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFailure {
    /// It surely had no effect.
    NotSent,
    /// Nobody knows whether it had an effect.
    Ambiguous,
    /// The provider refused it.
    Refused,
    /// The provider has no such conversation any more.
    Gone,
    /// The integration does not allow it.
    Misconfigured,
}

impl CallFailure {
    /// The dimension's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Ambiguous => "ambiguous",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// Where the functions put what they measure. The default takes nothing: a laptop has nobody to read it.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Option<Arc<Collected>>);

#[derive(Debug)]
struct Collected {
    metrics: Mutex<Vec<Metric>>,
    route: Mutex<Option<String>>,
    table: Meter,
}

impl Metrics {
    /// Keeps what is measured until it is taken, and what `table` counts.
    pub(crate) fn collecting(table: Meter) -> Self {
        Self(Some(Arc::new(Collected { metrics: Mutex::default(), route: Mutex::default(), table })))
    }

    /// Notes one measurement.
    pub fn record(&self, metric: Metric) {
        if let Some(collected) = &self.0 {
            collected.metrics.lock().unwrap_or_else(PoisonError::into_inner).push(metric);
        }
    }

    /// Says by which route of the API the invocation came. It is a property of the lines, not a dimension: queries find
    /// it, and no metric is multiplied by it.
    pub fn came_by(&self, route: Option<impl ToString>) {
        if let Some(collected) = &self.0 {
            *collected.route.lock().unwrap_or_else(PoisonError::into_inner) = route.map(|route| route.to_string());
        }
    }

    /// The route that was told last, once.
    pub fn take_route(&self) -> Option<String> {
        self.0.as_ref().and_then(|collected| collected.route.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    /// Everything since it was asked last.
    pub fn take(&self) -> Vec<Metric> {
        let Some(collected) = &self.0 else { return Vec::new() };
        let mut metrics = std::mem::take(&mut *collected.metrics.lock().unwrap_or_else(PoisonError::into_inner));
        let consumed = collected.table.take();
        let units = [(Access::Read, consumed.read_units), (Access::Write, consumed.write_units)];
        metrics.extend(
            units
                .into_iter()
                .filter(|(_, units)| *units > 0.0)
                .map(|(access, units)| Metric::Capacity { access, units }),
        );
        metrics
    }
}
