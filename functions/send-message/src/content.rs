//! The parts of a message as they are sent: strictly, each fault named by its pointer.

use serde::Deserialize as _;
use serde_json::Value;
use transfer_domain::strict::Strict;
use transfer_domain::{MAX_CONTENT_BYTES, MAX_PARTS, Part, files_of};
use transfer_http::Fields;

use crate::message::{MAX_URL_BYTES, check};

/// Reads parts; those that do not fit are faults, and left out.
pub(crate) fn read(fields: &mut Fields, content: &[Value]) -> Vec<Part> {
    fields.rule(content.len() <= MAX_PARTS, "/content", "must be at most 64 parts");
    let bytes: usize = content.iter().map(|part| part.to_string().len()).sum();
    fields.rule(bytes <= MAX_CONTENT_BYTES, "/content", "must be at most 65536 bytes of JSON");
    let part = |(place, sent): (usize, &Value)| one(fields, &format!("/content/{place}"), sent);
    content.iter().enumerate().take(MAX_PARTS).filter_map(part).collect()
}

fn one(fields: &mut Fields, pointer: &str, sent: &Value) -> Option<Part> {
    let part = match Part::deserialize(Strict(sent.clone())) {
        Ok(part) => part,
        Err(unfit) => {
            fields.fault(pointer, unfit.to_string());
            return None;
        }
    };
    let kept = serde_json::to_value(&part).unwrap_or_default();
    compare(fields, pointer, sent, Some(&kept));
    let is_file = matches!(part, Part::Image { .. } | Part::File { .. });
    for file in files_of(std::slice::from_ref(&part)).iter().filter(|_| is_file) {
        check(fields, pointer, if matches!(part, Part::Image { .. }) { "alt" } else { "name" }, file);
    }
    if !is_file {
        addresses(fields, pointer, &kept);
    }
    Some(part)
}

/// A part is read through a buffer that takes more than it keeps: whatever was sent and is not kept does not belong there.
/// Null and an empty list are kept as nothing.
fn compare(fields: &mut Fields, pointer: &str, sent: &Value, kept: Option<&Value>) {
    match (sent, kept) {
        (Value::Null, None) => {}
        (Value::Array(items), None) if items.is_empty() => {}
        (_, None) => fields.fault(pointer, "is not known"),
        (Value::Object(sent), Some(Value::Object(kept))) => {
            for (name, value) in sent {
                let name_in_pointer = name.replace('~', "~0").replace('/', "~1");
                compare(fields, &format!("{pointer}/{name_in_pointer}"), value, kept.get(name));
            }
        }
        (Value::Array(sent), Some(Value::Array(kept))) => {
            for (place, item) in sent.iter().enumerate() {
                compare(fields, &format!("{pointer}/{place}"), item, kept.get(place));
            }
        }
        (Value::Array(_), Some(_)) => fields.fault(pointer, "must be an object, not a list"),
        (_, Some(_)) => {}
    }
}

/// Whatever is called an address leads somewhere: of a picture, as of all that hangs on a message, by https.
fn addresses(fields: &mut Fields, pointer: &str, part: &Value) {
    match part {
        Value::Object(object) => {
            for (name, value) in object {
                let pointer = format!("{pointer}/{name}");
                match (name.as_str(), value) {
                    ("image", Value::String(url)) => {
                        let fits = is_address(url, &["https"]) && url.len() <= MAX_URL_BYTES;
                        fields.rule(fits, &pointer, "must be an https URL of at most 2048 bytes");
                    }
                    ("url", Value::String(url)) => {
                        let fits = is_address(url, &["https", "http"]) && url.len() <= MAX_URL_BYTES;
                        fields.rule(fits, &pointer, "must be an http or https URL of at most 2048 bytes");
                    }
                    (_, value) => addresses(fields, &pointer, value),
                }
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| addresses(fields, &format!("{pointer}/{place}"), item));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether it leads somewhere: a scheme alone does not, nor what a line break or a blank cuts in two.
pub(crate) fn is_address(url: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    schemes.contains(&scheme) && !host.is_empty() && !url.contains(|c: char| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(content: &Value) -> String {
        let mut fields = Fields::default();
        read(&mut fields, content.as_array().unwrap());
        let lambda_http::Body::Text(text) = fields.finish().unwrap_err().into_response().into_body() else {
            panic!("text")
        };
        serde_json::from_str::<Value>(&text).unwrap()["errors"].to_string()
    }

    #[test]
    fn an_address_of_a_file_leads_somewhere() {
        let is_address = |url: &str| super::is_address(url, &["https"]);
        assert!(is_address("https://files.example/a.png?x=1") && is_address("https://files.example"));
        for url in [
            "",
            "https://",
            "https:///a",
            "https://?x",
            "http://files.example/a",
            "https://files.example/a\nb",
            "https://files.example/a b",
            "https://files.example/a\u{7f}",
        ] {
            assert!(!is_address(url), "{url:?}");
        }
    }

    #[test]
    fn every_kind_of_part_is_read() {
        let all = json!([
            { "type": "text", "text": "Hello" },
            { "type": "link", "url": "http://x.example", "title": null },
            { "type": "image", "url": "https://x.example/a.png", "contentType": "image/png" },
            { "type": "file", "url": "https://x.example/a.pdf", "name": "a.pdf" },
            { "type": "card", "title": "A", "image": "https://x.example/a.png", "fields": [{ "label": "a", "value": "b" }] },
            { "type": "choices", "choices": [{ "label": "a", "value": "b", "url": "https://x.example" }] },
            { "type": "form", "fields": [{ "label": "a", "choices": [] }] },
            { "type": "table", "headers": [], "rows": [["a"]] },
            { "type": "location", "latitude": 52.5, "longitude": 13 },
            { "type": "citation", "text": "a" },
            { "type": "notice", "text": "a" },
        ]);
        let mut fields = Fields::default();
        let parts = read(&mut fields, all.as_array().unwrap());
        fields.finish().unwrap();
        let kinds: Vec<_> = parts.iter().map(Part::kind).collect();
        assert_eq!(kinds, transfer_domain::PartKind::ALL);
    }

    #[test]
    fn what_does_not_belong_into_a_part_is_named() {
        let choice = json!({ "label": "a", "colour": "red" });
        for (part, pointer) in [
            (json!({ "type": "text", "text": "a", "bold": true }), "/content/0/bold"),
            (json!({ "type": "text" }), "/content/0"),
            (json!({ "type": "text", "text": 1 }), "/content/0"),
            (json!({ "type": "song", "text": "a" }), "/content/0"),
            (json!({ "text": "a" }), "/content/0"),
            (json!("a"), "/content/0"),
            (json!({ "type": "choices", "choices": [choice] }), "/content/0/choices/0/colour"),
            (json!({ "type": "choices", "choices": [["a", null, null]] }), "/content/0/choices/0"),
            (json!({ "type": "link", "url": "javascript:x" }), "/content/0/url"),
            (json!({ "type": "link", "url": "https://x.example/a\nb" }), "/content/0/url"),
            (json!({ "type": "image", "url": "http://x.example/a.png" }), "/content/0/url"),
            (json!({ "type": "file", "url": "https://" }), "/content/0/url"),
            (json!({ "type": "file", "url": "https://x.example", "name": "a\u{0}" }), "/content/0/name"),
            (json!({ "type": "card", "image": "http://x.example" }), "/content/0/image"),
            (json!({ "type": "choices", "choices": [{ "label": "a", "url": "x" }] }), "/content/0/choices/0/url"),
        ] {
            let faults = faults(&json!([part]));
            assert!(faults.contains(&format!("\"pointer\":\"{pointer}\"")), "{part}: {faults}");
        }
        assert!(faults(&json!(vec![json!({ "type": "text", "text": "a" }); 65])).contains("at most 64 parts"));
        assert!(faults(&json!([{ "type": "text", "text": "a".repeat(65_537) }])).contains("65536 bytes"));
    }
}
