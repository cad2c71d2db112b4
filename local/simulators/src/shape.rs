//! Strict reading of JSON: what is required, of which type, and what to say when it is not so.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::{Map, Value};

/// Why a request is refused: with which status, with which code of the provider, and for which reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) status: u16,
    /// The provider's own code, where it has codes beside statuses.
    pub(crate) code: u32,
    pub(crate) problem: String,
    /// The conversation that it is about.
    pub(crate) conversation: Option<String>,
}

impl Refusal {
    /// The same under a code of the provider.
    pub(crate) fn coded(self, code: u32) -> Self {
        Self { code, ..self }
    }

    /// The same, about a conversation.
    pub(crate) fn about(self, conversation: &str) -> Self {
        Self { conversation: Some(conversation.to_owned()), ..self }
    }
}

/// A refusal whose code is its status.
pub(crate) fn refuse(status: u16, problem: impl Into<String>) -> Refusal {
    Refusal { status, code: u32::from(status), problem: problem.into(), conversation: None }
}

/// A refusal of what a field says.
pub(crate) fn bad(problem: impl Into<String>) -> Refusal {
    refuse(400, problem)
}

/// A value, if there, as what `read` makes of it; null counts as absent.
fn optional<'a, T>(
    body: &'a Value,
    pointer: &str,
    kind: &str,
    read: impl FnOnce(&'a Value) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    match body.pointer(pointer).filter(|it| !it.is_null()) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| bad(format!("{pointer} must be {kind}"))),
    }
}

fn required<T>(value: Option<T>, pointer: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| bad(format!("{pointer} is required")))
}

/// A string, if there.
pub(crate) fn optional_text<'a>(body: &'a Value, pointer: &str) -> Result<Option<&'a str>, Refusal> {
    optional(body, pointer, "a string", Value::as_str)
}

/// Strings, where they are there.
pub(crate) fn optional_texts(body: &Value, under: &str, fields: &[&str]) -> Result<(), Refusal> {
    fields.iter().try_for_each(|field| optional_text(body, &format!("{under}/{field}")).map(drop))
}

/// A string that is there and not empty.
pub(crate) fn required_text<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    required(optional_text(body, pointer)?.filter(|it| !it.is_empty()), pointer)
}

/// A boolean, if there.
pub(crate) fn optional_flag(body: &Value, pointer: &str) -> Result<Option<bool>, Refusal> {
    optional(body, pointer, "a boolean", Value::as_bool)
}

/// A boolean that is there.
pub(crate) fn required_flag(body: &Value, pointer: &str) -> Result<bool, Refusal> {
    required(optional_flag(body, pointer)?, pointer)
}

/// An object, if there.
pub(crate) fn optional_object<'a>(body: &'a Value, pointer: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
    optional(body, pointer, "an object", Value::as_object)
}

/// An object that is there.
pub(crate) fn required_object<'a>(body: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>, Refusal> {
    required(optional_object(body, pointer)?, pointer)
}

/// The strings of an object, if there; empty when absent.
pub(crate) fn strings(body: &Value, pointer: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let read = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(bad(format!("{pointer}/{name} must be a string"))),
    };
    optional_object(body, pointer)?.into_iter().flatten().map(read).collect()
}

/// The values of an object, if there, each as a text.
pub(crate) fn values(body: &Value, pointer: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = optional_object(body, pointer)?.into_iter().flatten();
    Ok(fields.map(|(name, value)| (name.clone(), text(value))).collect())
}

/// An array, if there; empty when absent.
pub(crate) fn optional_list<'a>(body: &'a Value, pointer: &str) -> Result<&'a [Value], Refusal> {
    Ok(optional(body, pointer, "an array", Value::as_array)?.map_or(&[], Vec::as_slice))
}

/// An array that is there and not empty.
pub(crate) fn required_list<'a>(body: &'a Value, pointer: &str) -> Result<&'a [Value], Refusal> {
    required(Some(optional_list(body, pointer)?).filter(|it| !it.is_empty()), pointer)
}

/// A string from a closed list.
pub(crate) fn required_choice<'a>(body: &'a Value, pointer: &str, choices: &[&str]) -> Result<&'a str, Refusal> {
    let text = required_text(body, pointer)?;
    let refusal = || bad(format!("{pointer} must be one of {}", choices.join(", ")));
    Some(text).filter(|it| choices.contains(it)).ok_or_else(refusal)
}

/// A time of RFC 3339 as sent; `kind` is what the provider calls it.
pub(crate) fn required_time<'a>(body: &'a Value, pointer: &str, kind: &str) -> Result<&'a str, Refusal> {
    let time = required_text(body, pointer)?;
    DateTime::parse_from_rfc3339(time).map(|_| time).map_err(|_| bad(format!("{pointer} must be {kind}")))
}

/// The platform's transfer id: `[A-Za-z0-9_-]{1,64}`, no colon, no dot (`docs/contracts/README.md`, "Words").
pub(crate) fn transfer_id<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    let id = required_text(body, pointer)?;
    let fits = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits { Ok(id) } else { Err(bad(format!("{pointer} must match [A-Za-z0-9_-]{{1,64}}"))) }
}

/// An object with further fields; those that are null are left out.
pub(crate) fn with(mut value: Value, fields: Value) -> Value {
    if let (Some(value), Value::Object(fields)) = (value.as_object_mut(), fields) {
        value.extend(fields.into_iter().filter(|(_, it)| !it.is_null()));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_with_a_colon_or_a_dot_or_65_characters_are_refused() {
        let long = "x".repeat(65);
        for id in ["a:b", "a.b", "", &long] {
            assert!(transfer_id(&json!({ "id": id }), "/id").is_err(), "{id}");
        }
        assert!(transfer_id(&json!({ "id": "x".repeat(64) }), "/id").is_ok());
    }

    #[test]
    fn the_refusal_names_the_field() {
        assert_eq!(required_text(&json!({"a": {"b": 1}}), "/a/b"), Err(bad("/a/b must be a string")));
    }
}
