//! The caller's own data, to the digit.
//!
//! Numbers of JSON have no limit, those of most readers have one: an id of twenty digits would come back as another. So it
//! is kept as the text that it is, without spacing and with its fields in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The caller's own data: a JSON object whose numbers stay as they were written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Box<RawValue>);

impl Metadata {
    /// What stands as `metadata` in an object that was read before, strictly ([`crate::strict::read_object`]): its fields
    /// are those that were looked at there, and it is no deeper. Nothing if there is no such field.
    pub fn within(object: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Within<'a> {
            #[serde(borrow)]
            metadata: Option<&'a RawValue>,
        }
        let within: Within<'_> = serde_json::from_slice(object)?;
        within.metadata.map_or_else(|| Ok(Self::default()), Self::canonical)
    }

    fn canonical(sent: &RawValue) -> serde_json::Result<Self> {
        let mut text = String::with_capacity(sent.get().len());
        write(sent, &mut text)?;
        RawValue::from_string(text).map(Self)
    }

    /// As JSON without spacing, its fields in order: the same for the same data.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_str() == "{}"
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self(RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

fn write(value: &RawValue, text: &mut String) -> serde_json::Result<()> {
    let json = value.get();
    match json.bytes().next() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            text.push('{');
            for (place, (name, value)) in fields.into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&serde_json::to_string(&name)?);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            text.push('[');
            for (place, item) in items.into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write(item, text)?;
            }
            text.push(']');
        }
        Some(b'"') => {
            let said: String = serde_json::from_str(json)?;
            text.push_str(&serde_json::to_string(&said)?);
        }
        Some(_) | None => text.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(object: &str) -> String {
        Metadata::within(object.as_bytes()).unwrap().as_str().to_owned()
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        let sent =
            r#"{"a":-0,"b":1.10,"c":89490200001234567890,"d":1e400,"e":[0.1e+2,{"f":123456789012345678901234567890}]}"#;
        assert_eq!(within(&format!(r#"{{"agent":"x","metadata":{sent}}}"#)), sent);
    }

    #[test]
    fn neither_spacing_nor_order_nor_escapes_matter() {
        let one = within(r#"{ "metadata" : { "b" : [ 1 , "\u0041" ] , "a" : { } } }"#);
        assert_eq!(one, r#"{"a":{},"b":[1,"A"]}"#);
        assert_eq!(within(r#"{"m\u0065tadata":{"a":{},"b":[1,"A"]}}"#), one);
    }

    #[test]
    fn there_may_be_none() {
        assert!(Metadata::within(b"{}").unwrap().is_empty());
        assert_eq!(Metadata::within(b"{}").unwrap(), Metadata::default());
    }

    #[test]
    fn it_is_kept_and_shown_as_it_is() {
        let kept = Metadata::within(br#"{"metadata":{"n":89490200001234567890}}"#).unwrap();
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(json, r#"{"n":89490200001234567890}"#);
        assert_eq!(serde_json::from_str::<Metadata>(&json).unwrap(), kept);
    }
}
