//! Texts of JSON with half a character in them: an escape that is one half of a surrogate pair (RFC 8259, section 7).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::read_object;

/// What stands where half a character stood while its place is looked for: no character that anybody writes.
const MARK: char = '\u{10ffff}';

/// JSON in which no escape is half of a surrogate pair: `instead` stands where one was.
pub fn whole_characters(json: &str, instead: char) -> Cow<'_, str> {
    let surrogate = |at: usize| {
        let code = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(code, 16).ok().filter(|unit| (0xd800..0xe000).contains(unit))
    };
    let mut whole = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        at = match (surrogate(escape), surrogate(escape + 6)) {
            (Some(..0xdc00), Some(0xdc00..)) => escape + 12,
            (Some(_), _) => {
                whole.push_str(json.get(copied..escape).unwrap_or_default());
                whole.push(instead);
                copied = escape + 6;
                copied
            }
            // What follows a backslash may be a character of several bytes.
            (None, _) => {
                escape + 1 + json.get(escape + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
            }
        };
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(whole)
}

/// The JSON pointers of the texts with half a character, in an object that is otherwise well-formed; else none.
pub fn half_characters(json: &[u8]) -> Vec<String> {
    let Ok(json) = std::str::from_utf8(json) else { return Vec::new() };
    let Cow::Owned(whole) = whole_characters(json, MARK) else { return Vec::new() };
    let mut found = Vec::new();
    if let Ok(fields) = read_object(whole.as_bytes()) {
        in_fields(&fields, "", &mut found);
    }
    found
}

fn in_fields(fields: &Map<String, Value>, above: &str, found: &mut Vec<String>) {
    for (name, value) in fields {
        let named = name.replace(MARK, "\u{fffd}");
        let pointer = format!("{above}/{}", named.replace('~', "~0").replace('/', "~1"));
        if *name == named { within(value, pointer, found) } else { found.push(pointer) }
    }
}

fn within(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(MARK) => found.push(pointer),
        Value::Object(fields) => in_fields(fields, &pointer, found),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| within(item, format!("{pointer}/{place}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_are_replaced() {
        for (json, expected) in [
            (r#""Bye \ud83d""#, "\"Bye \u{fffd}\""),
            (r#""\ude00 Hi""#, "\"\u{fffd} Hi\""),
            (r#""\ud83d\ud83d\ude00\n""#, "\"\u{fffd}\\ud83d\\ude00\\n\""),
            (r#""\\ud83d \uD83D é""#, "\"\\\\ud83d \u{fffd} é\""),
        ] {
            assert_eq!(whole_characters(json, '\u{fffd}'), expected, "{json}");
        }
        for whole in [r#""\ud83d\ude00""#, r#""\\ud83d""#, "", "\\", "\\é", r"\u12", r"\ud83"] {
            assert!(matches!(whole_characters(whole, '\u{fffd}'), Cow::Borrowed(same) if same == whole), "{whole}");
        }
    }

    #[test]
    fn the_field_with_half_a_character_is_named() {
        let named = |json: &str| half_characters(json.as_bytes());
        assert_eq!(named(r#"{"text":"a \ud83d"}"#), ["/text"]);
        assert_eq!(named(r#"{"a":{"b/c":["x","\udc00"]},"d":"\ud83d"}"#), ["/a/b~1c/1", "/d"]);
        assert_eq!(named(r#"{"\ud83d":1}"#), ["/\u{fffd}"]);
        for other in
            [r#"{"text":"\ud83d\ude00"}"#, r#"{"text":"\ud83d"#, r#"{"text":"\ud83d","text":""}"#, r#"["\ud83d"]"#]
        {
            assert!(named(other).is_empty(), "{other}");
        }
    }
}
