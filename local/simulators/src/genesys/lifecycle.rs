//! The wire form of lifecycle events.

use serde_json::{Value, json};

use crate::engine::rfc3339;

const TEMPLATE: &str = "v2.detail.events.conversation.{id}.";

/// Prefix of the kinds of lifecycle callbacks.
pub(super) const KIND: &str = "lifecycle.";

/// The topic template of a callback kind such as `lifecycle.acd.end`.
pub(super) fn detail_type(kind: &str) -> String {
    format!("{TEMPLATE}{}", kind.strip_prefix(KIND).unwrap_or(kind))
}

/// `eventBody.eventTime` of a detail.
pub(super) fn event_time(detail: &Value) -> i64 {
    detail.pointer("/eventBody/eventTime").and_then(Value::as_i64).unwrap_or_default()
}

/// The complete `detail` of an event.
pub(super) fn detail(topic: &str, conversation: &str, body: &Value, correlation: &str) -> Value {
    let at_ms = body.get("eventTime").and_then(Value::as_i64).unwrap_or_default();
    json!({
        "topicName": format!("{}{topic}", TEMPLATE.replace("{id}", conversation)),
        "version": "2",
        "eventBody": body,
        "metadata": { "CorrelationId": correlation },
        "timestamp": rfc3339(at_ms),
    })
}
