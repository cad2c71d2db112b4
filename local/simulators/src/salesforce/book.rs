//! What the org knows: tokens and conversations.

use std::collections::HashMap;

use serde_json::Value;

use crate::{act::Phase, ids::Ids, lane::Lane, script::Script, unfinished::Sender};

#[derive(Default)]
pub(super) struct Book {
    /// Access tokens of the integration user and when they expire, epoch milliseconds.
    pub(super) tokens: HashMap<String, i64>,
    /// Conversation identifier to conversation.
    pub(super) cases: HashMap<String, Case>,
    /// `from` to the newest conversation identifier.
    pub(super) by_contact: HashMap<String, String>,
}

impl Book {
    /// A conversation by its identifier or by its contact.
    pub(super) fn resolve(&self, id_or_contact: &str) -> Option<String> {
        if self.cases.contains_key(id_or_contact) {
            return Some(id_or_contact.to_owned());
        }
        self.by_contact.get(id_or_contact).cloned()
    }
}

/// One conversation with its current session.
pub(super) struct Case {
    /// The end user of the channel: `from`.
    pub(super) contact: String,
    pub(super) phase: Phase,
    pub(super) script: Script,
    pub(super) session: Session,
    /// Which representative has it or is next.
    pub(super) representative: usize,
    /// Platform events.
    pub(super) events: Lane,
    /// What the package tells.
    pub(super) package: Lane,
    /// Tells the script what the contact writes; absent before routing and after the end.
    pub(super) cues: Option<Sender<String>>,
    /// The message that opened it.
    pub(super) opened_by: Option<String>,
    /// Message id to the answer that was given.
    pub(super) answers: HashMap<String, Value>,
}

/// A `MessagingSession` record.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// `0Mw…`, 15 characters.
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) started_ms: i64,
    /// `0JR…`, the pending service routing.
    pub(super) routing_id: String,
    /// `0Bz…`, the agent work.
    pub(super) work_id: String,
    /// How often it has been routed.
    pub(super) routings: u32,
    /// Place in the queue.
    pub(super) position: u32,
    /// A human has been there.
    pub(super) answered: bool,
}

impl Session {
    pub(super) fn new(ids: &Ids, started_ms: i64) -> Self {
        Self {
            id: record_id(ids, "0Mw"),
            status: Status::New,
            started_ms,
            routing_id: record_id(ids, "0JR"),
            work_id: record_id(ids, "0Bz"),
            routings: 0,
            position: 0,
            answered: false,
        }
    }
}

/// `MessagingSession.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    New,
    Waiting,
    Active,
    Inactive,
    Ended,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Waiting => "Waiting",
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Ended => "Ended",
        }
    }
}

/// A record id of 15 characters with this prefix.
pub(super) fn record_id(ids: &Ids, prefix: &str) -> String {
    let rest: String = ids.sys_id().chars().take(15 - prefix.len().min(15)).collect();
    format!("{prefix}{rest}")
}
