//! Deliveries on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use transfer_domain::{NoticeRecord, NoticeState, SessionId};
use transfer_http::{optional_time, time};

/// What became of events at an endpoint, the newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventDeliveryPage))]
pub(crate) struct DeliveryPage<'a> {
    /// Newest first; with `state` possibly none where more follows.
    pub(crate) items: Vec<DeliveryRecord<'a>>,
    /// The `after` of the next page; null after the last.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub(crate) next: Option<&'a str>,
}

/// What became of an event at an endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventDelivery))]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRecord<'a> {
    /// Its id.
    delivery_id: &'a str,
    /// The event's id, as in the event.
    event_id: &'a str,
    /// What happened, such as `transfer.queued`.
    event_type: &'a str,
    /// The session that it is of; null if it is of none.
    #[cfg_attr(feature = "openapi", schema(required))]
    session_id: Option<&'a SessionId>,
    /// What became of it.
    state: NoticeState,
    /// How often it was sent.
    attempts: u32,
    /// When it was sent first.
    #[serde(serialize_with = "time")]
    first_attempt_at: DateTime<Utc>,
    /// When it was sent last.
    #[serde(serialize_with = "time")]
    last_attempt_at: DateTime<Utc>,
    /// When it is sent again; null if it is not.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    next_attempt_at: Option<DateTime<Utc>>,
    /// The status that it was answered with last; null if there was no answer.
    #[cfg_attr(feature = "openapi", schema(required))]
    status: Option<u16>,
    /// Why it did not arrive.
    #[cfg_attr(feature = "openapi", schema(required))]
    error: Option<&'a str>,
}

impl<'a> DeliveryRecord<'a> {
    pub(crate) fn of(record: &'a NoticeRecord) -> Self {
        Self {
            delivery_id: &record.notice_id,
            event_id: &record.event_id,
            event_type: &record.detail_type,
            session_id: record.session_id.as_ref(),
            state: record.state,
            attempts: record.attempts,
            first_attempt_at: record.first_at,
            last_attempt_at: record.last_at,
            next_attempt_at: record.next_at,
            status: record.status,
            error: record.error.as_deref(),
        }
    }
}

/// Something is on its way to an endpoint.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventDeliveryQueued))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queued<'a> {
    /// Under this id it is found among the deliveries as soon as it was sent.
    pub(crate) delivery_id: &'a str,
}

/// Which events are to be sent again: those of a session, or those of a time.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ReplayEvents))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReplayBody {
    /// The session.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SessionId>))]
    pub(crate) session_id: Option<String>,
    /// From when on they happened.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Before when they happened.
    pub(crate) until: Option<DateTime<Utc>>,
    /// `next` of the answer before.
    pub(crate) after: Option<String>,
}

/// What is sent again.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ReplayedEvents))]
pub(crate) struct ReplayRecord<'a> {
    /// How many events.
    pub(crate) events: usize,
    /// The `after` of the next request; null if that is all.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub(crate) next: Option<&'a str>,
}
