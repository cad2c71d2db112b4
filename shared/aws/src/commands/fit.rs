//! Events that the bus or a queue would not take are made to fit: what is large is left out, and where to fetch it stands instead.

use serde_json::{Map, Value, json};

use super::wire::{cut, escaped_len};

/// The most bytes of one event's entry. The bus takes 256 KB and adds its envelope on the way to a queue.
pub(crate) const MAX_EVENT_BYTES: usize = 240 * 1024;
/// What beside a message's text and files is cut to in an event that is too large.
const MAX_OTHER_BYTES: usize = 1024;

/// An event's detail as it can be published.
pub fn fitted(detail: &Map<String, Value>) -> Value {
    let mut detail = Value::Object(detail.clone());
    replace_noncharacters(&mut detail);
    if written_len(&detail) > MAX_EVENT_BYTES {
        thin_out(&mut detail);
    }
    detail
}

/// U+FFFE and U+FFFF are no characters. The bus may write them out again, and no queue behind it takes them.
fn replace_noncharacters(value: &mut Value) {
    each_text(value, &mut |text| {
        if text.contains(['\u{fffe}', '\u{ffff}']) {
            *text = text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
        }
    });
}

fn thin_out(detail: &mut Value) {
    // The text and the files say what the parts say.
    if let Some(content) = detail.pointer_mut("/message/content").and_then(Value::as_array_mut) {
        content.clear();
    }
    if written_len(detail) <= MAX_EVENT_BYTES {
        return;
    }
    let id = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = format!("/v1/projects/{}/transfers/{}", id("projectId"), id("sessionId"));
    let left_out = detail.pointer_mut("/message/attachments").and_then(Value::as_array_mut).map(std::mem::take);
    let text = detail.pointer_mut("/message/text").map(Value::take);
    each_text(detail, &mut |text| {
        if escaped_len(text) > MAX_OTHER_BYTES {
            *text = cut(text, MAX_OTHER_BYTES).to_owned();
        }
    });
    if let Some(fields) = detail.as_object_mut() {
        let thinned = json!({
            "transfer": path,
            "messages": format!("{path}/messages"),
            "attachmentsLeftOut": left_out.map_or(0, |files| files.len()),
        });
        fields.insert("thinned".to_owned(), thinned);
    }
    if let Some(Value::String(text)) = text {
        put_back(detail, &text);
    }
}

/// As much of a message's text as there is room for.
fn put_back(detail: &mut Value, text: &str) {
    let room = MAX_EVENT_BYTES.saturating_sub(written_len(detail));
    let kept = cut(text, room);
    if let Some(message) = detail.pointer_mut("/message").and_then(Value::as_object_mut) {
        if kept.len() < text.len() {
            message.insert("truncated".to_owned(), true.into());
        }
        message.insert("text".to_owned(), kept.into());
    }
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How many bytes a value takes in the JSON of [`super::ascii_json`].
fn written_len(value: &Value) -> usize {
    let between = |count: usize| 2 + count.saturating_sub(1);
    match value {
        Value::Null => 4,
        Value::Bool(truth) => 5 - usize::from(*truth),
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => 2 + escaped_len(text),
        Value::Array(items) => between(items.len()) + items.iter().map(written_len).sum::<usize>(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| 3 + escaped_len(name) + written_len(value);
            between(fields.len()) + fields.iter().map(field).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ascii_json;
    use super::*;

    #[test]
    fn the_length_is_that_of_what_is_written() {
        for value in [
            json!({}),
            json!([]),
            json!({ "a": [1, 2.5, -3, null, true, false, "é\u{1}\"😀"], "ü": { "b": [], "c": {} } }),
            json!([[["x"]], {}]),
        ] {
            assert_eq!(written_len(&value), ascii_json(&value).unwrap().len(), "{value}");
        }
    }
}
