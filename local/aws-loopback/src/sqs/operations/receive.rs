//! `ReceiveMessage`, `DeleteMessage`, `DeleteMessageBatch`, `ChangeMessageVisibility`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use super::{addressed, batch as batches};
use crate::error::AwsError;
use crate::sqs::message::{md5_of_attributes, md5_of_body};
use crate::sqs::settings::{MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS};
use crate::sqs::{AttributeValue, QueueHandle, ReceivedMessage, Sqs, refusal};

const MAX_MESSAGES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveInput {
    queue_url: Option<String>,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u32>,
    wait_time_seconds: Option<u32>,
    /// The older name of the system attributes.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteBatchInput {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<DeleteEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteEntry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityInput {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<u32>,
}

pub(super) async fn receive(sqs: &Sqs, mut input: ReceiveInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    let max = input.max_number_of_messages.unwrap_or(1);
    if !(1..=MAX_MESSAGES).contains(&max) {
        return Err(refusal::parameter(
            "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and \
             10, if provided.",
        ));
    }
    check_range("VisibilityTimeout", input.visibility_timeout, MAX_VISIBILITY_SECONDS)?;
    check_range("WaitTimeSeconds", input.wait_time_seconds, MAX_WAIT_SECONDS)?;
    let default_wait = sqs.read(queue.name(), |queue| queue.settings.receive_wait)?;
    let wait = input.wait_time_seconds.unwrap_or(default_wait);
    let messages = poll(sqs, &queue, max, input.visibility_timeout, wait).await?;
    let asked = &mut input.message_system_attribute_names;
    asked.append(&mut input.attribute_names);
    let messages: Vec<Value> =
        messages.iter().map(|message| describe(message, asked, &input.message_attribute_names)).collect();
    if messages.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({ "Messages": messages }))
}

/// Receives at once, or as soon as there is something within `wait` seconds.
async fn poll(
    sqs: &Sqs,
    queue: &QueueHandle,
    max: usize,
    visibility: Option<u32>,
    wait: u32,
) -> Result<Vec<ReceivedMessage>, AwsError> {
    let deadline = Instant::now() + Duration::from_secs(wait.into());
    let mut closing = sqs.closing.subscribe();
    loop {
        let messages = queue.receive_hidden_for(max, visibility)?;
        if !messages.is_empty() || wait == 0 {
            return Ok(messages);
        }
        let ready = tokio::select! {
            ready = timeout_at(deadline, queue.ready()) => ready,
            // An error means that the service is gone, which ends the wait just the same.
            _ = closing.wait_for(|closing| *closing) => return Ok(messages),
        };
        match ready {
            Ok(outcome) => outcome?,
            Err(_elapsed) => return Ok(messages),
        }
    }
}

fn describe(message: &ReceivedMessage, system: &[String], names: &[String]) -> Value {
    let all_system = system.iter().any(|name| name == "All");
    let mut attributes = message.system_attributes();
    attributes.retain(|name, _| all_system || system.iter().any(|asked| asked == name));
    let wanted: BTreeMap<String, AttributeValue> = message
        .attributes
        .iter()
        .filter(|(name, _)| names.iter().any(|asked| covers(asked, name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut fields = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": md5_of_body(&message.body),
        "Body": message.body,
        "Attributes": attributes,
    });
    if let (Some(checksum), Some(fields)) = (md5_of_attributes(&wanted), fields.as_object_mut()) {
        fields.insert("MD5OfMessageAttributes".to_owned(), checksum.into());
        fields.insert("MessageAttributes".to_owned(), json!(wanted));
    }
    fields
}

/// `All`, `.*`, `prefix.*` or the name itself.
fn covers(asked: &str, name: &str) -> bool {
    asked == "All" || asked == name || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
}

pub(super) fn delete(sqs: &Sqs, input: &DeleteInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    queue.delete(required(input.receipt_handle.as_deref())?)?;
    Ok(json!({}))
}

pub(super) fn delete_batch(sqs: &Sqs, input: DeleteBatchInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    batches::check_ids(input.entries.iter().map(|entry| entry.id.as_str()))?;
    let results = input
        .entries
        .into_iter()
        .map(|entry| {
            let deleted = sqs.faults().check_entry().and_then(|()| queue.delete(&entry.receipt_handle));
            (entry.id, deleted.map(|()| Map::new()))
        })
        .collect();
    Ok(batches::answer(results))
}

pub(super) fn change_visibility(sqs: &Sqs, input: &VisibilityInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    let handle = required(input.receipt_handle.as_deref())?;
    let seconds = input.visibility_timeout.ok_or_else(|| refusal::missing("VisibilityTimeout"))?;
    check_range("VisibilityTimeout", Some(seconds), MAX_VISIBILITY_SECONDS)?;
    queue.release(handle, Duration::from_secs(seconds.into()))?;
    Ok(json!({}))
}

fn required(handle: Option<&str>) -> Result<&str, AwsError> {
    handle.ok_or_else(|| refusal::missing("ReceiptHandle"))
}

fn check_range(name: &str, value: Option<u32>, maximum: u32) -> Result<(), AwsError> {
    if value.is_none_or(|value| value <= maximum) {
        return Ok(());
    }
    Err(refusal::parameter(format!(
        "Value for parameter {name} is invalid. Reason: Must be >= 0 and <= {maximum}, if provided."
    )))
}
