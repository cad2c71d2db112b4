//! How much of what a provider says is kept. A longer text is cut, with a mark, so that nothing that comes from outside
//! makes a row or an event too large to be written.
//!
//! Texts stand in rows as JSON, so limits are in bytes of that. A session's row then takes at most some 300 KB, what its
//! provider told some 200 KB, a message or a parked event some 330 KB; DynamoDB takes 400 KB.

use serde_json::{Map, Value};

use crate::content::MAX_PARTS;
use crate::{Attachment, EventKind, IncomingMessage, Part, ProviderEvent, Representative, WrapUp, fit_text};

/// A name, an id, a queue.
pub const MAX_NAME_BYTES: usize = 256;
/// Our word for what happened.
const MAX_WORD_BYTES: usize = 64;
/// More about what happened, for a person.
const MAX_DETAIL_BYTES: usize = 1024;
/// An address of an attachment. Signed ones are long.
const MAX_ADDRESS_BYTES: usize = 4096;
/// The parts of a message, as JSON: as many are kept apart as there is room for.
pub const MAX_CONTENT_BYTES: usize = 64 * 1024;
/// A message's text, attachments and parts together: as many attachments and parts are kept as there is room for.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// One fact.
pub const MAX_FACT_BYTES: usize = 4096;
/// Facts that one event tells, of those that are shown and of those that are not.
const MAX_TOLD_BYTES: usize = 32 * 1024;
/// Facts of one session, of those that are shown and of those that are not.
pub(crate) const MAX_FACTS: usize = 24;

/// What stands where a text was cut.
const MARK: &str = "…";

/// How many bytes a character takes within a text of JSON.
fn written_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    }
}

fn written(text: &str) -> usize {
    text.chars().map(written_char).sum()
}

/// Cuts a text at a character, with a mark, if it is longer; tells whether it was.
pub(crate) fn cut(text: &mut String, max_bytes: usize) -> bool {
    if text.len() <= max_bytes && written(text) <= max_bytes {
        return false;
    }
    let mut room = max_bytes.saturating_sub(MARK.len());
    let fits = |(_, c): &(usize, char)| match room.checked_sub(written_char(*c)) {
        Some(left) => {
            room = left;
            false
        }
        None => true,
    };
    if let Some((end, _)) = text.char_indices().find(fits) {
        text.truncate(end);
    }
    text.push_str(MARK);
    true
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
    let beginning = |mut text: String| {
        cut(&mut text, MAX_FACT_BYTES);
        Value::String(text)
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => beginning(text.clone()),
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() <= MAX_FACT_BYTES { value.clone() } else { beginning(text) }
        }
    }
}

fn facts(facts: Map<String, Value>) -> Map<String, Value> {
    let mut room = MAX_TOLD_BYTES;
    let fit = |(mut name, value): (String, Value)| {
        cut(&mut name, MAX_NAME_BYTES);
        let value = fact(&value);
        room = room.checked_sub(written(&name) + value.to_string().len())?;
        Some((name, value))
    };
    facts.into_iter().map_while(fit).collect()
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
            Self::WrapUp(WrapUp { code, note, promised }) => {
                cut_each([code], MAX_NAME_BYTES);
                cut_each([note, promised], MAX_DETAIL_BYTES);
            }
            Self::Accepted
            | Self::Typing { .. }
            | Self::Survey { .. }
            | Self::Ended { .. }
            | Self::Concluded { .. } => {}
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
        self.truncated |= cut_text;
        let mut room = MAX_MESSAGE_BYTES.saturating_sub(written(&self.text));
        let said = self.attachments.len();
        let fit = |mut attachment: Attachment| {
            self.truncated |= attachment.fit();
            room = room.checked_sub(attachment.written())?;
            Some(attachment)
        };
        self.attachments = std::mem::take(&mut self.attachments).into_iter().map_while(fit).collect();
        self.truncated |= self.attachments.len() < said;
        let said = self.content.len();
        let mut room = room.min(MAX_CONTENT_BYTES);
        let fits = |part: &Part| {
            let left = serde_json::to_vec(part).ok().and_then(|json| room.checked_sub(json.len()));
            left.inspect(|left| room = *left).is_some()
        };
        self.content = std::mem::take(&mut self.content).into_iter().take(MAX_PARTS).take_while(fits).collect();
        self.truncated |= self.content.len() < said;
        self.proves_active.iter_mut().for_each(Representative::fit);
    }
}

impl Attachment {
    fn fit(&mut self) -> bool {
        cut_each([&mut self.name, &mut self.content_type], MAX_NAME_BYTES);
        cut(&mut self.url, MAX_ADDRESS_BYTES)
    }

    /// With the names of its fields.
    fn written(&self) -> usize {
        const FIELDS: usize = r#"{"url":"","name":"","contentType":""},"#.len();
        let others = [&self.name, &self.content_type].into_iter().flatten();
        FIELDS + written(&self.url) + others.map(|text| written(text)).sum::<usize>()
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
        let mut written_long = "\u{1}".repeat(43);
        assert!(cut(&mut written_long, 256));
        assert_eq!(written_long, format!("{}…", "\u{1}".repeat(42)));
    }

    #[test]
    fn a_length_is_that_of_the_json() {
        for text in ["", "plain", "é漢😀", "\"\\/", "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\u{80}\u{2028}"] {
            assert_eq!(written(text) + 2, json!(text).to_string().len(), "{text:?}");
        }
    }

    #[test]
    fn a_fact_that_is_too_long_is_kept_as_the_beginning_of_its_text() {
        for value in [json!(null), json!(7), json!("x"), json!({ "a": [1, 2] })] {
            assert_eq!(fact(&value), value);
        }
        let kept = fact(&json!(["x".repeat(MAX_FACT_BYTES)]));
        let text = kept.as_str().unwrap();
        assert!(text.starts_with("[\"xxx") && text.ends_with("xx…"));
        assert!(written(text) <= MAX_FACT_BYTES);
        assert_eq!(fact(&kept), kept);
    }
}
