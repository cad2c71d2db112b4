//! What a demonstration prints: steps with the time since its beginning, and whether they came.

use std::fmt::{self, Display};
use std::time::Instant;

use serde_json::Value;

use super::output::line;
use super::words;

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
        let (kind, words) = (words::kind(event), words::of(event));
        match kind {
            "message.received" => {
                self.tell(Sign::Event, kind);
                self.tell(Sign::ToContact, words);
            }
            _ if words.is_empty() => self.tell(Sign::Event, kind),
            _ => self.tell(Sign::Event, format_args!("{kind} ({words})")),
        }
    }
}
