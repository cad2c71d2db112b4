//! The contact's message to the representative: its words, what hangs on it, its parts, and the option that it chooses.

use serde::{Deserialize, Serialize};

use crate::content::{is_plain, label_of, plain_parts, words_of};
use crate::{Attachment, Message, Part, Redacted, SourceId, files_of};

/// The contact chose an option of an earlier message of the contact centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The message that offered it, as the contact centre's messages are named to callers.
    pub message_id: SourceId,
    /// What the option sends back: its `value`, else its `label`.
    pub value: String,
    /// What is read on it, if the message offers an option with this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Reply {
    /// How it is told in words.
    pub fn said(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.value)
    }
}

/// The contact's message to the representative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The caller's id of it.
    pub message_id: SourceId,
    /// What it says.
    pub text: String,
    /// What hangs on it.
    pub attachments: Vec<Attachment>,
    /// Its parts.
    pub content: Vec<Part>,
    /// The option that was chosen.
    pub reply: Option<Reply>,
    /// What of it was replaced.
    pub redacted: Redacted,
}

impl OutgoingMessage {
    /// Words and nothing else.
    pub fn text(message_id: SourceId, text: impl Into<String>) -> Self {
        Self {
            message_id,
            text: text.into(),
            attachments: Vec::new(),
            content: Vec::new(),
            reply: None,
            redacted: Redacted::default(),
        }
    }

    /// The option that was chosen, if the message tells nothing else; see [`Message::choice`].
    pub fn choice(&self) -> Option<&Reply> {
        chosen(self.reply.as_ref(), &self.text, &self.attachments, &self.content)
    }

    /// With what is read on the chosen option, by the message that offered it.
    #[must_use]
    pub fn answering(mut self, named: &Message) -> Self {
        if let Some(reply) = &mut self.reply {
            reply.label = label_of(&named.parts(), &reply.value);
        }
        self
    }

    /// With a text that says it all, as whoever shows or takes texts only needs it: below the words that were given
    /// stands what choice and content say beyond them. The files of the content hang on the message, and its parts are
    /// kept where text and files do not say them all.
    #[must_use]
    pub fn complete(self) -> Self {
        let Self { message_id, text, mut attachments, content, reply, redacted } = self;
        let rendered = words_of(&content);
        let given = !text.is_empty() && !missing(&rendered, &text).is_empty();
        let words = if given { vec![Part::text(text.clone())] } else { Vec::new() };
        let files = files_of(&content);
        let beside: Vec<Attachment> = attachments.iter().filter(|one| !holds(&files, one)).cloned().collect();
        let parts: Vec<Part> = words.into_iter().chain(content).chain(plain_parts("", &beside)).collect();
        for file in files {
            if !holds(&attachments, &file) {
                attachments.push(file);
            }
        }
        let chosen = reply.as_ref().map(|reply| reply.said().to_owned());
        let said: Vec<String> = chosen.into_iter().chain(Some(rendered)).collect();
        let text = said.iter().fold(text, |text, said| completed(text, said));
        let content = if is_plain(&parts) { Vec::new() } else { parts };
        Self { message_id, text, attachments, content, reply, redacted }
    }
}

pub(crate) fn chosen<'a>(
    reply: Option<&'a Reply>,
    text: &str,
    attachments: &[Attachment],
    content: &[Part],
) -> Option<&'a Reply> {
    let bare = attachments.is_empty() && content.is_empty();
    reply.filter(|reply| bare && reply.said() == text)
}

fn holds(files: &[Attachment], file: &Attachment) -> bool {
    files.iter().any(|one| one.url == file.url)
}

/// A text with the lines below it that it does not say yet.
fn completed(text: String, said: &str) -> String {
    let missing = missing(&text, said);
    if missing.is_empty() {
        return text;
    }
    let lines: Vec<&str> = Some(text.as_str()).filter(|text| !text.is_empty()).into_iter().chain(missing).collect();
    lines.join("\n")
}

/// The lines of what is said that do not stand in a text.
fn missing<'a>(text: &str, said: &'a str) -> Vec<&'a str> {
    said.lines().filter(|line| !line.trim().is_empty() && !says(text, line.trim())).collect()
}

/// Whether words stand in a text, and not within other words.
fn says(text: &str, words: &str) -> bool {
    let apart = |neighbour: Option<char>| !neighbour.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, _)| {
        let (before, behind) = (text.get(..at), text.get(at + words.len()..));
        apart(before.and_then(|it| it.chars().next_back())) && apart(behind.and_then(|it| it.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> SourceId {
        SourceId::new(text).unwrap()
    }

    fn sent(text: &str, content: serde_json::Value) -> OutgoingMessage {
        let content = serde_json::from_value(content).unwrap();
        OutgoingMessage { content, ..OutgoingMessage::text(id("m-1"), text) }.complete()
    }

    #[test]
    fn a_text_that_is_left_out_is_what_the_content_says() {
        let place = json!({ "type": "location", "latitude": 52.5, "longitude": 13.4, "name": "Here" });
        let message = sent("", json!([place]));
        assert_eq!((message.text.as_str(), message.content.len()), ("Here\n52.5, 13.4", 1));
        let file = json!({ "type": "file", "url": "https://files.example/a.pdf" });
        let message = sent("", json!([file]));
        assert_eq!((message.text.as_str(), message.attachments.len(), message.content.len()), ("", 1, 0));
    }

    #[test]
    fn words_and_content_are_both_told_and_nothing_twice() {
        let link = json!({ "type": "link", "url": "https://x.example", "title": "Receipt" });
        let message = sent("Look", json!([link]));
        assert_eq!(message.text, "Look\nReceipt\nhttps://x.example");
        assert_eq!(message.content.len(), 2);
        assert_eq!(message.clone().complete(), message);
        let told = sent("Receipt\nhttps://x.example", json!([link]));
        assert_eq!((told.text.as_str(), told.content.len()), ("Receipt\nhttps://x.example", 1));
        let plain = sent("Hello", json!([{ "type": "text", "text": "Hello" }]));
        assert_eq!((plain.text.as_str(), plain.content.len()), ("Hello", 0));
    }

    #[test]
    fn a_file_hangs_on_a_message_once() {
        let file = json!({ "type": "image", "url": "https://files.example/a.png", "alt": "a" });
        let attached = Attachment { url: "https://files.example/a.png".to_owned(), name: None, content_type: None };
        let other = Attachment { url: "https://files.example/b.png".to_owned(), ..attached.clone() };
        let link = json!({ "type": "link", "url": "https://x.example" });
        let content = serde_json::from_value(json!([file, link])).unwrap();
        let attachments = vec![attached, other];
        let message = OutgoingMessage { attachments, content, ..OutgoingMessage::text(id("m-1"), "") }.complete();
        assert_eq!((message.attachments.len(), message.content.len()), (2, 3));
    }

    #[test]
    fn a_chosen_option_is_read_by_its_label() {
        let offered =
            json!([{ "type": "choices", "choices": [{ "label": "Blue", "value": "b" }, { "label": "Red" }] }]);
        let named: Message = serde_json::from_value(json!({
            "sequence": 1, "messageId": "in-1", "direction": "inbound", "author": "representative", "text": "Colour?",
            "content": offered, "delivery": { "state": "received" }, "acceptedAt": "2026-01-12T10:00:00Z",
        }))
        .unwrap();
        for (value, label, text) in [("b", Some("Blue"), "Blue"), ("Red", Some("Red"), "Red"), ("x", None, "x")] {
            let reply = Reply { message_id: id("in-1"), value: value.to_owned(), label: None };
            let message = OutgoingMessage { reply: Some(reply), ..OutgoingMessage::text(id("m-1"), "") };
            let message = message.answering(&named).complete();
            assert_eq!(message.text, text);
            assert_eq!(message.choice().and_then(|reply| reply.label.as_deref()), label);
        }
    }

    #[test]
    fn a_reply_without_words_says_what_is_read_on_the_option() {
        let reply = |label: Option<&str>| Reply {
            message_id: id("in-1"),
            value: "b".to_owned(),
            label: label.map(str::to_owned),
        };
        let chosen = |text: &str, label| {
            OutgoingMessage { reply: Some(reply(label)), ..OutgoingMessage::text(id("m-1"), text) }.complete().text
        };
        assert_eq!(chosen("", Some("Blue")), "Blue");
        assert_eq!(chosen("", None), "b");
        assert_eq!(chosen("Blue", Some("Blue")), "Blue");
        assert_eq!(chosen("The first, please", Some("Blue")), "The first, please\nBlue");
        assert_eq!(chosen("Nothing else", Some("No")), "Nothing else\nNo");
    }
}
