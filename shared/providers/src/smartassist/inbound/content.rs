//! What an item of a callback consists of: a text, a template, or a text with a template in it
//! (`docs/contracts/smartassist.md`, "Callbacks").

use serde_json::{Map, Value};
use transfer_domain::{Choice, Part};

use crate::reading::{file, items, lenient_json, web_address};
use crate::told::{OptionAt, choices, first};

/// Values within values, no deeper than people build templates.
const MAX_DEPTH: usize = 6;

/// What a template shows stands under these names, in this order.
const SHOWN: &[&str] = &["text", "val", "value", "title", "subtitle", "label", "message"];

/// Where the addresses of files stand.
const FILES: &[(&str, Option<&str>)] = &[
    ("imageUrl", Some("image/*")),
    ("image_url", Some("image/*")),
    ("audioUrl", Some("audio/*")),
    ("videoUrl", Some("video/*")),
    ("fileUrl", None),
    ("url", None),
];

/// The parts of an item.
pub(super) fn parts(item: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(value) = item.get("val") {
        of_value(value, 0, None, &mut parts);
    }
    for attached in items(item, "/attachments") {
        let url = first(attached, &["/fileUrl", "/url"]).unwrap_or_default();
        let name = first(attached, &["/fileName", "/name"]);
        parts.push(file(url, name, first(attached, &["/mimeType", "/type"])));
    }
    parts
}

/// A text as it is, of lists and templates what they show. `sort` is what the template around it says of its file.
fn of_value(value: &Value, depth: usize, sort: Option<&'static str>, parts: &mut Vec<Part>) {
    match value {
        Value::String(said) if said.trim().is_empty() => {}
        Value::String(said) => match template_in(said) {
            Some(template) if depth < MAX_DEPTH => of_value(&template, depth + 1, sort, parts),
            Some(_) | None => parts.push(Part::text(said)),
        },
        Value::Number(number) if depth == 0 => parts.push(Part::text(number.to_string())),
        Value::Bool(said) if depth == 0 => parts.push(Part::text(said.to_string())),
        Value::Array(items) if depth < MAX_DEPTH => {
            for item in items {
                of_value(item, depth + 1, sort, parts);
            }
        }
        Value::Object(fields) if depth < MAX_DEPTH => of_fields(fields, depth, sort, parts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

/// A template that was written into a text.
fn template_in(said: &str) -> Option<Value> {
    let looks_like_one = said.trim_start().starts_with('{') && said.contains("\"payload\"");
    let template = looks_like_one.then(|| lenient_json::<Value>(said.as_bytes()).ok()).flatten()?;
    template.get("payload").is_some().then_some(template)
}

fn of_fields(fields: &Map<String, Value>, depth: usize, around: Option<&'static str>, parts: &mut Vec<Part>) {
    let own = |name: &str| fields.get(name).and_then(Value::as_str).filter(|said| !said.is_empty());
    let sort = match own("type") {
        Some("image") => Some("image/*"),
        Some("audio") => Some("audio/*"),
        Some("video") => Some("video/*"),
        Some(_) | None => around,
    };
    for name in SHOWN {
        if let Some(value) = fields.get(*name) {
            of_value(value, depth + 1, sort, parts);
        }
    }
    let name = own("fileName").or_else(|| own("name"));
    for (field, known) in FILES {
        // What is no web address is a reference of the vendor's own.
        if let Some(url) = own(field).filter(|url| web_address(url).is_some()) {
            parts.push(file(url, name, known.or(sort)));
        }
    }
    let buttons = ["buttons", "quick_replies"].iter().filter_map(|name| fields.get(*name)).flat_map(list);
    parts.extend(choices(None, buttons.filter_map(choice)));
    let read = |name: &str| SHOWN.contains(&name) || name == "buttons" || name == "quick_replies";
    for (_, value) in fields.iter().filter(|(name, value)| !read(name) && (value.is_array() || value.is_object())) {
        of_value(value, depth + 1, sort, parts);
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

const BUTTON: OptionAt =
    OptionAt { label: &["/title", "/label", "/text"], value: &["/payload", "/value"], url: &["/url", "/link"] };

fn choice(button: &Value) -> Option<Choice> {
    BUTTON.read(button).or_else(|| button.as_str().map(Choice::plain))
}
