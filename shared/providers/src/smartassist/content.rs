//! What an item of a callback consists of: a text, a template, or a text with a template in it
//! (`docs/contracts/smartassist.md`, "Callbacks").

use serde_json::{Map, Value};
use transfer_domain::{Choice, Part};

use crate::reading::{file, items, lenient_json, text, web_address};

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
        let url = ["/fileUrl", "/url"].iter().find_map(|at| text(attached, at)).unwrap_or_default();
        let name = ["/fileName", "/name"].iter().find_map(|at| text(attached, at));
        parts.push(file(url, name, text(attached, "/mimeType").or_else(|| text(attached, "/type"))));
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
    let choices: Vec<Choice> = ["buttons", "quick_replies"]
        .iter()
        .filter_map(|name| fields.get(*name))
        .flat_map(list)
        .filter_map(choice)
        .collect();
    if !choices.is_empty() {
        parts.push(Part::Choices { text: None, choices });
    }
    let read = |name: &str| SHOWN.contains(&name) || name == "buttons" || name == "quick_replies";
    for (_, value) in fields.iter().filter(|(name, value)| !read(name) && (value.is_array() || value.is_object())) {
        of_value(value, depth + 1, sort, parts);
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A button: what is read, what is sent back, where it leads.
fn choice(button: &Value) -> Option<Choice> {
    let label = ["/title", "/label", "/text"].iter().find_map(|at| text(button, at)).or_else(|| button.as_str())?;
    let value = ["/payload", "/value"].iter().find_map(|at| text(button, at)).filter(|value| *value != label);
    let url = ["/url", "/link"].iter().find_map(|at| text(button, at));
    Some(Choice { label: label.to_owned(), value: value.map(str::to_owned), url: url.map(str::to_owned) })
}
