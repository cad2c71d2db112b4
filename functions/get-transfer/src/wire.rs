//! Messages and timeline entries on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use transfer_domain::{
    Attachment, Author, Cause, Delivery, Direction, Effect, Ignored, Message, ReceiptState, TimelineEntry,
};
use transfer_http::{optional_time, time};

/// A page, oldest first. `next` goes into `after` of the following request.
#[derive(Debug, Serialize)]
pub(crate) struct PageRecord<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageRecord<'a> {
    sequence: u64,
    message_id: &'a str,
    direction: Direction,
    author: Author,
    text: &'a str,
    truncated: bool,
    attachments: &'a [Attachment],
    delivery: &'static str,
    failure: Option<&'a str>,
    /// How far a message of the contact centre came at the contact, as the caller told it.
    receipt: Option<ReceiptState>,
    #[serde(serialize_with = "optional_time")]
    receipt_at: Option<DateTime<Utc>>,
    late: bool,
    #[serde(serialize_with = "time")]
    accepted_at: DateTime<Utc>,
    #[serde(serialize_with = "optional_time")]
    sent_at: Option<DateTime<Utc>>,
}

impl<'a> MessageRecord<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        let (delivery, failure) = match &message.delivery {
            Delivery::Pending | Delivery::Attempted { .. } => ("pending", None),
            Delivery::Delivered => ("delivered", None),
            Delivery::Failed { reason } => ("failed", Some(reason.as_str())),
            Delivery::Received => ("received", None),
        };
        Self {
            sequence: message.sequence,
            message_id: message.message_id.as_str(),
            direction: message.direction,
            author: message.author,
            text: &message.text,
            truncated: message.truncated,
            attachments: &message.attachments,
            delivery,
            failure,
            receipt: message.receipt.map(|receipt| receipt.state),
            receipt_at: message.receipt.map(|receipt| receipt.at),
            late: message.late,
            accepted_at: message.accepted_at,
            sent_at: message.sent_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimelineRecord<'a> {
    what: &'a str,
    #[serde(serialize_with = "time")]
    occurred_at: DateTime<Utc>,
    #[serde(serialize_with = "time")]
    received_at: DateTime<Utc>,
    cause: Cause,
    detail: Option<&'a str>,
    applied: bool,
    ignored_because: Option<Ignored>,
}

impl<'a> TimelineRecord<'a> {
    pub(crate) fn of(entry: &'a TimelineEntry) -> Self {
        let ignored_because = match entry.effect {
            Effect::Applied => None,
            Effect::Ignored(why) => Some(why),
        };
        Self {
            what: &entry.what,
            occurred_at: entry.occurred_at,
            received_at: entry.received_at,
            cause: entry.cause,
            detail: entry.detail.as_deref(),
            applied: ignored_because.is_none(),
            ignored_because,
        }
    }
}
