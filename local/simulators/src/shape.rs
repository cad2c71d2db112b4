//! Strict reading of JSON: what is required, of which type, and what to say when it is not so.

use serde_json::{Map, Value};

/// Why a body is refused, for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

fn refuse<T>(pointer: &str, problem: &str) -> Result<T, Refusal> {
    Err(Refusal(format!("{pointer} {problem}")))
}

/// A string that is there and not empty.
pub(crate) fn required_text<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    match optional_text(body, pointer)? {
        Some("") | None => refuse(pointer, "is required"),
        Some(text) => Ok(text),
    }
}

/// A string, if there; null counts as absent.
pub(crate) fn optional_text<'a>(body: &'a Value, pointer: &str) -> Result<Option<&'a str>, Refusal> {
    match present(body, pointer) {
        None => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some(text)),
            None => refuse(pointer, "must be a string"),
        },
    }
}

/// A boolean, if there.
pub(crate) fn optional_flag(body: &Value, pointer: &str) -> Result<Option<bool>, Refusal> {
    match present(body, pointer) {
        None => Ok(None),
        Some(value) => match value.as_bool() {
            Some(flag) => Ok(Some(flag)),
            None => refuse(pointer, "must be a boolean"),
        },
    }
}

/// An object, if there.
pub(crate) fn optional_object<'a>(body: &'a Value, pointer: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
    match present(body, pointer) {
        None => Ok(None),
        Some(value) => match value.as_object() {
            Some(object) => Ok(Some(object)),
            None => refuse(pointer, "must be an object"),
        },
    }
}

/// An object that is there.
pub(crate) fn required_object<'a>(body: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>, Refusal> {
    match optional_object(body, pointer)? {
        Some(object) => Ok(object),
        None => refuse(pointer, "is required"),
    }
}

/// An array, if there; empty when absent.
pub(crate) fn optional_list<'a>(body: &'a Value, pointer: &str) -> Result<&'a [Value], Refusal> {
    match present(body, pointer) {
        None => Ok(&[]),
        Some(value) => match value.as_array() {
            Some(list) => Ok(list),
            None => refuse(pointer, "must be an array"),
        },
    }
}

/// A string from a closed list.
pub(crate) fn required_choice<'a>(body: &'a Value, pointer: &str, choices: &[&str]) -> Result<&'a str, Refusal> {
    let text = required_text(body, pointer)?;
    if choices.contains(&text) { Ok(text) } else { refuse(pointer, &format!("must be one of {}", choices.join(", "))) }
}

/// The platform's transfer id: `[A-Za-z0-9_-]{1,64}`, no colon, no dot (`docs/contracts/README.md`, "Words").
pub(crate) fn transfer_id<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    let id = required_text(body, pointer)?;
    let fits = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits { Ok(id) } else { refuse(pointer, "must match [A-Za-z0-9_-]{1,64}") }
}

fn present<'a>(body: &'a Value, pointer: &str) -> Option<&'a Value> {
    body.pointer(pointer).filter(|it| !it.is_null())
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
        assert_eq!(required_text(&json!({"a": {"b": 1}}), "/a/b"), Err(Refusal("/a/b must be a string".to_owned())));
    }
}
