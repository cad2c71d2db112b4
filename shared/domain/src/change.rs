//! What a write changed. Everything that leaves the system follows from these.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Attachment, Author, End, Hold, LinkedBy, MessageCounts, Part, Provider, ProviderSessionId, Queue, QueueName,
    ReceiptState, Representative, SessionId, SourceId, Status,
};

/// One change with its place in the session's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct SequencedChange {
    /// The session's version at this change: unique within the session and rising.
    pub sequence: u64,
    /// When it happened, by the provider's clock if the provider told.
    pub occurred_at: DateTime<Utc>,
    /// Where the session stood then; one write may change it more than once.
    pub status: Status,
    /// What happened.
    pub change: Change,
}

/// Who writes, unless it is said.
const fn representative() -> Author {
    Author::Representative
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_representative(author: &Author) -> bool {
    *author == representative()
}

/// How a change is kept, in short: it is written with its session.
type Kept = (u64, Moment, Status, Change);

/// A time in epoch milliseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Moment(#[serde(with = "chrono::serde::ts_milliseconds")] DateTime<Utc>);

impl From<Kept> for SequencedChange {
    fn from((sequence, Moment(occurred_at), status, change): Kept) -> Self {
        Self { sequence, occurred_at, status, change }
    }
}

impl From<SequencedChange> for Kept {
    fn from(change: SequencedChange) -> Self {
        (change.sequence, Moment(change.occurred_at), change.status, change.change)
    }
}

/// What happened to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The session was created; the provider must be called.
    Requested {
        /// The session that it follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        predecessor: Option<SessionId>,
    },
    /// The provider has the conversation.
    #[serde(rename_all = "camelCase")]
    Accepted {
        /// Its name of it, if told by then.
        provider_session_id: Option<ProviderSessionId>,
    },
    /// The provider's name of the conversation became known; events parked under it can be applied.
    Linked,
    /// It is in a queue, or its place there changed.
    Queued {
        /// Which, as far as known then.
        queue: Queue,
    },
    /// A human is connected, or has a name now.
    RepresentativeJoined {
        /// Who, as far as known then.
        representative: Option<Representative>,
    },
    /// A human is gone.
    RepresentativeLeft {
        /// Who, where the provider tells.
        representative: Option<Representative>,
    },
    /// Wrap-up or survey is under way.
    PostAgent,
    /// It is closed; again, if the provider tells of an earlier end of another sort than it had told before.
    Ended {
        /// How.
        end: End,
        /// How many messages there were.
        counts: MessageCounts,
        /// Who was connected last.
        representative: Option<Representative>,
    },
    /// There is a newer hand-back of the same end, because the outcome, the representative, the survey or the wrap-up became
    /// known or changed.
    HandedBack,
    /// Another session follows it.
    Followed {
        /// Which.
        successor: SessionId,
        /// Where that one goes.
        provider: Provider,
        /// The queue that it asks for.
        queue: QueueName,
        /// Why.
        by: LinkedBy,
    },
    /// Nobody has acknowledged the newest hand-back for long: it is told once more.
    HandBackOpen,
    /// After our end came what closing needs: the conversation must be closed there.
    Orphaned,
    /// It will expire soon, unless somebody writes.
    #[serde(rename_all = "camelCase")]
    Expiring {
        /// When.
        #[serde(with = "chrono::serde::ts_seconds")]
        expires_at: DateTime<Utc>,
    },
    /// A representative joined and has said nothing for long.
    Silent {
        /// Who, as far as known.
        representative: Option<Representative>,
    },
    /// Nothing has happened for long, and it never expires.
    Stale,
    /// The provider says that it does not know the conversation.
    UnknownThere {
        /// What it answered.
        why: String,
    },
    /// The provider cannot be reached for this session, or does not say whether it took the conversation.
    Delayed {
        /// What waits.
        hold: Hold,
        /// Whether the provider may have taken the conversation.
        unconfirmed: bool,
    },
    /// It was looked after: what is not done yet is asked for once more.
    Checked {
        /// The first message of the contact that is not settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unsettled: Option<u64>,
    },
    /// A message of the contact was accepted and must be delivered.
    MessageAccepted,
    /// A message of the contact centre arrived.
    #[serde(rename_all = "camelCase")]
    MessageReceived {
        /// The sender's id of it.
        message_id: SourceId,
        /// Who wrote it.
        #[serde(default = "representative", skip_serializing_if = "is_representative")]
        author: Author,
        /// What it says.
        text: String,
        /// Whether the text was cut to the size limit.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
        /// What hangs on it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        /// Its parts, where text and attachments do not say them all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        content: Vec<Part>,
        /// The human who wrote it, else the one who was connected then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        representative: Option<Representative>,
        /// Whether the session had ended when it arrived.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// The representative types, or stopped.
    Typing {
        /// Whether typing goes on.
        on: bool,
    },
    /// Messages of the contact centre came further at the contact.
    #[serde(rename_all = "camelCase")]
    MessagesAcknowledged {
        /// The sender's ids of them.
        message_ids: Vec<SourceId>,
        /// How far.
        state: ReceiptState,
    },
    /// The contact rated the service.
    Survey {
        /// What was given.
        rating: i64,
        /// The best that could be given.
        scale_max: i64,
    },
}
