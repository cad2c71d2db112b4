//! What can happen in a conversation on the contact centre's side, and when it can.

use serde::{Deserialize, Serialize};

/// Where a conversation stands inside the contact centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Taken from the platform; no human is being looked for yet.
    #[default]
    New,
    /// Waiting in a queue.
    Queued,
    /// Ringing at a representative who has not answered.
    Offered,
    /// A representative is connected.
    Connected,
    /// The representative has left; the conversation is still open.
    Left,
    /// Over.
    Ended,
}

/// Who brought a conversation to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The human in the contact centre.
    #[default]
    Representative,
    /// The platform, on behalf of the contact.
    Contact,
    /// The provider itself: idle time, fault, administration.
    Provider,
}

/// A file that a message carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where the file can be fetched.
    pub url: String,
    /// MIME type.
    #[serde(default = "default_mime")]
    pub mime: String,
    /// File name shown to people.
    #[serde(default = "default_filename")]
    pub filename: String,
}

fn default_mime() -> String {
    "application/octet-stream".to_owned()
}

fn default_filename() -> String {
    "file".to_owned()
}

/// One act of the contact centre: of its flow, its routing or its human.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The provider starts to handle the conversation.
    Accept,
    /// It enters (or stays in, with news about) a queue.
    Queue,
    /// It rings at a representative.
    Offer,
    /// The representative lets it ring or declines.
    Decline,
    /// The representative connects.
    Join,
    /// The representative writes.
    Say(String),
    /// The representative sends a file, with a caption.
    SendFile(Attachment, String),
    /// The representative begins to type.
    StartTyping,
    /// The representative stops typing.
    StopTyping,
    /// The representative gives the conversation back to a queue for a colleague.
    Transfer,
    /// The representative leaves.
    Leave,
    /// After-call work is finished, where the provider tells.
    WrapUp,
    /// A survey question after the representative has left, where the provider has one.
    Survey(String),
    /// Nobody is there to take it.
    NoAgents,
    /// The flow or bot of the contact centre writes; not a human.
    FlowText(String),
    /// The conversation ends.
    End(EndedBy),
}

impl Act {
    /// Who ends the conversation by this act, if it is an end.
    pub(crate) fn ended_by(&self) -> Option<EndedBy> {
        if let Self::End(by) = self { Some(*by) } else { None }
    }
}

/// Explicit identity of the event that an act causes. What is absent is made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The provider's id of the message or event.
    pub id: Option<String>,
    /// The provider's time of the event, epoch milliseconds.
    pub at_ms: Option<i64>,
}

impl Phase {
    /// The phase after `act`; an error where the act makes no sense.
    ///
    /// More is allowed than a real desk would do (joining without a queue, queueing again),
    /// because a platform has to survive events that were lost on the way.
    pub fn after(self, act: &Act) -> Result<Self, ActError> {
        let open = self != Self::Ended;
        let connected = self == Self::Connected;
        let (allowed, next) = match act {
            Act::Accept => (self == Self::New, Self::New),
            Act::Queue => (open, Self::Queued),
            Act::Offer => (matches!(self, Self::New | Self::Queued), Self::Offered),
            Act::Decline => (self == Self::Offered, Self::Queued),
            Act::Join => (open && !connected, Self::Connected),
            Act::Say(_) | Act::SendFile(..) | Act::StartTyping | Act::StopTyping => (connected, Self::Connected),
            Act::Transfer => (connected, Self::Queued),
            Act::Leave => (connected, Self::Left),
            // After-call work may come to an end minutes after the conversation did.
            Act::WrapUp => (matches!(self, Self::Left | Self::Ended), self),
            Act::Survey(_) => (self == Self::Left, self),
            Act::NoAgents => (matches!(self, Self::Queued | Self::Offered), Self::Left),
            Act::FlowText(_) => (open, self),
            Act::End(_) => (open, Self::Ended),
        };
        if allowed { Ok(next) } else { Err(ActError::NotPossible(self)) }
    }
}

/// Why an act could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No conversation has this id or contact.
    #[error("no such conversation")]
    UnknownConversation,
    /// The conversation is in a phase that does not allow the act.
    #[error("not possible while the conversation is {0:?}")]
    NotPossible(Phase),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_speaks_before_joining_or_after_leaving() {
        let say = Act::Say("hi".to_owned());
        assert_eq!(Phase::Queued.after(&say), Err(ActError::NotPossible(Phase::Queued)));
        assert_eq!(Phase::Left.after(&say), Err(ActError::NotPossible(Phase::Left)));
        assert_eq!(Phase::Connected.after(&say), Ok(Phase::Connected));
    }

    #[test]
    fn after_the_end_only_after_call_work_remains() {
        for act in [Act::Accept, Act::Queue, Act::Join, Act::FlowText(String::new()), Act::End(EndedBy::Provider)] {
            assert_eq!(Phase::Ended.after(&act), Err(ActError::NotPossible(Phase::Ended)), "{act:?}");
        }
        assert_eq!(Phase::Ended.after(&Act::WrapUp), Ok(Phase::Ended));
    }
}
