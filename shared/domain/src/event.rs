//! Provider events: what a webhook or bus event says, in our words.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Attachment, Author, EndReason, EndedBy, Order, Part, ProviderSessionId, Redacted, Representative, SourceId,
    TransferId, WrapUp,
};

/// Which session an event is for: our own id where the provider echoes it, else the provider's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// Our id, echoed.
    pub transfer_id: Option<TransferId>,
    /// The provider's name of the conversation.
    pub provider_session_id: Option<ProviderSessionId>,
}

/// One thing that a provider says about one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderEvent {
    /// Recognises a repetition; `None` where a repetition is harmless (typing).
    pub source_id: Option<SourceId>,
    /// Which session it is for.
    pub correlation: Correlation,
    /// Where it belongs among the session's events.
    pub order: Order,
    /// What it says.
    pub kind: EventKind,
    /// What the provider told beside it that operators may see.
    pub provider_data: Map<String, Value>,
    /// What the adapter must remember for its calls; never shown.
    pub provider_state: Map<String, Value>,
}

/// What happened at the contact centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// The provider has the conversation.
    Accepted,
    /// It is in a queue; a repetition updates place and wait.
    Queued {
        /// The queue's name, if told.
        queue: Option<String>,
        /// The place in it, from 1.
        position: Option<u32>,
        /// Seconds until somebody is expected.
        estimated_wait_seconds: Option<u32>,
    },
    /// A human is connected.
    RepresentativeJoined(Representative),
    /// A text from the contact centre.
    Message(IncomingMessage),
    /// A human types, or stopped.
    Typing {
        /// Whether typing goes on.
        on: bool,
    },
    /// A human is gone.
    RepresentativeLeft {
        /// Who; `None` = whoever was there.
        representative: Option<Representative>,
        /// Whether the conversation was handed on to a queue.
        transferred: bool,
    },
    /// The contact rated the service; counts also after the end.
    Survey {
        /// What was given.
        rating: i64,
        /// The best that could be given.
        scale_max: i64,
    },
    /// What the representative noted at the end of the work; counts also after the end.
    WrapUp(WrapUp),
    /// The conversation is closed.
    Ended {
        /// Who closed it.
        by: EndedBy,
        /// Why.
        reason: EndReason,
    },
    /// The conversation is over, as far as a text or a silence says it. The provider may still hold it open, so it is
    /// told; and what the provider itself says of an end is [`EventKind::Ended`].
    Concluded {
        /// Who closed it.
        by: EndedBy,
        /// Why.
        reason: EndReason,
        /// For how long that can be concluded.
        holds: Holds,
    },
    /// Something for the timeline only: receipts, declined alerts.
    Note {
        /// Our word for it.
        what: String,
        /// More, for a person; no message text, no personal data.
        detail: Option<String>,
    },
}

/// For how long an end can be concluded from what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// At any time: only the provider's own system says it.
    Always,
    /// While nobody has joined: afterwards a human may say the same words.
    UntilJoined,
}

/// A text from the contact centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncomingMessage {
    /// The provider's id of it.
    pub message_id: SourceId,
    /// Who wrote it: `Representative` or `Provider`.
    pub author: Author,
    /// What it says.
    pub text: String,
    /// Whether there was more of it than we keep.
    pub truncated: bool,
    /// What hangs on it.
    pub attachments: Vec<Attachment>,
    /// Its parts, where text and attachments do not say them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Part>,
    /// What of it was replaced before it was kept.
    #[serde(default, skip_serializing_if = "Redacted::is_empty")]
    pub redacted: Redacted,
    /// The human who wrote it, where that proves that one is connected.
    pub proves_active: Option<Representative>,
}

impl EventKind {
    /// Our word for it, as the timeline shows it.
    pub fn word(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued { .. } => "queued",
            Self::RepresentativeJoined(_) => "representative_joined",
            Self::Message(_) => "message",
            Self::Typing { .. } => "typing",
            Self::RepresentativeLeft { .. } => "representative_left",
            Self::Survey { .. } => "survey",
            Self::WrapUp(_) => "wrap_up",
            Self::Ended { .. } | Self::Concluded { .. } => "ended",
            Self::Note { what, .. } => what,
        }
    }

    /// Of two events at the same instant, the higher rank is the later one in the life of a session.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Queued { .. } => 1,
            Self::RepresentativeJoined(_) => 2,
            Self::Message(_) => 3,
            Self::Typing { .. } => 4,
            Self::RepresentativeLeft { .. } => 5,
            Self::Survey { .. } => 6,
            Self::WrapUp(_) | Self::Note { .. } => 7,
            Self::Ended { .. } | Self::Concluded { .. } => 8,
        }
    }
}
