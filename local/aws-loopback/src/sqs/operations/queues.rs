//! `CreateQueue`, `GetQueueUrl`, `GetQueueAttributes`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::addressed;
use crate::ACCOUNT;
use crate::error::AwsError;
use crate::sqs::{QueueSettings, Sqs, refusal};

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

/// Creating the same queue again answers its URL; with other attributes it is refused.
pub(super) fn create(sqs: &Sqs, input: CreateInput, host: &str) -> Result<Value, AwsError> {
    let name = input.queue_name.ok_or_else(|| refusal::missing("QueueName"))?;
    let settings = QueueSettings::from_attributes(&input.attributes)?;
    match sqs.read(&name, |queue| queue.settings == settings) {
        Ok(true) => {}
        Ok(false) => return Err(refusal::queue_exists(&name)),
        Err(_absent) => {
            sqs.declare(&name, settings)?;
        }
    }
    Ok(json!({ "QueueUrl": url(host, &name) }))
}

pub(super) fn get_url(sqs: &Sqs, input: &UrlInput, host: &str) -> Result<Value, AwsError> {
    let name = input.queue_name.as_deref().ok_or_else(|| refusal::missing("QueueName"))?;
    sqs.queue(name)?;
    Ok(json!({ "QueueUrl": url(host, name) }))
}

pub(super) fn get_attributes(sqs: &Sqs, input: &AttributesInput) -> Result<Value, AwsError> {
    let handle = addressed(sqs, input.queue_url.as_deref())?;
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
