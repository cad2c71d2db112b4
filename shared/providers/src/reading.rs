//! Reading what providers send: untyped, because a field of an unexpected type must not hide the others.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use transfer_domain::strict::read_object;
use transfer_domain::{Attachment, SourceId, TransferId};

use crate::Malformed;

/// The body as a JSON object.
pub fn json_object(body: &[u8]) -> Result<Value, Malformed> {
    // The position of the fault is safe to tell, the content is not.
    let value: Value = serde_json::from_slice(body)
        .map_err(|fault| Malformed { what: format!("not JSON, at line {} column {}", fault.line(), fault.column()) })?;
    if value.is_object() { Ok(value) } else { Err(Malformed { what: "not a JSON object".to_owned() }) }
}

/// A body in a form of our own: what two readers would understand differently is refused.
pub(crate) fn own_object(body: &[u8]) -> Result<Value, Malformed> {
    read_object(body).map(Value::Object).map_err(|fault| Malformed { what: fault.to_string() })
}

/// The non-empty text at a JSON pointer.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Whether `true` stands at a JSON pointer.
pub(crate) fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The time at a JSON pointer: RFC 3339.
pub fn time(value: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    rfc3339(text(value, pointer)?)
}

/// An RFC 3339 time.
pub(crate) fn rfc3339(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

/// A source id of several parts that a provider sent: readable where the grammar allows, else a digest.
pub fn source_id(parts: &[&str]) -> Option<SourceId> {
    let readable = parts.join(":");
    SourceId::new(readable).or_else(|_| SourceId::new(digest(parts))).ok()
}

/// A digest that differs whenever any of the parts does.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The name of what an integration points to: the organisation, instance, tenant or host whose change makes it another
/// contact centre. Credentials, time limits and the like are no part of it. `base` is where calls go, however written.
pub fn target(base: &str, parts: &[&str]) -> String {
    let base = url::Url::parse(base).map_or_else(|_| base.to_owned(), |url| url.to_string());
    let mut name = digest(&[&[base.trim_end_matches('/')], parts].concat());
    name.truncate(32);
    name
}

/// Whether an id is a digest of ours, because the provider gave none.
#[cfg(feature = "outbound")]
pub(crate) fn is_digest(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An attachment, if its address is one that a browser may be sent to.
pub fn attachment(url: &str, name: Option<&str>, content_type: Option<&str>) -> Option<Attachment> {
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "http" | "https").then(|| Attachment {
        url: url.to_owned(),
        name: name.map(str::to_owned),
        content_type: content_type.map(str::to_owned),
    })
}

/// A vendor's code word, fit to stand in a timeline.
pub(crate) fn code(value: Option<&str>) -> Option<String> {
    let fits = |text: &&str| {
        text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    value.filter(fits).map(str::to_owned)
}

/// The time in a version 7 uuid: when the transfer was created.
pub(crate) fn created_at(transfer: TransferId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = transfer.uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_ids_of_different_parts_differ_even_when_they_read_alike() {
        assert_ne!(digest(&["a", "bc"]), digest(&["ab", "c"]));
        assert_eq!(source_id(&["Text", "m-1"]).unwrap().as_str(), "Text:m-1");
        let blank = source_id(&["Text", "m 1"]).unwrap();
        assert_eq!(blank.as_str().len(), 64);
    }

    #[test]
    fn an_attachment_is_a_web_address() {
        assert!(attachment("https://files.example/a.png", None, None).is_some());
        for url in ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "a.png", ""] {
            assert_eq!(attachment(url, None, None), None, "{url}");
        }
    }
}
