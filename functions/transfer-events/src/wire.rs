//! Events on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use transfer_domain::{EVENT_SOURCE, Envelope};
use transfer_http::time;

/// Events, oldest first. `next` goes into `after` of the following request, also where nothing was there.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct EventPage<'a> {
    /// Oldest first.
    pub(crate) items: Vec<EventRecord<'a>>,
    /// The `after` of the next request.
    pub(crate) next: String,
    /// Whether more events are there already.
    pub(crate) more: bool,
}

/// An event, as it is on the bus.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferEvent))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct EventRecord<'a> {
    /// `detail.eventId`: the same for every repetition of the event, whichever way it comes.
    id: &'a str,
    /// `agent-transfer`.
    source: &'static str,
    /// What happened, such as `transfer.queued`.
    detail_type: &'a str,
    /// When it happened.
    #[serde(serialize_with = "time")]
    time: DateTime<Utc>,
    /// What its schema in `events/schemas` says.
    detail: &'a Map<String, Value>,
}

impl<'a> EventRecord<'a> {
    pub(crate) fn of(event: &'a Envelope) -> Self {
        Self {
            id: event.event_id(),
            source: EVENT_SOURCE,
            detail_type: &event.detail_type,
            time: event.time,
            detail: &event.detail,
        }
    }
}
