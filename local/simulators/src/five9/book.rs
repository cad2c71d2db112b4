//! What the tenant knows: tokens and conversations.

use std::collections::HashMap;

use crate::{act::Phase, lane::Lane, unfinished::Sender};

#[derive(Default)]
pub(super) struct Book {
    /// Classic: anonymous sessions by token. Their lifetime is not known, so they live until they are revoked.
    pub(super) sessions: HashMap<String, Session>,
    /// Open Messaging: access token and when it expires, epoch milliseconds.
    pub(super) tokens: HashMap<String, i64>,
    /// Provider's id to conversation.
    pub(super) cases: HashMap<String, Case>,
    /// `externalId` or `clientHandle` to the newest conversation.
    pub(super) by_contact: HashMap<String, String>,
}

impl Book {
    /// A conversation by provider's id or contact key.
    pub(super) fn resolve(&self, id_or_contact: &str) -> Option<String> {
        if self.cases.contains_key(id_or_contact) {
            return Some(id_or_contact.to_owned());
        }
        self.by_contact.get(id_or_contact).cloned()
    }
}

/// One anonymous session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The transfer that uses it; no other may.
    pub(super) external_id: Option<String>,
}

/// One conversation.
pub(super) struct Case {
    pub(super) external_id: String,
    /// Classic: the token that may speak for it.
    pub(super) token: Option<String>,
    pub(super) phase: Phase,
    /// Which representative has it or is next.
    pub(super) representative: usize,
    /// Another representative is about to take over.
    pub(super) transferring: bool,
    /// Whether its `create` event has been sent.
    pub(super) announced: bool,
    /// The last `eventSerialNumber`.
    pub(super) events: u64,
    /// The last `messageSerialNumber`.
    pub(super) messages: u64,
    /// `from` of the newest `ACCEPT`.
    pub(super) participant: Option<String>,
    /// Reads of `/info` that still say that it is not active.
    pub(super) inactive_reads: u32,
    pub(super) callbacks: Lane,
    /// Tells the script what the contact writes; dropped at the end.
    pub(super) cues: Option<Sender<String>>,
}
