//! A message: what the sender gives, what the queue keeps, what the receiver gets.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// A message attribute; binary values are in base64, as on the wire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeValue {
    /// `String`, `Number` or `Binary`, with an optional suffix after a dot.
    pub data_type: String,
    /// The value of the first two types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// A message to be sent. Its `Debug` hides the body.
#[derive(Clone)]
pub struct NewMessage {
    /// The body, not empty.
    pub body: String,
    /// By name.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Required by FIFO queues.
    pub group: Option<String>,
    /// FIFO queues only.
    pub deduplication_id: Option<String>,
    /// Seconds, standard queues only; the queue's own delay where absent.
    pub delay: Option<u32>,
}

impl NewMessage {
    /// A body and nothing else.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), attributes: BTreeMap::new(), group: None, deduplication_id: None, delay: None }
    }

    /// With the ids a FIFO queue asks for.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>, deduplication_id: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self.deduplication_id = Some(deduplication_id.into());
        self
    }

    /// The bytes that count against the size limits.
    pub(crate) fn size(&self) -> usize {
        size(&self.body, &self.attributes)
    }
}

fn size(body: &str, attributes: &BTreeMap<String, AttributeValue>) -> usize {
    let attributes = attributes.iter().map(|(name, value)| {
        let text = |field: &Option<String>| field.as_ref().map_or(0, String::len);
        // Base64 takes four characters for three bytes.
        let binary = text(&value.binary_value) / 4 * 3;
        name.len() + value.data_type.len() + text(&value.string_value) + binary
    });
    body.len() + attributes.sum::<usize>()
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewMessage")
            .field("group", &self.group)
            .field("deduplication_id", &self.deduplication_id)
            .finish_non_exhaustive()
    }
}

/// What a queue answers to a send; the same again for a repeat within the deduplication window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id.
    pub message_id: String,
    /// FIFO queues only.
    pub sequence_number: Option<String>,
}

/// A message as the queue keeps it, and the journal with it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, AttributeValue>,
    pub(crate) group: Option<String>,
    pub(crate) deduplication_id: Option<String>,
    pub(crate) sequence: u64,
    pub(crate) sent_at: DateTime<Utc>,
    /// The end of the delay.
    pub(crate) available_at: DateTime<Utc>,
    pub(crate) receive_count: u32,
    pub(crate) first_received_at: Option<DateTime<Utc>>,
    /// The queue it was moved from, in a dead-letter queue.
    pub(crate) dead_letter_source: Option<String>,
    /// Not kept: after a restart nobody holds the message any more.
    #[serde(skip)]
    pub(crate) hidden_until: Option<DateTime<Utc>>,
}

impl Message {
    pub(crate) fn is_in_flight(&self, now: DateTime<Utc>) -> bool {
        self.hidden_until.is_some_and(|until| until > now)
    }

    pub(crate) fn size(&self) -> usize {
        size(&self.body, &self.attributes)
    }
}

/// A message in the hands of a receiver. Its `Debug` hides the body.
#[derive(Clone)]
pub struct ReceivedMessage {
    /// The same at every receive.
    pub message_id: String,
    /// Valid for this receive.
    pub receipt_handle: String,
    /// As it was sent.
    pub body: String,
    /// As they were sent.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When it was received for the first time.
    pub first_received_at: DateTime<Utc>,
    /// The message group.
    pub group: Option<String>,
    /// FIFO queues only.
    pub deduplication_id: Option<String>,
    /// FIFO queues only.
    pub sequence_number: Option<String>,
    /// The ARN of the queue it was moved from, in a dead-letter queue.
    pub dead_letter_source: Option<String>,
}

impl ReceivedMessage {
    /// The system attributes by their wire names.
    pub(crate) fn system_attributes(&self) -> BTreeMap<&'static str, String> {
        let sent = self.sent_at.timestamp_millis();
        let first = self.first_received_at.timestamp_millis();
        let mut attributes = BTreeMap::from([
            ("ApproximateReceiveCount", self.receive_count.to_string()),
            ("SentTimestamp", sent.to_string()),
            ("ApproximateFirstReceiveTimestamp", first.to_string()),
            ("SenderId", crate::ACCOUNT.to_owned()),
        ]);
        let optional = [
            ("MessageGroupId", &self.group),
            ("MessageDeduplicationId", &self.deduplication_id),
            ("SequenceNumber", &self.sequence_number),
            ("DeadLetterQueueSourceArn", &self.dead_letter_source),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                attributes.insert(name, value.clone());
            }
        }
        attributes
    }
}

impl fmt::Debug for ReceivedMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReceivedMessage")
            .field("message_id", &self.message_id)
            .field("receive_count", &self.receive_count)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AttributeValue").field("data_type", &self.data_type).finish_non_exhaustive()
    }
}

/// The checksum the protocol gives for a body.
pub(crate) fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body))
}

/// The checksum the protocol gives for message attributes: in the order of their names, each with
/// the lengths of its parts. `None` without attributes.
pub(crate) fn md5_of_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Option<String> {
    use base64::Engine;
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, value) in attributes {
        update(&mut digest, name.as_bytes());
        update(&mut digest, value.data_type.as_bytes());
        if let Some(text) = &value.string_value {
            digest.update([1]);
            update(&mut digest, text.as_bytes());
        } else if let Some(binary) = &value.binary_value {
            digest.update([2]);
            // Checked when the message was sent.
            let bytes = base64::engine::general_purpose::STANDARD.decode(binary);
            update(&mut digest, &bytes.unwrap_or_default());
        }
    }
    Some(hex::encode(digest.finalize()))
}

fn update(digest: &mut Md5, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(part);
}

/// `time` later by seconds; the end of time where that is out of range.
pub(crate) fn after(time: DateTime<Utc>, seconds: u32) -> DateTime<Utc> {
    time.checked_add_signed(TimeDelta::seconds(i64::from(seconds))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_a_body_is_its_md5() {
        assert_eq!(md5_of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn debug_of_messages_hides_what_people_wrote() {
        let message = NewMessage::new("private");
        assert!(!format!("{message:?}").contains("private"));
    }
}
