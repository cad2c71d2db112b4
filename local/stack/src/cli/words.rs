//! An event of the bus in the words that matter to a person.

use serde_json::Value;

/// What an event says beside its kind; empty if that is all.
pub(super) fn of(event: &Value) -> String {
    let word = |pointer: &str| text(event, &format!("/detail{pointer}"));
    match kind(event) {
        "message.received" => {
            let named = word("/representative/name");
            let author = word("/message/author");
            let author = if author == "representative" && !named.is_empty() { named } else { author };
            format!("{author}: {}", word("/message/text"))
        }
        "transfer.representative_joined" => {
            let name = word("/representative/name");
            format!("status {}, {}", word("/status"), if name.is_empty() { "without a name" } else { name })
        }
        "transfer.ended" | "transfer.expired" => {
            format!("reason {}, ended by {}", word("/endReason"), word("/endedBy"))
        }
        "message.delivered" => word("/messageId").to_owned(),
        "message.failed" => format!("{}: {}", word("/messageId"), word("/reason")),
        "integration.state_changed" => format!("{} is {}", word("/provider"), word("/state")),
        kind if kind.starts_with("transfer.") => format!("status {}", word("/status")),
        _ => String::new(),
    }
}

/// The detail type of an event.
pub(super) fn kind(event: &Value) -> &str {
    text(event, "/detail-type")
}

/// A text at a place of a JSON document; empty if there is none.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
