//! What a test or a person can see of a simulator: requests, callbacks, conversations.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::{
    act::{Attachment, EndedBy, Phase},
    fault::Operation,
    options::Representative,
    script::Script,
};

/// Whether a request changed anything at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Received; not decided yet, or a fault keeps it from being looked at.
    None,
    /// Done (or read).
    Taken,
    /// Answered as a success, but without effect, for this reason.
    Ignored(String),
    /// Refused, for this reason.
    Refused(String),
}

/// One request that reached the provider, in order of arrival.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Place in the ledger, from 0.
    pub sequence: usize,
    /// Arrival, epoch milliseconds.
    pub at_ms: i64,
    /// What was wanted.
    pub operation: Operation,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query string, empty if none.
    pub query: String,
    /// JSON body as received, a form as an object (credentials masked, files as sizes), otherwise null.
    pub body: Value,
    /// What it did.
    pub effect: Effect,
    /// The status that was answered; `None` while (or because) nothing was answered.
    pub status: Option<u16>,
    /// The conversation it belongs to, once known.
    pub conversation: Option<String>,
    /// Whether a planned fault hit it.
    pub faulted: bool,
}

/// How one attempt of a callback went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The platform answered with this HTTP status.
    Status(u16),
    /// No answer in time.
    TimedOut,
    /// No connection, or it broke.
    Failed,
    /// There is no address to send to yet.
    NotConfigured,
    /// A planned fault dropped it.
    Dropped,
}

impl Outcome {
    /// Whether another try may come to something else: no answer, 429, 5xx.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut | Self::Failed => true,
            Self::Status(status) => *status == 429 || *status >= 500,
            Self::NotConfigured | Self::Dropped => false,
        }
    }
}

/// One attempt to call the platform, in order of completion.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackRecord {
    /// Kind, as faults name it.
    pub kind: String,
    /// The conversation it is about.
    pub conversation: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// What was sent.
    pub body: Value,
    /// What came of it.
    pub outcome: Outcome,
}

/// Who wrote a line of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The contact, through the platform.
    Contact,
    /// The human.
    Representative,
    /// The contact centre's flow or bot.
    Flow,
}

/// One line as the representative's desktop shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Who wrote it.
    pub author: Author,
    /// Contact: the platform's message id. Others: the provider's.
    pub message_id: String,
    /// The text, possibly empty beside attachments.
    pub text: String,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// When, epoch milliseconds.
    pub at_ms: i64,
}

/// One conversation inside the contact centre.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// The provider's session id.
    pub id: String,
    /// The platform's id for it (the transfer's uuid).
    pub contact_key: String,
    /// Where it stands.
    pub phase: Phase,
    /// The script that plays it.
    pub script: Script,
    /// Everything that the representative's desktop shows, in order.
    pub transcript: Vec<Line>,
    /// What came with the open: participant attributes or context variables.
    pub attributes: BTreeMap<String, String>,
    /// The history that came with the open, as received.
    pub history: Value,
    /// The human who has it or had it last.
    pub representative: Option<Representative>,
    /// Typing indicators of the contact.
    pub contact_typing: u32,
    /// Delivery reports for the representative's messages: message id and status, in order.
    pub receipts: Vec<(String, String)>,
    /// How often a message has brought it back after its end.
    pub reopened: u32,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
}

impl Conversation {
    /// The texts that the contact's side wrote, in the order of the desktop.
    pub fn contact_texts(&self) -> Vec<&str> {
        self.texts_by(Author::Contact)
    }

    /// The texts that this kind of author wrote, in order.
    pub fn texts_by(&self, author: Author) -> Vec<&str> {
        self.transcript.iter().filter(|line| line.author == author).map(|line| line.text.as_str()).collect()
    }
}

/// Everything that is observable, at one moment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// Requests in order of arrival.
    pub requests: Vec<RequestRecord>,
    /// Attempts of callbacks in order of completion.
    pub callbacks: Vec<CallbackRecord>,
    /// Conversations in order of opening.
    pub conversations: Vec<Conversation>,
}

impl State {
    /// The conversation with this provider id or contact key (the newest one, if several).
    pub fn conversation(&self, id_or_contact: &str) -> Option<&Conversation> {
        self.conversations.iter().rev().find(|it| it.id == id_or_contact || it.contact_key == id_or_contact)
    }

    pub(crate) fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.iter_mut().rev().find(|it| it.id == id)
    }

    /// Requests of one operation, in order.
    pub fn requests_for(&self, operation: Operation) -> impl Iterator<Item = &RequestRecord> {
        self.requests.iter().filter(move |it| it.operation == operation)
    }

    /// Attempts of callbacks of one kind, in order.
    pub fn callbacks_of(&self, kind: &str) -> impl Iterator<Item = &CallbackRecord> {
        self.callbacks.iter().filter(move |it| it.kind == kind)
    }
}
