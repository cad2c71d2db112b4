//! The session record as every route shows it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use transfer_domain::{
    Alternative, Channel, EndReason, EndedBy, Provider, ProviderSessionId, Queue, Representative, Session, SessionId,
    Status, Trigger,
};

/// The complete record of a session on the wire. Secret provider state and internals are not in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the session's, under the same names")]
pub struct SessionRecord<'a> {
    pub session_id: &'a SessionId,
    pub project_id: &'a str,
    pub conversation_session_id: &'a str,
    pub contact_id: &'a str,
    pub agent: &'a str,
    pub provider: Provider,
    pub channel: Channel,
    pub status: Status,
    pub queue: Option<QueueRecord<'a>>,
    pub representative: Option<&'a Representative>,
    pub provider_session_id: Option<&'a ProviderSessionId>,
    pub priority: u8,
    pub trigger: Option<Trigger>,
    pub reason: Option<&'a str>,
    pub summary: Option<&'a str>,
    #[serde(serialize_with = "time")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "time")]
    pub updated_at: DateTime<Utc>,
    #[serde(serialize_with = "optional_time")]
    pub last_message_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "time")]
    pub status_changed_at: DateTime<Utc>,
    #[serde(serialize_with = "optional_time")]
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<EndReason>,
    pub ended_by: Option<EndedBy>,
    pub alternatives: Vec<Alternative>,
    #[serde(serialize_with = "optional_time")]
    pub expires_at: Option<DateTime<Utc>>,
    pub duration_seconds: i64,
    pub stale: bool,
    /// Whether it is unknown if the provider took the conversation.
    pub unconfirmed: bool,
    pub metadata: &'a Map<String, Value>,
    pub provider_data: &'a Map<String, Value>,
    pub version: u64,
}

/// A queue on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the queue's, under the same names")]
pub struct QueueRecord<'a> {
    pub name: &'a str,
    pub position: Option<u32>,
    pub estimated_wait_seconds: Option<u32>,
}

impl<'a> From<&'a Queue> for QueueRecord<'a> {
    fn from(queue: &'a Queue) -> Self {
        Self { name: &queue.name, position: queue.position, estimated_wait_seconds: queue.estimated_wait_seconds }
    }
}

impl<'a> SessionRecord<'a> {
    /// The record as it stands now.
    pub fn of(session: &'a Session, now: DateTime<Utc>) -> Self {
        Self {
            session_id: &session.session_id,
            project_id: session.project_id.as_str(),
            conversation_session_id: session.session_id.conversation.as_str(),
            contact_id: session.contact_id.as_str(),
            agent: session.agent.as_str(),
            provider: session.provider,
            channel: session.channel(),
            status: session.status,
            queue: session.queue.as_ref().map(QueueRecord::from),
            representative: session.representative.as_ref(),
            provider_session_id: session.provider_session_id.as_ref(),
            priority: session.priority,
            trigger: session.trigger,
            reason: session.reason.as_deref(),
            summary: session.summary.as_deref(),
            created_at: session.created_at,
            updated_at: session.updated_at,
            last_message_at: session.last_message_at,
            status_changed_at: session.status_changed_at,
            ended_at: session.end.as_ref().map(|end| end.at),
            end_reason: session.end.as_ref().map(|end| end.reason),
            ended_by: session.end.as_ref().map(|end| end.by),
            alternatives: session.alternatives(),
            expires_at: session.expires_at,
            duration_seconds: session.duration(now).num_seconds(),
            stale: session.is_stale(now),
            unconfirmed: session.is_unconfirmed(),
            metadata: &session.metadata,
            provider_data: &session.provider_data,
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
