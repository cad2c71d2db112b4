//! Fields as senders write them who mean nothing by them: a blank or `null` is nobody, no name, no list; an id may be a
//! number, and a number a text of one.

use std::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use transfer_domain::strict::Strict;

/// A name or another text; a blank is none.
pub(super) fn name<'de, D: Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(field)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("must be a text"))
        }
    }
}

/// An id; a blank is none.
pub(super) fn id<'de, D: Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(field)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(D::Error::custom("must be a text")),
    }
}

/// A whole number.
pub(super) fn number<'de, D: Deserializer<'de>, N: FromStr>(field: D) -> Result<Option<N>, D::Error> {
    let text = match Value::deserialize(field)? {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text,
        Value::Number(number) => {
            let written = number.to_string();
            written.strip_suffix(".0").map(str::to_owned).unwrap_or(written)
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    text.trim().parse().map(Some).map_err(|_| D::Error::custom("must be a whole number that is not negative"))
}

/// The items of a list; one object is a list of one. What is no list at all is one item, which nobody can read.
pub(super) fn list<'de, D: Deserializer<'de>>(field: D) -> Result<Vec<Value>, D::Error> {
    Ok(match Value::deserialize(field)? {
        Value::Null => Vec::new(),
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        Value::Array(items) => items,
        other @ (Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => vec![other],
    })
}

/// An object; a blank is none.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(field: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(field)?;
    if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    serde_path_to_error::deserialize(Strict(value)).map(Some).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path} ") };
        D::Error::custom(format!("{place}{}", error.inner()))
    })
}
