//! What a project decides for itself: lifecycle and routing.

use std::borrow::Cow;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Channel, PostAgentAction, Priority, Provider, QueueName, Redaction, Timers};

/// The longest TTL and retention, in minutes: 30 days.
pub const MAX_TTL_MINUTES: u32 = 30 * 24 * 60;

/// A project's agent-transfer settings. A project that never set any has the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TransferSettings {
    /// How long sessions live.
    pub session_lifecycle: SessionLifecycle,
    /// Where they go.
    pub default_routing: DefaultRouting,
    /// For how long a contact centre that cannot be reached is tried again.
    pub patience: Patience,
    /// What of texts is replaced before it is kept.
    pub redaction: Redaction,
    /// Over how many partitions of the table's list each status is spread; more than one only for a project of more than
    /// some hundred changes of status a second. It can be raised, and not be lowered again.
    pub list_shards: ListShards,
}

/// Over how many partitions of the list a project's sessions of one status are spread: 1 to 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct ListShards(u8);

/// A number is none of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 16")]
pub struct InvalidListShards;

impl ListShards {
    /// The most.
    pub const MOST: Self = Self(16);

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether it is what projects have that say nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for ListShards {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u8> for ListShards {
    type Error = InvalidListShards;

    fn try_from(number: u8) -> Result<Self, InvalidListShards> {
        if (1..=Self::MOST.0).contains(&number) { Ok(Self(number)) } else { Err(InvalidListShards) }
    }
}

impl From<ListShards> for u8 {
    fn from(shards: ListShards) -> Self {
        shards.0
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ListShards {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let description = "Over how many partitions of the table's list each status is spread. It can be raised, and \
                           not be lowered again.";
        crate::schema::whole_number(description, 1, Self::MOST.0.into())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ListShards {}

/// How long sessions live. All times in minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SessionLifecycle {
    /// Time to live since the last message, per channel; 0 = never.
    pub ttl_minutes: TtlMinutes,
    /// How long an ended session is kept.
    pub ended_retention_minutes: u32,
    /// When a voice session without activity is marked stale; 0 = never.
    pub voice_stale_after_minutes: u32,
    /// How long before its expiry a session is announced to expire, per channel, in seconds; 0 = not at all.
    pub expiry_warning_seconds: WarningSeconds,
    /// How long a session may wait for something.
    pub limits: Limits,
}

/// Seconds before a session's expiry at which it is announced; 0 = not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WarningSeconds {
    /// Live chat.
    pub chat: u32,
    /// Messengers.
    pub messaging: u32,
    /// E-mail.
    pub email: u32,
    /// Campaigns.
    pub campaign: u32,
    /// Calls.
    pub voice: u32,
}

/// How long a session may wait for something, in minutes; 0 = without limit. Frozen at its creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// `pending`, though the contact centre took the conversation: it ends as `unconfirmed`.
    pub pending_minutes: u32,
    /// Since its creation without anybody knowing whether the contact centre took it: it ends as `unconfirmed`. Not 0.
    pub unconfirmed_minutes: u32,
    /// In the queue: it ends as `no_representatives`.
    pub queued_minutes: u32,
    /// For the first word of a representative who joined: `transfer.silent` says so.
    pub first_reply_minutes: u32,
    /// `post_agent`: it ends as `representative_ended`.
    pub post_agent_minutes: u32,
    /// For the acknowledgment of its newest hand-back: `transfer.handback_open` tells it once more, then after twice as long,
    /// and so on, until it is acknowledged or the record goes. 0, so never, unless it is set: a runtime that does not
    /// acknowledge would be told of every transfer again. One that does sets it, to 1 for a first repetition after a minute.
    pub handback_minutes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pending_minutes: 24 * 60,
            unconfirmed_minutes: 10,
            queued_minutes: 0,
            first_reply_minutes: 5,
            post_agent_minutes: 60,
            handback_minutes: 0,
        }
    }
}

/// For how long a contact centre that cannot be reached is tried again, in seconds, since the first try in vain. What
/// our own side cannot do does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Patience {
    /// With the opening of a conversation.
    pub opening_seconds: u32,
    /// With a message of the contact.
    pub messages_seconds: u32,
    /// With closing a conversation that ended here.
    pub closing_seconds: u32,
}

/// The longest patience: what waits for it lies in a queue that keeps it for longer.
pub const MAX_PATIENCE_SECONDS: u32 = 4 * 24 * 60 * 60;

impl Default for Patience {
    fn default() -> Self {
        Self { opening_seconds: 120, messages_seconds: 600, closing_seconds: 24 * 60 * 60 }
    }
}

/// Minutes since the last message until a session expires; 0 = never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TtlMinutes {
    /// Live chat.
    pub chat: u32,
    /// Messengers.
    pub messaging: u32,
    /// E-mail.
    pub email: u32,
    /// Campaigns.
    pub campaign: u32,
    /// Calls.
    pub voice: u32,
}

/// Where transfers go when the request does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DefaultRouting {
    /// The provider; without one every request must name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The queue.
    pub queue: QueueName,
    /// 0 (lowest) to 10.
    pub priority: Priority,
    /// What the AI agent does when the session ends.
    pub post_agent_action: PostAgentAction,
}

impl Default for SessionLifecycle {
    fn default() -> Self {
        Self {
            ttl_minutes: TtlMinutes::default(),
            ended_retention_minutes: 24 * 60,
            voice_stale_after_minutes: 60,
            expiry_warning_seconds: WarningSeconds::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for TtlMinutes {
    fn default() -> Self {
        Self { chat: 30, messaging: 30, email: 24 * 60, campaign: 60, voice: 0 }
    }
}

impl Default for WarningSeconds {
    fn default() -> Self {
        Self { chat: 120, messaging: 120, email: 60 * 60, campaign: 300, voice: 300 }
    }
}

impl WarningSeconds {
    /// How long before its expiry a session of a channel is announced.
    pub const fn of(&self, channel: Channel) -> u32 {
        match channel {
            Channel::Chat => self.chat,
            Channel::Messaging => self.messaging,
            Channel::Email => self.email,
            Channel::Campaign => self.campaign,
            Channel::Voice => self.voice,
        }
    }
}

impl Default for DefaultRouting {
    fn default() -> Self {
        Self {
            provider: None,
            queue: QueueName::usual(),
            priority: Priority::USUAL,
            post_agent_action: PostAgentAction::ReturnToAgent,
        }
    }
}

impl TtlMinutes {
    /// The TTL of a channel.
    pub const fn of(&self, channel: Channel) -> u32 {
        match channel {
            Channel::Chat => self.chat,
            Channel::Messaging => self.messaging,
            Channel::Email => self.email,
            Channel::Campaign => self.campaign,
            Channel::Voice => self.voice,
        }
    }
}

/// The field of the settings that breaks a rule, as a JSON pointer, and the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// JSON pointer of the field.
    pub pointer: Cow<'static, str>,
    /// The rule, for the caller.
    pub rule: &'static str,
}

impl TransferSettings {
    /// Every rule the settings break; empty when they may be stored.
    pub fn faults(&self) -> Vec<SettingsFault> {
        let lifecycle = &self.session_lifecycle;
        let ttl = &lifecycle.ttl_minutes;
        let (limits, warning, patience) = (&lifecycle.limits, &lifecycle.expiry_warning_seconds, &self.patience);
        let most_minutes = (MAX_TTL_MINUTES, "must be at most 43200 minutes (30 days)");
        let most_seconds = (MAX_TTL_MINUTES * 60, "must be at most 2592000 seconds (30 days)");
        let most_patience = (MAX_PATIENCE_SECONDS, "must be at most 345600 seconds (4 days)");
        let minutes = [
            ("/sessionLifecycle/ttlMinutes/chat", ttl.chat),
            ("/sessionLifecycle/ttlMinutes/messaging", ttl.messaging),
            ("/sessionLifecycle/ttlMinutes/email", ttl.email),
            ("/sessionLifecycle/ttlMinutes/campaign", ttl.campaign),
            ("/sessionLifecycle/ttlMinutes/voice", ttl.voice),
            ("/sessionLifecycle/endedRetentionMinutes", lifecycle.ended_retention_minutes),
            ("/sessionLifecycle/voiceStaleAfterMinutes", lifecycle.voice_stale_after_minutes),
            ("/sessionLifecycle/limits/pendingMinutes", limits.pending_minutes),
            ("/sessionLifecycle/limits/unconfirmedMinutes", limits.unconfirmed_minutes),
            ("/sessionLifecycle/limits/queuedMinutes", limits.queued_minutes),
            ("/sessionLifecycle/limits/firstReplyMinutes", limits.first_reply_minutes),
            ("/sessionLifecycle/limits/postAgentMinutes", limits.post_agent_minutes),
            ("/sessionLifecycle/limits/handbackMinutes", limits.handback_minutes),
        ];
        let seconds = [
            ("/sessionLifecycle/expiryWarningSeconds/chat", warning.chat),
            ("/sessionLifecycle/expiryWarningSeconds/messaging", warning.messaging),
            ("/sessionLifecycle/expiryWarningSeconds/email", warning.email),
            ("/sessionLifecycle/expiryWarningSeconds/campaign", warning.campaign),
            ("/sessionLifecycle/expiryWarningSeconds/voice", warning.voice),
        ];
        let patience = [
            ("/patience/openingSeconds", patience.opening_seconds),
            ("/patience/messagesSeconds", patience.messages_seconds),
            ("/patience/closingSeconds", patience.closing_seconds),
        ];
        let all = minutes.iter().map(|field| (field, most_minutes));
        let all = all.chain(seconds.iter().map(|field| (field, most_seconds)));
        let all = all.chain(patience.iter().map(|field| (field, most_patience)));
        let mut faults: Vec<_> = all
            .filter(|((_, value), (most, _))| value > most)
            .map(|((pointer, _), (_, rule))| SettingsFault { pointer: (*pointer).into(), rule })
            .collect();
        if limits.unconfirmed_minutes == 0 {
            let rule = "must be at least 1 minute";
            faults.push(SettingsFault { pointer: "/sessionLifecycle/limits/unconfirmedMinutes".into(), rule });
        }
        faults.extend(self.redaction.faults());
        faults
    }
}

/// The lifetime of one session, frozen at its creation: later settings do not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifetime {
    /// Minutes since the last message; 0 = never expires.
    pub ttl_minutes: u32,
    /// Minutes that an ended session is kept.
    pub retention_minutes: u32,
    /// Minutes without activity after which a session that never expires is stale; 0 = never.
    pub stale_after_minutes: u32,
    /// Seconds before the expiry at which it is announced; 0 = not at all.
    #[serde(default)]
    pub warning_seconds: u32,
    /// How long it may wait for something.
    #[serde(default)]
    pub limits: Limits,
    /// What its contact centre's configuration says of that.
    #[serde(default, skip_serializing_if = "Timers::is_unset")]
    pub timers: Timers,
}

impl Lifetime {
    /// What the settings mean for a channel, at a contact centre with timers of its own.
    pub fn of(settings: &SessionLifecycle, channel: Channel, timers: Timers) -> Self {
        Self {
            ttl_minutes: settings.ttl_minutes.of(channel),
            retention_minutes: settings.ended_retention_minutes,
            stale_after_minutes: settings.voice_stale_after_minutes,
            warning_seconds: settings.expiry_warning_seconds.of(channel),
            limits: settings.limits,
            timers,
        }
    }

    /// How long a session may stay in `post_agent`; `None` = without limit.
    pub(crate) fn in_post_agent(self) -> Option<TimeDelta> {
        let limit = || Some(self.limits.post_agent_minutes).filter(|limit| *limit > 0).map(|limit| limit * 60);
        self.timers.post_agent_seconds.or_else(limit).map(|seconds| TimeDelta::seconds(seconds.into()))
    }

    /// When a session with activity `now` expires; `None` = never.
    pub fn expiry_after_activity(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.ttl_minutes > 0).then(|| in_minutes(now, self.ttl_minutes))
    }

    /// When the record of a session that ends `now` is removed. One that nobody is shown any more stands until its
    /// conversation can have been closed.
    pub fn expiry_after_end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let kept = if self.keeps_nothing() { CLOSED_WITHIN_MINUTES } else { self.retention_minutes };
        in_minutes(now, kept)
    }

    /// Whether an ended session is shown to nobody.
    pub fn keeps_nothing(self) -> bool {
        self.retention_minutes == 0
    }

    /// How long before its expiry a session is announced; `None` = not at all. At most half of its time to live: what
    /// would be announced with each message tells nobody anything.
    pub fn warning(self) -> Option<TimeDelta> {
        let seconds = i64::from(self.warning_seconds).min(i64::from(self.ttl_minutes) * 30);
        (seconds > 0).then(|| TimeDelta::seconds(seconds))
    }
}

/// For how long the record of an ended session is needed by whoever closes its conversation.
const CLOSED_WITHIN_MINUTES: u32 = 10;

/// Whole seconds, because that is what DynamoDB's TTL attribute holds.
fn in_minutes(now: DateTime<Utc>, minutes: u32) -> DateTime<Utc> {
    now.trunc_subsecs(0) + TimeDelta::minutes(i64::from(minutes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_the_published_ones() {
        let ttl = TtlMinutes::default();
        let minutes: Vec<_> = Channel::ALL.iter().map(|channel| ttl.of(*channel)).collect();
        assert_eq!(minutes, [30, 30, 1440, 60, 0]);
        assert!(TransferSettings::default().faults().is_empty());
    }

    #[test]
    fn each_broken_rule_is_named_by_its_pointer() {
        let mut settings = TransferSettings::default();
        settings.session_lifecycle.ttl_minutes.email = MAX_TTL_MINUTES + 1;
        settings.session_lifecycle.expiry_warning_seconds.chat = MAX_TTL_MINUTES * 60 + 1;
        settings.session_lifecycle.limits.unconfirmed_minutes = 0;
        settings.patience.closing_seconds = MAX_PATIENCE_SECONDS + 1;
        let pointers: Vec<_> = settings.faults().into_iter().map(|fault| fault.pointer).collect();
        let wanted = [
            "/sessionLifecycle/ttlMinutes/email",
            "/sessionLifecycle/expiryWarningSeconds/chat",
            "/patience/closingSeconds",
            "/sessionLifecycle/limits/unconfirmedMinutes",
        ];
        assert_eq!(pointers, wanted);
    }

    #[test]
    fn what_is_just_allowed_is_allowed_and_one_more_is_not() {
        let faults = |change: fn(&mut TransferSettings)| {
            let mut settings = TransferSettings::default();
            change(&mut settings);
            settings.faults().len()
        };
        assert_eq!(faults(|it| it.session_lifecycle.ttl_minutes.chat = 43_200), 0);
        assert_eq!(faults(|it| it.session_lifecycle.ttl_minutes.chat = 43_201), 1);
        for (routing, fits) in [
            (json!({ "priority": 10 }), true),
            (json!({ "priority": 11 }), false),
            (json!({ "queue": "q".repeat(128) }), true),
            (json!({ "queue": "q".repeat(129) }), false),
            (json!({ "queue": "" }), false),
            (json!({ "queue": "two\nlines" }), false),
        ] {
            assert_eq!(serde_json::from_value::<DefaultRouting>(routing.clone()).is_ok(), fits, "{routing}");
        }
    }

    #[test]
    fn a_partial_document_keeps_the_other_defaults() {
        let settings: TransferSettings =
            serde_json::from_str(r#"{"sessionLifecycle":{"ttlMinutes":{"voice":90}}}"#).unwrap();
        assert_eq!(settings.session_lifecycle.ttl_minutes.voice, 90);
        assert_eq!(settings.session_lifecycle.ttl_minutes.chat, 30);
        assert!(serde_json::from_str::<TransferSettings>(r#"{"sesionLifecycle":{}}"#).is_err());
    }
}
