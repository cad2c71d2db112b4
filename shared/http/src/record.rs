//! The session record as every route shows it.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use transfer_domain::{
    Aftermath, Alternative, Channel, EndKnownBy, EndReason, EndedBy, FallbackStep, HandBack, Instead, Metadata,
    Outcome, Priority, Provider, ProviderFacts, ProviderSessionId, Queue, QueueName, ReasonCode, Representative,
    Session, SessionId, Status, Tags, TransferRequest, Trigger, VoiceHeaders,
};
#[cfg(feature = "openapi")]
use transfer_domain::{AgentName, ContactId, ConversationSessionId, ProjectId, Tag};

use crate::VoiceRecord;

/// The complete record of a session on the wire. Secret provider state and internals are not in it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Transfer))]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord<'a> {
    /// The session.
    pub session_id: &'a SessionId,
    /// The tenant.
    #[cfg_attr(feature = "openapi", schema(value_type = ProjectId))]
    pub project_id: &'a str,
    /// The AI agent's conversation, as the caller named it.
    #[cfg_attr(feature = "openapi", schema(value_type = ConversationSessionId))]
    pub conversation_session_id: &'a str,
    /// The end user, as the caller named them.
    #[cfg_attr(feature = "openapi", schema(value_type = ContactId))]
    pub contact_id: &'a str,
    /// The AI agent that handed off.
    #[cfg_attr(feature = "openapi", schema(value_type = AgentName))]
    pub agent: &'a str,
    /// Where it goes.
    pub provider: Provider,
    /// Where the contact talks.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// The queue it is or was in.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub queue: Option<QueueRecord>,
    /// The human who is or was connected.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub representative: Option<Representative>,
    /// The provider's name of the conversation, once it told one.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub provider_session_id: Option<&'a ProviderSessionId>,
    /// 0 (lowest) to 10.
    pub priority: Priority,
    /// What made the agent hand off.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub trigger: Option<Trigger>,
    /// Why, as the caller's code.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason_code: Option<&'a ReasonCode>,
    /// The caller's tags, in the order of their letters.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Tag>))]
    pub tags: &'a Tags,
    /// Why, in the agent's words.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<&'a str>,
    /// What happened so far, in the agent's words.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub summary: Option<&'a str>,
    /// When it was requested.
    #[serde(serialize_with = "time")]
    pub created_at: DateTime<Utc>,
    /// When the record changed last.
    #[serde(serialize_with = "time")]
    pub updated_at: DateTime<Utc>,
    /// When a message was accepted last, in either direction.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last_message_at: Option<DateTime<Utc>>,
    /// When the status changed last.
    #[serde(serialize_with = "time")]
    pub status_changed_at: DateTime<Utc>,
    /// When it ended.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub end_reason: Option<EndReason>,
    /// Who ended it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ended_by: Option<EndedBy>,
    /// What became of it, once it has ended.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub outcome: Option<Outcome>,
    /// The session that it follows.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub predecessor_session_id: Option<&'a SessionId>,
    /// The session that follows it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub successor_session_id: Option<&'a SessionId>,
    /// What is done, without the caller, when it ends without having served the contact.
    pub fallback: Vec<FallbackRecord<'a>>,
    /// What the AI agent needs to go on, and whether its runtime has it; null while it goes on.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub handback: Option<HandBack>,
    /// What the AI agent can do instead, once the transfer ended without reaching anybody.
    pub alternatives: Vec<Alternative>,
    /// When it expires, or its record is removed once it has ended; null = never.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub expires_at: Option<DateTime<Utc>>,
    /// How long it has lasted, or lasted until its end.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub duration_seconds: i64,
    /// Whether somebody should look: a voice session that is silent for longer than the project's threshold.
    pub stale: bool,
    /// Whether it is unknown if the provider took the conversation.
    pub unconfirmed: bool,
    /// Its call; null if it is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub voice: Option<VoiceRecord<'a>>,
    /// Header lines that the runtime puts into the signalling of the call, so that whoever takes it finds the transfer; null
    /// if it is no call.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub voice_headers: Option<VoiceHeaders>,
    /// Who will tell of the end of the call; null if it is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub end_known_by: Option<EndKnownBy>,
    /// The caller's own data.
    #[cfg_attr(feature = "openapi", schema(value_type = Map<String, Value>))]
    pub metadata: &'a Metadata,
    /// What the provider told that may be shown.
    pub provider_data: Map<String, Value>,
    /// Rises with every change.
    pub version: u64,
}

/// A step of a fallback plan on the wire.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FallbackStep))]
#[serde(rename_all = "camelCase")]
pub struct FallbackRecord<'a> {
    /// For which outcomes.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Outcome>))]
    pub on: &'a BTreeSet<Outcome>,
    /// Where it asks again; null = at the same contact centre.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub provider: Option<Provider>,
    /// The queue there; null = the project's default.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub queue: Option<&'a QueueName>,
    /// Whether the AI agent goes on instead.
    pub continue_with_agent: bool,
}

impl<'a> FallbackRecord<'a> {
    fn of(step: &'a FallbackStep) -> Self {
        let (provider, queue) = match &step.instead {
            Instead::Transfer { provider, queue } => (*provider, queue.as_ref()),
            Instead::ContinueWithAgent => (None, None),
        };
        let continue_with_agent = step.instead == Instead::ContinueWithAgent;
        Self { on: &step.on, provider, queue, continue_with_agent }
    }
}

/// A queue on the wire.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Queue))]
#[serde(rename_all = "camelCase")]
pub struct QueueRecord {
    /// Its name.
    pub name: String,
    /// The contact's place in it, from 1.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub position: Option<u32>,
    /// How long the provider expects the contact to wait.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub estimated_wait_seconds: Option<u32>,
}

impl From<Queue> for QueueRecord {
    fn from(queue: Queue) -> Self {
        Self { name: queue.name, position: queue.position, estimated_wait_seconds: queue.estimated_wait_seconds }
    }
}

impl<'a> SessionRecord<'a> {
    /// The record as it stands now.
    pub fn of(session: &'a Session, facts: &ProviderFacts, request: &'a TransferRequest, now: DateTime<Utc>) -> Self {
        Self {
            session_id: &session.session_id,
            project_id: session.project_id.as_str(),
            conversation_session_id: session.session_id.conversation.as_str(),
            contact_id: session.contact_id.as_str(),
            agent: session.agent.as_str(),
            provider: session.provider,
            channel: session.channel(),
            status: session.status(),
            queue: Some(session.queue().into()),
            representative: session.representative(),
            provider_session_id: session.provider_session_id(),
            priority: session.priority,
            trigger: session.labels.trigger,
            reason_code: session.labels.reason_code.as_ref(),
            tags: &session.labels.tags,
            reason: request.reason.as_deref(),
            summary: request.summary.as_deref(),
            created_at: session.created_at,
            updated_at: session.updated_at,
            last_message_at: session.last_message_at,
            status_changed_at: session.status_changed_at(),
            ended_at: session.end().map(|end| end.at),
            end_reason: session.end().map(|end| end.reason),
            ended_by: session.end().map(|end| end.by),
            outcome: session.outcome(),
            predecessor_session_id: request.predecessor.as_ref().map(|it| &it.session_id),
            successor_session_id: session.successor.as_ref(),
            fallback: request.fallback.steps().iter().map(FallbackRecord::of).collect(),
            handback: HandBack::of(session, &Aftermath::of(facts, request)),
            alternatives: session.alternatives(),
            expires_at: session.expires_at,
            duration_seconds: session.duration(now).num_seconds(),
            stale: session.is_stale(now),
            unconfirmed: session.is_unconfirmed(),
            voice: VoiceRecord::of(session, request),
            voice_headers: session.voice_headers(),
            end_known_by: session.end_known_by(),
            metadata: &request.metadata,
            provider_data: facts.data.values(),
            version: session.version,
        }
    }
}

/// RFC 3339 in UTC, to the millisecond: how every time stands on the wire.
pub fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// [`time`], or `null`.
pub fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}
