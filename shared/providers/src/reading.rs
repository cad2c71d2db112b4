//! Reading what providers send: untyped, because a field of an unexpected type must not hide the others.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use transfer_domain::strict::{read_object, whole_characters};
use transfer_domain::{Attachment, EventKind, Part, SourceId, TransferId};

use crate::Malformed;
use crate::told::note;

/// The body as a JSON object. Half a character, which other readers let pass, stands for itself as a replacement: it
/// must not cost what stands beside it.
pub fn json_object(body: &[u8]) -> Result<Value, Malformed> {
    // The position of the fault is safe to tell, the content is not.
    let value: Value = lenient_json(body)
        .map_err(|fault| Malformed { what: format!("not JSON, at line {} column {}", fault.line(), fault.column()) })?;
    if value.is_object() { Ok(value) } else { Err(Malformed { what: "not a JSON object".to_owned() }) }
}

/// A value of JSON, also with halves of surrogate pairs or bytes that are no UTF-8 in its texts.
pub(crate) fn lenient_json<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(json).or_else(|fault| {
        let text = String::from_utf8_lossy(json);
        let whole = whole_characters(&text, char::REPLACEMENT_CHARACTER);
        if whole == text.as_ref() && text.as_bytes() == json { Err(fault) } else { serde_json::from_str(&whole) }
    })
}

/// A body in a form of our own: what two readers would understand differently is refused. Half a character costs nothing
/// beside it here, too.
pub(crate) fn own_object(body: &[u8]) -> Result<Value, Malformed> {
    let read = read_object(body).or_else(|fault| {
        let text = String::from_utf8_lossy(body);
        let whole = whole_characters(&text, char::REPLACEMENT_CHARACTER);
        if whole.as_bytes() == body { Err(fault) } else { read_object(whole.as_bytes()) }
    });
    read.map(Value::Object).map_err(|fault| Malformed { what: fault.to_string() })
}

/// The non-empty text at a JSON pointer.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The id at a JSON pointer: a text that is not blank, or a number, as some senders write ids.
pub(crate) fn id(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The name at a JSON pointer; a blank is none.
pub(crate) fn name<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    text(value, pointer).map(str::trim).filter(|name| !name.is_empty())
}

/// The items of the list at a JSON pointer; one object there is a list of one, anything else an empty one.
pub(crate) fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    match value.pointer(pointer) {
        Some(Value::Array(items)) => items,
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => &[],
    }
}

/// The whole number at a JSON pointer, also where it is written as a text.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<i64> {
    let value = value.pointer(pointer)?;
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// Whether `true` stands at a JSON pointer.
pub(crate) fn flag(value: &Value, pointer: &str) -> bool {
    truth(value, pointer).unwrap_or(false)
}

/// The yes or no at a JSON pointer, also where it is written as a text.
pub(crate) fn truth(value: &Value, pointer: &str) -> Option<bool> {
    match value.pointer(pointer)? {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What the timeline says of a part of a callback that is not of its form: the sort of value that stands there, never
/// the value.
pub(crate) fn not_read(what: &str, value: &Value) -> EventKind {
    let sort = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    note("item_not_read", Some(format!("{what}: {sort}")))
}

/// The time at a JSON pointer: RFC 3339.
pub fn time(value: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    rfc3339(text(value, pointer)?)
}

/// An RFC 3339 time, also with an offset without a colon, as some libraries write it by default.
pub(crate) fn rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let other = || DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z");
    DateTime::parse_from_rfc3339(text).or_else(|_| other()).ok().map(|at| at.with_timezone(&Utc))
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
    web_address(url).map(|url| Attachment {
        url: url.to_owned(),
        name: name.map(str::to_owned),
        content_type: content_type.map(str::to_owned),
    })
}

/// The address, if a browser may be sent there.
pub(crate) fn web_address(url: &str) -> Option<&str> {
    let url = url.trim();
    let parsed = url::Url::parse(url).ok()?;
    (matches!(parsed.scheme(), "http" | "https") && !url.contains(char::is_control)).then_some(url)
}

/// A file as part of a message. An address that is no web address costs the file, and that is told; nothing else is.
pub(crate) fn file(url: &str, name: Option<&str>, content_type: Option<&str>) -> Part {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let content_type = content_type.map(str::trim).filter(|sort| !sort.is_empty()).map(str::to_owned);
    let is_image = content_type.as_deref().is_some_and(|sort| sort.starts_with("image/"));
    match (web_address(url).map(str::to_owned), is_image) {
        (Some(url), true) => Part::Image { url, alt: name, content_type },
        (Some(url), false) => Part::File { url, name, content_type },
        (None, _) => Part::notice(match name {
            Some(name) => format!("a file that cannot be fetched: {name}"),
            None => "a file that cannot be fetched".to_owned(),
        }),
    }
}

/// A link as part of a message; what cannot be followed is text.
pub(crate) fn link(url: &str, title: Option<&str>, description: Option<&str>) -> Part {
    let said = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    if let Some(url) = web_address(url) {
        return Part::Link { url: url.to_owned(), title: said(title), description: said(description) };
    }
    let lines: Vec<_> = [said(title), said(description), said(Some(url))].into_iter().flatten().collect();
    Part::text(lines.join("\n"))
}

/// A vendor's code word, fit to stand in a timeline.
pub(crate) fn code(value: Option<&str>) -> Option<String> {
    let fits = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
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
    fn half_a_character_costs_nothing_beside_it() {
        for (json, expected) in [
            (r#"{"a":"Bye \ud83d","b":"x"}"#, "Bye \u{fffd}"),
            (r#"{"a":"\ude00 Hi","b":"x"}"#, "\u{fffd} Hi"),
            (r#"{"a":"\ud83d\ude00","b":"x"}"#, "😀"),
            (r#"{"a":"\ud83d\ud83d\ude00","b":"x"}"#, "\u{fffd}😀"),
            (r#"{"a":"\\ud83d \ud83d é","b":"x"}"#, "\\ud83d \u{fffd} é"),
        ] {
            let read = json_object(json.as_bytes()).unwrap();
            assert_eq!((text(&read, "/a"), text(&read, "/b")), (Some(expected), Some("x")), "{json}");
        }
        assert_eq!(text(&json_object(b"{\"a\":\"\xff!\"}").unwrap(), "/a"), Some("\u{fffd}!"));
        for broken in [&b"{\"a\":\"\\u12\"}"[..], b"{\"a\":\"\\", b"{\"a\":\"\\\xc3\xa9\"}", b"", b"[]"] {
            assert!(json_object(broken).is_err());
        }
    }

    #[test]
    fn a_time_may_have_an_offset_without_a_colon() {
        let expected = rfc3339("2026-11-28T18:04:05.123Z");
        assert!(expected.is_some());
        assert_eq!(rfc3339("2026-11-28T18:04:05.123+0000"), expected);
        assert_eq!(rfc3339("2026-11-28T19:04:05.123+0100"), expected);
        assert_eq!(rfc3339("2026-11-28"), None);
    }

    #[test]
    fn an_address_that_is_none_costs_the_file_and_is_told() {
        assert_eq!(file("a.png", Some("a.png"), None), Part::notice("a file that cannot be fetched: a.png"));
        let odd = Part::File { url: "https://x.example/f".into(), name: None, content_type: Some("odd".into()) };
        assert_eq!(file(" https://x.example/f", Some(" "), Some("odd")), odd);
        assert_eq!(link("javascript:x", Some("Guide"), None), Part::text("Guide\njavascript:x"));
    }

    #[test]
    fn ids_and_yes_or_no_are_read_in_every_form_that_senders_give_them() {
        let sent = serde_json::json!({ "a": 42, "b": " x ", "c": " ", "d": null, "e": ["x"], "f": "True", "g": 1 });
        let ids = ["/a", "/b", "/c", "/d", "/e", "/z"].map(|pointer| id(&sent, pointer));
        assert_eq!(ids, [Some("42".to_owned()), Some("x".to_owned()), None, None, None, None]);
        assert_eq!(["/f", "/g", "/b"].map(|pointer| truth(&sent, pointer)), [Some(true), None, None]);
        assert!(flag(&sent, "/f") && !flag(&sent, "/d"));
    }

    #[test]
    fn an_attachment_is_a_web_address() {
        assert!(attachment("https://files.example/a.png", None, None).is_some());
        for url in ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "a.png", ""] {
            assert_eq!(attachment(url, None, None), None, "{url}");
        }
    }
}
