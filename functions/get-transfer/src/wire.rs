//! What this function alone answers, on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use transfer_app::show::Undelivered;
use transfer_domain::{
    Due, EndReason, EndedBy, Lifetime, Limits, Outcome, ProviderSessionId, Representative, Session, Standing, Status,
    next_due,
};
use transfer_http::{Action, QueueRecord, SessionRecord, TimelineRecord, optional_time, time};
use transfer_store::WholeSession;

/// A page, oldest first. `next` goes into `after` of the following request, also after the last page: what comes later
/// stands behind it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct PageRecord<T> {
    /// Oldest first.
    pub(crate) items: Vec<T>,
    /// The `after` of the next request.
    pub(crate) next: String,
    /// Whether more is there already.
    pub(crate) more: bool,
}

/// A page of a timeline; with `at` one entry and where the session stood right after it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TimelinePage))]
pub(crate) struct TimelinePageRecord<'a> {
    /// Oldest first.
    pub(crate) items: Vec<TimelineRecord<'a>>,
    /// The `after` of the next request.
    pub(crate) next: String,
    /// Whether more is there already.
    pub(crate) more: bool,
    /// With `at` alone: the session right after the entry; null where the timeline was begun by a version of the service
    /// that did not keep that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required = false, value_type = Option<StandingRecord>))]
    pub(crate) record: Option<Moment>,
}

/// Where a session stood right after an entry of its timeline, if that is told.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Moment {
    Told(Box<StandingRecord>),
    /// Null.
    Untold(()),
}

impl From<Option<Standing>> for Moment {
    fn from(standing: Option<Standing>) -> Self {
        standing.map_or(Self::Untold(()), |standing| Self::Told(Box::new(standing.into())))
    }
}

/// Where a session stood right after an entry of its timeline.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferStanding))]
#[serde(rename_all = "camelCase")]
pub(crate) struct StandingRecord {
    /// The status.
    status: Status,
    /// The queue it was or had been in.
    queue: QueueRecord,
    /// The human who was or had been connected.
    #[cfg_attr(feature = "openapi", schema(required))]
    representative: Option<Representative>,
    /// The provider's name of the conversation.
    #[cfg_attr(feature = "openapi", schema(required))]
    provider_session_id: Option<ProviderSessionId>,
    /// Why it had ended.
    #[cfg_attr(feature = "openapi", schema(required))]
    end_reason: Option<EndReason>,
    /// Who had ended it.
    #[cfg_attr(feature = "openapi", schema(required))]
    ended_by: Option<EndedBy>,
    /// What had become of it.
    #[cfg_attr(feature = "openapi", schema(required))]
    outcome: Option<Outcome>,
    /// Whether it was unknown if the provider took it.
    unconfirmed: bool,
}

impl From<Standing> for StandingRecord {
    fn from(standing: Standing) -> Self {
        let Standing { status, queue, representative, provider_session_id, end, unconfirmed } = standing;
        Self {
            status,
            queue: queue.into(),
            representative,
            provider_session_id,
            end_reason: end.map(|end| end.reason),
            ended_by: end.map(|end| end.by),
            outcome: end.and_then(|end| end.outcome),
            unconfirmed,
        }
    }
}

/// The complete record of a session, and what is under way with it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferDetail))]
#[serde(rename_all = "camelCase")]
pub(crate) struct DetailRecord<'a> {
    #[serde(flatten)]
    session: SessionRecord<'a>,
    /// What the clock brings next; null if nothing.
    #[cfg_attr(feature = "openapi", schema(required))]
    next_due: Option<DueRecord>,
    /// When the newest of the contact centre's events happened that were taken.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    last_provider_event_at: Option<DateTime<Utc>>,
    /// What of the contact's messages the contact centre does not have yet.
    undelivered: UndeliveredRecord,
    /// The rules that it keeps to: those of its creation, whatever was set later.
    lifetime: LifetimeRecord,
    /// What can be done with it now.
    actions: Vec<Action>,
}

/// What the clock brings next.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NextDue))]
struct DueRecord {
    /// When, if nothing happens before.
    #[serde(serialize_with = "time")]
    at: DateTime<Utc>,
    /// What.
    what: Due,
}

/// What of the contact's messages the contact centre does not have yet.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Undelivered))]
#[serde(rename_all = "camelCase")]
struct UndeliveredRecord {
    /// How many.
    messages: usize,
    /// When the oldest of them was accepted.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    oldest_at: Option<DateTime<Utc>>,
}

/// The rules of a session's lifetime, as they stood at its creation.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferLifetime))]
#[serde(rename_all = "camelCase")]
struct LifetimeRecord {
    /// Minutes after the last message at which it expires; 0 = never.
    ttl_minutes: u32,
    /// Minutes that it is kept once it has ended.
    ended_retention_minutes: u32,
    /// Minutes without activity after which it is stale, if it never expires; 0 = never.
    stale_after_minutes: u32,
    /// Seconds before its expiry at which that is announced; 0 = not at all.
    expiry_warning_seconds: u32,
    /// Minutes that it may be `pending` at a contact centre that took it; 0 = without limit, as in those below.
    pending_minutes: u32,
    /// Minutes without anybody knowing whether the contact centre took it.
    unconfirmed_minutes: u32,
    /// Minutes in the queue.
    queued_minutes: u32,
    /// Minutes for the first word of a representative.
    first_reply_minutes: u32,
    /// Minutes in `post_agent`.
    post_agent_minutes: u32,
    /// Minutes for the acknowledgment of its hand-back.
    handback_minutes: u32,
    /// Seconds that its contact centre's configuration gives the first event, in place of the limits for `pending` and for
    /// what is unconfirmed.
    #[cfg_attr(feature = "openapi", schema(required))]
    accept_timeout_seconds: Option<u32>,
    /// Seconds that it gives the wrap-up, in place of the limit.
    #[cfg_attr(feature = "openapi", schema(required))]
    post_agent_timeout_seconds: Option<u32>,
    /// Seconds of silence after which the contact centre is asked.
    #[cfg_attr(feature = "openapi", schema(required))]
    reconcile_idle_seconds: Option<u32>,
}

impl From<Lifetime> for LifetimeRecord {
    fn from(lifetime: Lifetime) -> Self {
        let Lifetime { ttl_minutes, retention_minutes, stale_after_minutes, warning_seconds, limits, timers } =
            lifetime;
        let Limits {
            pending_minutes,
            unconfirmed_minutes,
            queued_minutes,
            first_reply_minutes,
            post_agent_minutes,
            handback_minutes,
        } = limits;
        Self {
            ttl_minutes,
            ended_retention_minutes: retention_minutes,
            stale_after_minutes,
            expiry_warning_seconds: warning_seconds,
            pending_minutes,
            unconfirmed_minutes,
            queued_minutes,
            first_reply_minutes,
            post_agent_minutes,
            handback_minutes,
            accept_timeout_seconds: timers.first_event_seconds,
            post_agent_timeout_seconds: timers.post_agent_seconds,
            reconcile_idle_seconds: timers.silence_seconds,
        }
    }
}

impl<'a> DetailRecord<'a> {
    /// As it stands now.
    pub(crate) fn of(whole: &'a WholeSession, undelivered: Undelivered, now: DateTime<Utc>) -> Self {
        let session: &Session = &whole.session;
        Self {
            session: SessionRecord::of(session, &whole.facts, &whole.request, now),
            next_due: next_due(session).map(|(at, what)| DueRecord { at, what }),
            last_provider_event_at: session.last_provider_event_at(),
            undelivered: UndeliveredRecord { messages: undelivered.messages, oldest_at: undelivered.oldest_at },
            lifetime: session.lifetime.into(),
            actions: Action::with(session),
        }
    }
}
