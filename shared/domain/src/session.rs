//! The transfer session: one hand-off, from the request to its end.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AgentName, Call, Cause, Channel, ContactId, EndReason, EndedBy, FallbackOutcomes, HandedBack, IntegrationId,
    Labels, Lifetime, ListShards, Names, OrderKey, PostAgentAction, Priority, ProjectId, Provider, ProviderSessionId,
    QueueName, SequencedChange, SessionId, Signals, Status, TransferId, Untold,
};

/// As many texts of a flow may be overtaken by the news that a representative joined before them.
const MAX_UNPROVEN: usize = 32;

/// One transfer session, without what was written once with its request ([`crate::TransferRequest`]) and without what the
/// provider told beside what happened ([`crate::ProviderFacts`]): what moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The tenant.
    pub project_id: ProjectId,
    /// Its public id.
    pub session_id: SessionId,
    /// The end user.
    pub contact_id: ContactId,
    /// The AI agent that handed off.
    pub agent: AgentName,
    /// What it is counted and found by.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Where it goes.
    pub provider: Provider,
    /// By which configuration of the provider.
    pub integration_id: IntegrationId,
    /// Where that configuration pointed when the opening was attempted; empty before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// What the provider said about who is connected: status, queue and representative follow from it.
    #[serde(default)]
    pub signals: Signals,
    /// The queue that was asked for.
    pub requested_queue: QueueName,
    /// The provider's names of the conversation, by which the session is found.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub names: Names,
    /// How urgent it is.
    pub priority: Priority,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// When the record changed last.
    pub updated_at: DateTime<Utc>,
    /// When a message was accepted last, in either direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<DateTime<Utc>>,
    /// Whether it goes on, and how it ended if not.
    #[serde(default, skip_serializing_if = "Phase::is_open")]
    pub phase: Phase,
    /// Its newest hand-back, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_back: Option<HandedBack>,
    /// What is done, without the caller, after which outcome.
    #[serde(default, skip_serializing_if = "FallbackOutcomes::is_empty")]
    pub fallback: FallbackOutcomes,
    /// The session that followed it, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<SessionId>,
    /// When it is removed, in whole seconds; `None` = never.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When to look at it again, in whole seconds: not later than [`crate::next_due`] says. `None` = never.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Its lifetime rules, frozen at creation.
    pub lifetime: Lifetime,
    /// Over how many partitions of the list the project spread its sessions at its creation.
    #[serde(default)]
    pub list_shards: ListShards,
    /// What the agent does at the end, frozen at creation.
    pub post_agent_action: PostAgentAction,
    /// The version that wrote what the provider told last; 0 = it told nothing.
    #[serde(default)]
    pub facts_version: u64,
    /// The newest of the provider's events that were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_event: Option<OrderKey>,
    /// The newest of those before an end that was none of them; the end's place is behind it.
    #[serde(default, rename = "heard", skip_serializing_if = "Option::is_none")]
    pub newest_event_before_end: Option<OrderKey>,
    /// How far the opening at the provider has come.
    pub opening: Opening,
    /// Which further call the opening is still to be followed by, at a provider that is asked more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_opening_call: Option<u8>,
    /// Whether closing the provider's conversation was attempted, at a provider to which that may say something: it is
    /// said once at most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closing_attempted: bool,
    /// Whether nothing is to be closed at the provider any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// What keeps us from reaching the provider for this session, while something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What was announced of it by the clock, and looked after.
    #[serde(default, skip_serializing_if = "Marks::is_unmarked")]
    pub marks: Marks,
    /// Sequence of the newest outbound message; 0 = none.
    #[serde(default)]
    pub last_outbound: u64,
    /// Sequence of the first outbound message that may wait for somebody to take it; `None` = none waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_from: Option<u64>,
    /// How many messages went each way.
    #[serde(default)]
    pub counts: MessageCounts,
    /// The place of the first message of a representative that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_reply: Option<OrderKey>,
    /// The places of texts that are a representative's only if one had joined by then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproven: Vec<OrderKey>,
    /// Its call, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// The other providers that the project had configured when the transfer was requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_providers: Vec<Provider>,
    /// What its timeline does not tell yet of where it stands; `None` = nobody knows what it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Untold>,
    /// Rises with every write; each change gets a number of its own, so `version` is also the newest sequence.
    pub version: u64,
    /// What the last write changed; the stream carries it to whoever must act on it.
    #[serde(default)]
    pub changes: Vec<SequencedChange>,
}

/// A queue at the contact centre.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// The contact's place in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// How long the provider expects the contact to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_wait_seconds: Option<u32>,
}

/// The human at the contact centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Representative {
    /// The provider's id of the person.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The name that may be shown to the contact.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
}

/// Whether a session goes on. What is over is never open again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It does.
    #[default]
    Open,
    /// It ended.
    Over(End),
}

impl Phase {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// The end; `None` while it goes on.
    pub fn end(&self) -> Option<&End> {
        match self {
            Self::Open => None,
            Self::Over(end) => Some(end),
        }
    }
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// When, by the provider's clock if the provider ended it.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: EndReason,
    /// Who did.
    pub by: EndedBy,
    /// The end's place among the provider's events: what is newer comes from beyond the end.
    pub key: OrderKey,
    /// What brought it about. Of several ends that the provider tells, the earliest holds; another one stays.
    pub cause: Cause,
    /// Whether it was concluded ([`crate::EventKind::Concluded`]) rather than told by the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concluded: bool,
}

impl End {
    /// Whether the provider's conversation is certainly closed already, so that nobody needs to tell it.
    pub fn provider_knows(&self) -> bool {
        self.reason.provider_knows() && !self.concluded
    }
}

/// How far the opening of the provider's conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Opening {
    /// Accepted here; no call is under way.
    Requested {
        /// How many calls surely had no effect so far.
        attempts: u32,
    },
    /// A call was started and its result is not recorded yet.
    Attempted {
        /// Which call this is, from 1.
        attempts: u32,
    },
    /// The provider has the conversation.
    Opened,
    /// A call was made and nobody knows whether the provider took it: never repeat it.
    Unconfirmed,
    /// There is and will be no conversation at the provider.
    Abandoned,
}

/// A call to the provider that is tried again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What for.
    pub what: Held,
    /// Since the first try in vain.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub since: DateTime<Utc>,
    /// How many tries were in vain.
    pub tries: u32,
    /// Why the last one was; no personal data.
    pub why: String,
    /// How many in a row were for that reason.
    pub same: u32,
    /// The number of the timeline's entry about those.
    pub entry: u64,
    /// When it is tried again.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub again_at: Option<DateTime<Utc>>,
    /// Whether somebody asked for that try.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// Whether everybody outside was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Opening the conversation.
    Opening,
    /// Sending the contact's message of this sequence; those behind it wait.
    Message(u64),
    /// Closing the conversation.
    Closing,
}

impl Held {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Message(_) => "messages",
            Self::Closing => "closing",
        }
    }
}

/// What was announced of a session by the clock, so that it is announced once, and when it was looked after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The expiry that was announced.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub expiring: Option<DateTime<Utc>>,
    /// That a representative joined and says nothing was announced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// From when on it was announced to be stale.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub stale: Option<DateTime<Utc>>,
    /// That its provider does not know its conversation was noted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_there: bool,
    /// The hand-back of which was announced that nobody acknowledged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_back: Option<u64>,
    /// How often that was announced.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hand_back_reminders: u8,
    /// When it was looked after last.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub checked: Option<DateTime<Utc>>,
    /// When it was asked to be opened, where the first event of it is waited for in seconds.
    #[serde(default, with = "chrono::serde::ts_seconds_option", skip_serializing_if = "Option::is_none")]
    pub called: Option<DateTime<Utc>>,
    /// Up to which sequence the contact's messages are known to be settled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub settled: u64,
}

impl Marks {
    /// Whether there is nothing to keep.
    pub fn is_unmarked(&self) -> bool {
        *self == Self::default()
    }
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// How many messages were accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageCounts {
    /// From the contact.
    pub from_contact: u64,
    /// From a representative.
    pub from_representative: u64,
}

impl Session {
    /// The transfer's uuid: the session's key.
    pub fn transfer_id(&self) -> TransferId {
        self.session_id.transfer
    }

    /// The channel, frozen at creation.
    pub fn channel(&self) -> Channel {
        self.session_id.channel
    }

    /// Whether `expires_at` has come: the session is gone, whether or not its record still stands.
    /// Compared in whole seconds, as the store's conditions do.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|at| at.timestamp() <= now.timestamp())
    }

    /// Whether the session ended and its retention is over: there is none any more, whether or not its record still
    /// stands.
    pub fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        self.is_shown_to_nobody() || (self.is_ended() && self.is_expired(now))
    }

    /// Whether it ended and its project keeps nothing of what ended.
    pub fn is_shown_to_nobody(&self) -> bool {
        self.is_ended() && self.lifetime.keeps_nothing()
    }

    /// Whether the session is closed.
    pub fn is_ended(&self) -> bool {
        !self.phase.is_open()
    }

    /// How it ended, once it has.
    pub fn end(&self) -> Option<&End> {
        self.phase.end()
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        if self.is_ended() { Status::Ended } else { self.signals.status() }
    }

    /// When the status changed last, by the provider's clock if the provider told of it.
    pub fn status_changed_at(&self) -> DateTime<Utc> {
        match &self.phase {
            Phase::Over(end) => end.at,
            Phase::Open => self.signals.since().and_then(OrderKey::at).unwrap_or(self.created_at),
        }
    }

    /// The queue that it is or was in, as far as is known.
    pub fn queue(&self) -> Queue {
        self.signals.queue(self.requested_queue.as_str())
    }

    /// The human who is or was connected: after the end, as it was then.
    pub fn representative(&self) -> Option<Representative> {
        match &self.phase {
            Phase::Open => self.signals.representative(),
            Phase::Over(end) => self.representative_at(end),
        }
    }

    /// Who was connected at an end.
    pub(crate) fn representative_at(&self, end: &End) -> Option<Representative> {
        self.signals.until(end.key).representative()
    }

    /// The provider's name of the conversation for calls, once it told one.
    pub fn provider_session_id(&self) -> Option<&ProviderSessionId> {
        self.names.first()
    }

    /// When the newest of the provider's events happened that were taken.
    pub fn last_provider_event_at(&self) -> Option<DateTime<Utc>> {
        let ours = self.end().filter(|end| end.cause != Cause::Provider && self.newest_event == Some(end.key));
        let newest = if ours.is_some() { self.newest_event_before_end } else { self.newest_event };
        newest.and_then(OrderKey::at)
    }

    /// Among which of the contact's messages some may not be settled; `None` if all are.
    pub fn maybe_unsettled(&self) -> Option<RangeInclusive<u64>> {
        let some = self.last_outbound > self.marks.settled && !self.closed;
        some.then(|| self.marks.settled + 1..=self.last_outbound)
    }

    /// Whether nobody knows if the provider took the conversation.
    pub fn is_unconfirmed(&self) -> bool {
        self.opening == Opening::Unconfirmed
    }

    /// Takes the place of a message of a representative.
    pub(crate) fn replied(&mut self, key: OrderKey) {
        self.first_reply = Some(self.first_reply.map_or(key, |first| first.min(key)));
    }

    /// Counts a text that is a representative's if one had joined by its place; which may become known later.
    pub(crate) fn count_unproven(&mut self, key: OrderKey) {
        let place = self.unproven.partition_point(|other| *other <= key);
        self.unproven.insert(place, key);
        self.settle_unproven();
    }

    /// Counts those of the unproven texts that are known now to be a representative's.
    pub(crate) fn settle_unproven(&mut self) {
        if let Some(first) = self.signals.first_join() {
            let proven = self.unproven.split_off(self.unproven.partition_point(|key| *key < first));
            self.counts.from_representative += u64::try_from(proven.len()).unwrap_or(u64::MAX);
            if let Some(earliest) = proven.first() {
                self.replied(*earliest);
            }
        }
        // The oldest are the last that anybody will turn out to have been there for.
        let surplus = self.unproven.len().saturating_sub(MAX_UNPROVEN);
        self.unproven.drain(..surplus);
    }

    /// How long it has lasted, or lasted until its end.
    pub fn duration(&self, now: DateTime<Utc>) -> TimeDelta {
        let until = self.end().map_or(now, |end| end.at);
        (until - self.created_at).max(TimeDelta::zero())
    }

    /// Whether somebody should look: a voice session that never expires and is silent for longer than the project's threshold.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.stale_from().is_some_and(|from| now > from)
    }

    /// After which moment it is stale, if nothing happens until then; `None` = never.
    pub(crate) fn stale_from(&self) -> Option<DateTime<Utc>> {
        let threshold = self.lifetime.stale_after_minutes;
        let counts = self.channel() == Channel::Voice && !self.is_ended() && threshold > 0;
        counts.then(|| self.last_activity() + TimeDelta::minutes(i64::from(threshold)))
    }

    /// When anything happened last that somebody did.
    pub(crate) fn last_activity(&self) -> DateTime<Utc> {
        let changed = self.status_changed_at();
        self.last_message_at.unwrap_or(changed).max(changed)
    }
}
