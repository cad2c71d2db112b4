//! How much of what a provider says is kept. A longer text is cut, with a mark, so that nothing that comes from outside
//! makes a row or an event too large to be written.
//!
//! A session's row then takes at most some 200 KB, what its provider told some 300 KB, a message some 130 KB; DynamoDB
//! takes 400 KB.

use serde_json::{Map, Value};

use crate::{Attachment, EventKind, IncomingMessage, ProviderEvent, Representative, fit_text};

/// A name, an id, a queue; in bytes of UTF-8, like the others.
pub const MAX_NAME_BYTES: usize = 256;
/// Our word for what happened.
const MAX_WORD_BYTES: usize = 64;
/// More about what happened, for a person.
pub(crate) const MAX_DETAIL_BYTES: usize = 1024;
/// An address of an attachment. Signed ones are long.
pub(crate) const MAX_ADDRESS_BYTES: usize = 4096;
/// Attachments of one message.
pub const MAX_INCOMING_ATTACHMENTS: usize = 20;
/// One fact, in bytes of JSON.
pub const MAX_FACT_BYTES: usize = 4096;
/// Facts of one session, of those that are shown and of those that are not.
pub(crate) const MAX_FACTS: usize = 24;

/// What stands where a text was cut.
const MARK: &str = "…";

/// Cuts a text at a character, with a mark, if it is longer; tells whether it was.
pub(crate) fn cut(text: &mut String, max_bytes: usize) -> bool {
    let too_long = text.len() > max_bytes;
    if too_long {
        text.truncate(text.floor_char_boundary(max_bytes.saturating_sub(MARK.len())));
        text.push_str(MARK);
    }
    too_long
}

/// As much as is kept of a text for a person.
pub(crate) fn detail(mut text: String) -> String {
    cut(&mut text, MAX_DETAIL_BYTES);
    text
}

fn cut_each<'a>(texts: impl IntoIterator<Item = &'a mut Option<String>>, max_bytes: usize) {
    for text in texts.into_iter().flatten() {
        cut(text, max_bytes);
    }
}

/// A fact as it is kept: one that is too long as the beginning of its text.
pub(crate) fn fact(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) if text.len() <= MAX_FACT_BYTES => value.clone(),
        Value::String(text) => Value::String(beginning(text.clone())),
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() <= MAX_FACT_BYTES { value.clone() } else { Value::String(beginning(text)) }
        }
    }
}

fn beginning(mut text: String) -> String {
    cut(&mut text, MAX_FACT_BYTES);
    text
}

fn facts(facts: Map<String, Value>) -> Map<String, Value> {
    let fit = |(mut name, value): (String, Value)| {
        cut(&mut name, MAX_NAME_BYTES);
        (name, fact(&value))
    };
    facts.into_iter().map(fit).take(MAX_FACTS).collect()
}

impl ProviderEvent {
    /// As much of it as is kept. What is within the limits stays as it is.
    #[must_use]
    pub fn fitted(self) -> Self {
        Self {
            kind: self.kind.fitted(),
            provider_data: facts(self.provider_data),
            provider_state: facts(self.provider_state),
            ..self
        }
    }
}

impl EventKind {
    fn fitted(mut self) -> Self {
        match &mut self {
            Self::Queued { queue, .. } => cut_each([queue], MAX_NAME_BYTES),
            Self::RepresentativeJoined(who) => who.fit(),
            Self::RepresentativeLeft { representative, .. } => representative.iter_mut().for_each(Representative::fit),
            Self::Message(message) => message.fit(),
            Self::Note { what, detail } => {
                cut(what, MAX_WORD_BYTES);
                cut_each([detail], MAX_DETAIL_BYTES);
            }
            Self::Accepted | Self::Typing { .. } | Self::Survey { .. } | Self::Ended { .. } => {}
        }
        self
    }
}

impl Representative {
    fn fit(&mut self) {
        cut_each([&mut self.id, &mut self.name], MAX_NAME_BYTES);
    }
}

impl IncomingMessage {
    fn fit(&mut self) {
        let (text, cut_text) = fit_text(std::mem::take(&mut self.text));
        self.text = text;
        self.truncated |= cut_text || self.attachments.len() > MAX_INCOMING_ATTACHMENTS;
        self.attachments.truncate(MAX_INCOMING_ATTACHMENTS);
        for Attachment { url, name, content_type } in &mut self.attachments {
            self.truncated |= cut(url, MAX_ADDRESS_BYTES);
            cut_each([name, content_type], MAX_NAME_BYTES);
        }
        self.proves_active.iter_mut().for_each(Representative::fit);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character_with_a_mark_and_only_once() {
        let mut text = "é".repeat(200);
        assert!(cut(&mut text, 256));
        assert_eq!(text, format!("{}…", "é".repeat(126)));
        assert!(!cut(&mut text, 256));
        let mut short = "é".repeat(128);
        assert!(!cut(&mut short, 256));
        assert_eq!(short, "é".repeat(128));
    }

    #[test]
    fn a_fact_that_is_too_long_is_kept_as_the_beginning_of_its_text() {
        for value in [json!(null), json!(7), json!("x"), json!({ "a": [1, 2] })] {
            assert_eq!(fact(&value), value);
        }
        let long = json!({ "a": "x".repeat(MAX_FACT_BYTES) });
        let kept = fact(&long);
        let kept = kept.as_str().unwrap();
        assert!(kept.starts_with("{\"a\":\"xxx") && kept.ends_with("xx…"));
        assert_eq!(kept.len(), MAX_FACT_BYTES);
        assert_eq!(fact(&json!(kept)), json!(kept));
    }
}
