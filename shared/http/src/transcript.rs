//! Messages and timeline entries on the wire, as every route shows them.

use std::borrow::Cow;

use crate::{optional_time, time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use transfer_domain::{
    Attachment, Author, Cause, Delivery, Direction, Effect, Ignored, Message, Part, ReceiptState, Redacted, Reply,
    Session, SourceId, Status, TimelineEntry,
};

/// A message of a session.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Message))]
#[serde(rename_all = "camelCase")]
pub struct MessageRecord<'a> {
    /// Its place: what is accepted later has a higher one.
    sequence: u64,
    /// The sender's id of it.
    message_id: &'a SourceId,
    /// Which way it goes.
    direction: Direction,
    /// Who wrote it. A text is `provider` until it is known that a representative had joined before it.
    author: Author,
    /// What it says, verbatim.
    text: &'a str,
    /// Whether the text was too long to be kept whole.
    truncated: bool,
    /// What hangs on it.
    attachments: &'a [Attachment],
    /// Its parts in the order in which they are read. The text says all of them.
    content: Cow<'a, [Part]>,
    /// The option of an earlier message that the contact chose with it.
    #[cfg_attr(feature = "openapi", schema(required))]
    reply: Option<&'a Reply>,
    /// Whether it arrived.
    delivery: DeliveryState,
    /// Why it did not arrive.
    #[cfg_attr(feature = "openapi", schema(required))]
    failure: Option<&'a str>,
    /// How far a message of the contact centre came at the contact, as the caller told it.
    #[cfg_attr(feature = "openapi", schema(required))]
    receipt: Option<ReceiptState>,
    /// When it was told.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    receipt_at: Option<DateTime<Utc>>,
    /// What of it was replaced before it was kept, by the project's settings: how many of each kind.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, u32>))]
    redacted: &'a Redacted,
    /// Whether it came after the end of the session: kept and told, and nothing else follows.
    late: bool,
    /// When it was accepted here.
    #[serde(serialize_with = "time")]
    accepted_at: DateTime<Utc>,
    /// When it was sent, by the provider's clock.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    sent_at: Option<DateTime<Utc>>,
}

/// Whether a message arrived.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Delivery))]
#[serde(rename_all = "snake_case")]
enum DeliveryState {
    /// On its way to the provider.
    Pending,
    /// The provider has it.
    Delivered,
    /// The provider does not, or not surely, have it, and it is not tried again.
    Failed,
    /// It came from the contact centre.
    Received,
}

impl<'a> MessageRecord<'a> {
    /// The message as it is shown in this session, which tells who wrote it.
    pub fn of(message: &'a Message, session: &Session) -> Self {
        let (delivery, failure) = match &message.delivery {
            Delivery::Pending | Delivery::Attempted { .. } => (DeliveryState::Pending, None),
            Delivery::Delivered => (DeliveryState::Delivered, None),
            Delivery::Failed { reason } => (DeliveryState::Failed, Some(reason.as_str())),
            Delivery::Received => (DeliveryState::Received, None),
        };
        Self {
            sequence: message.sequence,
            message_id: &message.message_id,
            direction: message.direction,
            author: message.author_in(session),
            text: &message.text,
            truncated: message.truncated,
            attachments: &message.attachments,
            content: message.parts(),
            reply: message.reply.as_ref(),
            delivery,
            failure,
            receipt: message.receipt.map(|receipt| receipt.state),
            receipt_at: message.receipt.map(|receipt| receipt.at),
            redacted: &message.redacted,
            late: message.late,
            accepted_at: message.accepted_at,
            sent_at: message.sent_at,
        }
    }
}

/// What happened to a session, and whether it counted.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TimelineEntry))]
#[serde(rename_all = "camelCase")]
pub struct TimelineRecord<'a> {
    /// Its place: what is accepted later has a higher one, also where it happened earlier.
    sequence: u64,
    /// What happened, in the words of the events: `requested`, `queued`, `representative_joined` ….
    what: &'a str,
    /// When it happened.
    #[serde(serialize_with = "time")]
    occurred_at: DateTime<Utc>,
    /// Whether its sender told a time that cannot be, and `occurredAt` is the nearest one that can.
    time_adjusted: bool,
    /// When it arrived here.
    #[serde(serialize_with = "time")]
    received_at: DateTime<Utc>,
    /// Who or what made it happen.
    cause: Cause,
    /// More, for a person; never a message's text.
    #[cfg_attr(feature = "openapi", schema(required))]
    detail: Option<&'a str>,
    /// Whether it changed the session.
    applied: bool,
    /// Why it did not.
    #[cfg_attr(feature = "openapi", schema(required))]
    ignored_because: Option<Ignored>,
    /// How many times it happened in a row and in the same way; place and time are those of the last.
    times: u32,
    /// Where the session stood before it; null where it did not change that, or it is not known.
    #[cfg_attr(feature = "openapi", schema(required))]
    status_before: Option<Status>,
    /// Where it stood after it; null where it did not change that, or it is not known.
    #[cfg_attr(feature = "openapi", schema(required))]
    status_after: Option<Status>,
}

impl<'a> TimelineRecord<'a> {
    /// The entry as it is shown.
    pub fn of(entry: &'a TimelineEntry) -> Self {
        let ignored_because = match entry.effect {
            Effect::Applied => None,
            Effect::Ignored(why) => Some(why),
        };
        let moved = entry.moved();
        Self {
            sequence: entry.sequence,
            what: &entry.what,
            occurred_at: entry.occurred_at,
            time_adjusted: entry.time_adjusted,
            received_at: entry.received_at,
            cause: entry.cause,
            detail: entry.detail.as_deref(),
            applied: ignored_because.is_none(),
            ignored_because,
            times: entry.times,
            status_before: moved.and_then(|(before, _)| before),
            status_after: moved.map(|(_, after)| after),
        }
    }
}
