//! What a demonstration prints: steps with the time since its beginning, and whether they came.

use std::fmt::{self, Display};
use std::time::Instant;

use serde_json::Value;

use super::output::line;

/// A step that did not come, or came otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Missed(pub(super) String);

/// Prints steps.
#[derive(Debug)]
pub(super) struct Story {
    began: Instant,
}

/// The signs in front of a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    /// We ask the API.
    Request,
    /// The API answers.
    Answer,
    /// An event on the bus.
    Event,
    /// A message of the contact.
    FromContact,
    /// A message to the contact.
    ToContact,
    /// The end user's clock, or something else of ours.
    Note,
}

impl Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Event => "event",
            Self::FromContact => "contact  >",
            Self::ToContact => "contact <",
            Self::Note => "",
        })
    }
}

impl Story {
    pub(super) fn begin(title: &str) -> Self {
        line(format_args!("\n{title}"));
        Self { began: Instant::now() }
    }

    pub(super) fn tell(&self, sign: Sign, text: impl Display) {
        line(format_args!("  {:>7.2}s  {sign:<10}  {text}", self.began.elapsed().as_secs_f64()));
    }

    /// Tells an event of the bus in the words that matter.
    pub(super) fn tell_event(&self, event: &Value) {
        let kind = event.get("detail-type").and_then(Value::as_str).unwrap_or_default();
        let detail = |pointer: &str| event.pointer(&format!("/detail{pointer}")).filter(|value| !value.is_null());
        let word = |pointer: &str| detail(pointer).and_then(Value::as_str).unwrap_or_default();
        match kind {
            "message.received" => {
                let named = detail("/representative/name").and_then(Value::as_str);
                let author = named.filter(|_| word("/message/author") == "representative");
                let author = author.unwrap_or(word("/message/author"));
                self.tell(Sign::Event, kind);
                self.tell(Sign::ToContact, format_args!("{author}: {}", word("/message/text")));
            }
            "transfer.representative_joined" => {
                let name = detail("/representative/name").and_then(Value::as_str).unwrap_or("without a name");
                self.tell(Sign::Event, format_args!("{kind} (status {}, {name})", word("/status")));
            }
            "transfer.ended" | "transfer.expired" => self.tell(
                Sign::Event,
                format_args!("{kind} (reason {}, ended by {})", word("/endReason"), word("/endedBy")),
            ),
            "message.delivered" => self.tell(Sign::Event, format_args!("{kind} ({})", word("/messageId"))),
            _ if kind.starts_with("transfer.") => {
                self.tell(Sign::Event, format_args!("{kind} (status {})", word("/status")));
            }
            _ => self.tell(Sign::Event, kind),
        }
    }
}
