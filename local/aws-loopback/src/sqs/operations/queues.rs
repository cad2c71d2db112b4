//! `CreateQueue`, `ListQueues`, `GetQueueUrl`, `GetQueueAttributes`, `DeleteQueue`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::addressed;
use crate::ACCOUNT;
use crate::error::AwsError;
use crate::page::{Cut, page};
use crate::sqs::settings::ATTRIBUTE_NAMES;
use crate::sqs::{Sqs, refusal};

/// The largest page of queues.
const MAX_RESULTS: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UrlInput {
    queue_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributesInput {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    queue_name_prefix: Option<String>,
    #[serde(flatten)]
    cut: Cut,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    queue_url: Option<String>,
}

/// Creating the same queue again answers its URL; with other attributes it is refused.
pub(super) fn create(sqs: &Sqs, input: &CreateInput, host: &str) -> Result<Value, AwsError> {
    let name = input.queue_name.as_deref().ok_or_else(|| refusal::missing("QueueName"))?;
    sqs.create(name, &input.attributes)?;
    Ok(json!({ "QueueUrl": url(host, name) }))
}

pub(super) fn list(sqs: &Sqs, input: &ListInput, host: &str) -> Result<Value, AwsError> {
    let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
    let names = sqs.names();
    let fitting = names.iter().filter(|name| name.starts_with(prefix));
    let refused = |name: &str| refusal::parameter(format!("Value for parameter {name} is invalid."));
    let limit = input.cut.limit(MAX_RESULTS).ok_or_else(|| refused("MaxResults"))?;
    let page = page(fitting, String::as_str, limit, &input.cut).ok_or_else(|| refused("NextToken"))?;
    let urls: Vec<String> = page.items.into_iter().map(|name| url(host, name)).collect();
    if urls.is_empty() {
        return Ok(json!({}));
    }
    Ok(page.next.into_answer(json!({ "QueueUrls": urls })))
}

/// Unlike on AWS, a queue of the same name can be made at once.
pub(super) fn delete(sqs: &Sqs, input: &DeleteInput) -> Result<Value, AwsError> {
    let queue = addressed(sqs, input.queue_url.as_deref())?;
    sqs.delete(queue.name())?;
    Ok(json!({}))
}

pub(super) fn get_url(sqs: &Sqs, input: &UrlInput, host: &str) -> Result<Value, AwsError> {
    let name = input.queue_name.as_deref().ok_or_else(|| refusal::missing("QueueName"))?;
    sqs.queue(name)?;
    Ok(json!({ "QueueUrl": url(host, name) }))
}

pub(super) fn get_attributes(sqs: &Sqs, input: &AttributesInput) -> Result<Value, AwsError> {
    let handle = addressed(sqs, input.queue_url.as_deref())?;
    if let Some(unknown) = input.attribute_names.iter().find(|name| !ATTRIBUTE_NAMES.contains(&name.as_str())) {
        return Err(refusal::attribute_name(unknown));
    }
    let counts = handle.counts()?;
    let mut attributes = sqs.read(handle.name(), |queue| queue.settings.attributes(&queue.name))?;
    attributes.extend([
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
    ]);
    let asked = |name: &str| input.attribute_names.iter().any(|asked| asked == "All" || asked == name);
    attributes.retain(|name, _| asked(name));
    Ok(json!({ "Attributes": attributes }))
}

fn url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}
