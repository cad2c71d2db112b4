//! Received messages in the form an SQS event source mapping hands to a function.

use serde_json::{Map, Value, json};

use super::message::{AttributeValue, ReceivedMessage, md5_of_attributes, md5_of_body};
use crate::REGION;

/// The whole event, with one record a message.
pub(crate) fn render(queue_arn: &str, messages: &[ReceivedMessage]) -> Value {
    let records: Vec<Value> = messages.iter().map(|message| record(queue_arn, message)).collect();
    json!({ "Records": records })
}

fn record(queue_arn: &str, message: &ReceivedMessage) -> Value {
    let attributes: Map<String, Value> =
        message.attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.system_attributes(),
        "messageAttributes": attributes,
        "md5OfBody": md5_of_body(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    });
    if let (Some(checksum), Some(fields)) = (md5_of_attributes(&message.attributes), record.as_object_mut()) {
        fields.insert("md5OfMessageAttributes".to_owned(), checksum.into());
    }
    record
}

fn attribute(value: &AttributeValue) -> Value {
    let mut fields = json!({
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.data_type,
    });
    if let Some(object) = fields.as_object_mut() {
        if let Some(text) = &value.string_value {
            object.insert("stringValue".to_owned(), text.clone().into());
        }
        if let Some(binary) = &value.binary_value {
            object.insert("binaryValue".to_owned(), binary.clone().into());
        }
    }
    fields
}
