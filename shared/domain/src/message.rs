//! Messages, in either direction.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::content::plain_parts;
use crate::outgoing::chosen;
use crate::{Author, Direction, OrderKey, Part, Receipt, Redacted, Reply, Session, SourceId};

/// The longest text that is kept, in bytes of UTF-8; a longer inbound text is cut, a longer outbound one refused.
pub const MAX_TEXT_BYTES: usize = 32 * 1024;

/// One message of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its place among the session's messages.
    pub sequence: u64,
    /// The sender's id of it; unique per session and direction.
    pub message_id: SourceId,
    /// Which way it goes.
    pub direction: Direction,
    /// Who wrote it, as its sender says; see [`Message::author_in`].
    pub author: Author,
    /// Where it belongs among the provider's events, if it does not itself prove that a human wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproven: Option<OrderKey>,
    /// What it says, verbatim.
    pub text: String,
    /// Whether there was more of it than we keep: the text is cut to [`MAX_TEXT_BYTES`], attachments to a number.
    #[serde(default)]
    pub truncated: bool,
    /// What hangs on it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Its parts, where text and attachments do not say them all; see [`Message::parts`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Part>,
    /// The option of an earlier message that the contact chose with it; see [`Message::choice`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Whether it arrived.
    pub delivery: Delivery,
    /// When it was accepted here.
    pub accepted_at: DateTime<Utc>,
    /// When it was sent, by the provider's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// Whether it came after the end of the session: kept and told, and nothing else follows.
    #[serde(default)]
    pub late: bool,
    /// What of it was replaced before it was kept.
    #[serde(default, skip_serializing_if = "Redacted::is_empty")]
    pub redacted: Redacted,
    /// How far a message of the contact centre came at the contact, once that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

impl Message {
    /// What it consists of.
    pub fn parts(&self) -> Cow<'_, [Part]> {
        if self.content.is_empty() {
            Cow::Owned(plain_parts(&self.text, &self.attachments))
        } else {
            Cow::Borrowed(&self.content)
        }
    }

    /// The option that was chosen, if the message tells nothing else: only then may a provider be told the option instead
    /// of the text.
    pub fn choice(&self) -> Option<&Reply> {
        chosen(self.reply.as_ref(), &self.text, &self.attachments, &self.content)
    }

    /// Who wrote it. A provider that cannot tell a flow's text from a human's names a representative; from before one
    /// joined, it is the flow's. Whether one had joined by then may become known after the message.
    pub fn author_in(&self, session: &Session) -> Author {
        match self.unproven {
            Some(key) if !session.signals.anybody_joined_by(key) => Author::Provider,
            Some(_) | None => self.author,
        }
    }
}

/// A file or link that hangs on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// Where it can be fetched.
    pub url: String,
    /// Its file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// The delivery state of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    /// Waits for its turn at the provider.
    Pending,
    /// A call was started and its result is not recorded yet.
    Attempted {
        /// Which call this is, from 1.
        attempts: u32,
    },
    /// The provider has it.
    Delivered,
    /// The provider does not, or not surely, have it, and it is not tried again.
    Failed {
        /// Why, for the caller.
        reason: String,
    },
    /// It came from the contact centre.
    Received,
}

impl Delivery {
    /// Whether nothing will happen to it any more.
    pub const fn is_settled(&self) -> bool {
        match self {
            Self::Pending | Self::Attempted { .. } => false,
            Self::Delivered | Self::Failed { .. } | Self::Received => true,
        }
    }
}

/// Cuts a text to [`MAX_TEXT_BYTES`] at a character boundary; tells whether it had to.
pub fn fit_text(mut text: String) -> (String, bool) {
    if text.len() <= MAX_TEXT_BYTES {
        return (text, false);
    }
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    (text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character_boundary() {
        let text = format!("{}{}", "a".repeat(MAX_TEXT_BYTES - 1), "\u{1F600}");
        let (cut, truncated) = fit_text(text);
        assert!(truncated);
        assert_eq!(cut.len(), MAX_TEXT_BYTES - 1);
        assert_eq!(fit_text("\u{1F600}".to_owned()), ("\u{1F600}".to_owned(), false));
    }
}
