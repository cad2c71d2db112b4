//! `SendMessage`, `SendMessageBatch`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{addressed, batch as batches};
use crate::error::AwsError;
use crate::sqs::message::{md5_of_attributes, md5_of_body};
use crate::sqs::settings::MAX_MESSAGE_BYTES;
use crate::sqs::{AttributeValue, NewMessage, QueueHandle, Sqs, refusal};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendInput {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: MessageInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<EntryInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryInput {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    message: MessageInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageInput {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<u32>,
    #[serde(default)]
    message_attributes: BTreeMap<String, AttributeValue>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, AttributeValue>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

pub(super) fn one(sqs: &Sqs, input: SendInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    send(&queue, input.message.try_into()?).map(Value::Object)
}

pub(super) fn batch(sqs: &Sqs, input: BatchInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    batches::check_ids(input.entries.iter().map(|entry| entry.id.as_str()))?;
    sqs.faults().check_batch(input.entries.iter().map(|entry| entry.message.message_body.as_str()))?;
    let entries: Vec<(String, Result<NewMessage, AwsError>)> =
        input.entries.into_iter().map(|entry| (entry.id, entry.message.try_into())).collect();
    let messages = entries.iter().filter_map(|(_, message)| message.as_ref().ok());
    let total: usize = messages.map(NewMessage::size).sum();
    if total > MAX_MESSAGE_BYTES as usize {
        return Err(refusal::batch_too_long());
    }
    let results = entries
        .into_iter()
        .map(|(id, message)| {
            let faults = sqs.faults();
            let sent = faults.check_entry().and(message).and_then(|message| {
                faults.check_content(&message.body)?;
                send(&queue, message)
            });
            (id, sent)
        })
        .collect();
    Ok(batches::answer(results))
}

/// Sends and describes: the checksums are of what arrived.
fn send(queue: &QueueHandle, message: NewMessage) -> Result<Map<String, Value>, AwsError> {
    let body_checksum = md5_of_body(&message.body);
    let attributes_checksum = md5_of_attributes(&message.attributes);
    let sent = queue.send(message)?;
    let fields = [
        ("MessageId", Some(sent.message_id)),
        ("MD5OfMessageBody", Some(body_checksum)),
        ("MD5OfMessageAttributes", attributes_checksum),
        ("SequenceNumber", sent.sequence_number),
    ];
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect())
}

impl TryFrom<MessageInput> for NewMessage {
    type Error = AwsError;

    fn try_from(input: MessageInput) -> Result<Self, AwsError> {
        if !input.message_system_attributes.is_empty() {
            return Err(refusal::parameter("Message system attributes are not offered here."));
        }
        Ok(Self {
            body: input.message_body,
            attributes: input.message_attributes,
            group: input.message_group_id,
            deduplication_id: input.message_deduplication_id,
            delay: input.delay_seconds,
        })
    }
}
