//! What the account knows: tokens and conversations.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{act::Phase, lane::Lane, options::Representative, unfinished::Sender};

#[derive(Default)]
pub(super) struct Book {
    pub(super) tokens: Tokens,
    /// `c-…` to conversation.
    pub(super) cases: HashMap<String, Case>,
    /// Ids in order of opening.
    pub(super) order: Vec<String>,
    /// `from.id` to the newest conversation.
    pub(super) by_contact: HashMap<String, String>,
}

impl Book {
    /// A conversation by `c-…` or `from.id`.
    pub(super) fn resolve(&self, id_or_contact: &str) -> Option<String> {
        if self.cases.contains_key(id_or_contact) {
            return Some(id_or_contact.to_owned());
        }
        self.by_contact.get(id_or_contact).cloned()
    }

    /// The newest conversation of a contact, if its channel session is open.
    pub(super) fn open_case(&mut self, contact: &str) -> Option<(String, &mut Case)> {
        let id = self.by_contact.get(contact)?.clone();
        let case = self.cases.get_mut(&id)?;
        (case.session_open && case.phase != Phase::Ended).then_some((id, case))
    }
}

/// Tokens are the platform's own, so revoking them means refusing them by name.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    seen: HashSet<String>,
    refused: HashSet<String>,
    token_ids: HashSet<String>,
    refuses_next: bool,
}

impl Tokens {
    /// Everything that was shown so far is refused, and whatever is shown next: it was made before it was known.
    pub(super) fn revoke(&mut self) {
        self.refused.extend(self.seen.drain());
        self.refuses_next = true;
    }

    /// Whether a token that is right otherwise is taken.
    pub(super) fn admits(&mut self, token: &str) -> bool {
        if std::mem::take(&mut self.refuses_next) {
            self.refused.insert(token.to_owned());
        }
        self.seen.insert(token.to_owned());
        !self.refused.contains(token)
    }

    /// `false` for a `jti` that was used before.
    pub(super) fn use_id(&mut self, token_id: &str) -> bool {
        self.token_ids.insert(token_id.to_owned())
    }
}

/// A representative's part in a conversation.
#[derive(Clone, Debug)]
pub(super) struct Participant {
    pub(super) who: Representative,
    pub(super) started_ms: i64,
    pub(super) ended_ms: Option<i64>,
}

/// One conversation.
pub(super) struct Case {
    pub(super) contact: String,
    pub(super) phase: Phase,
    /// Whether the channel's session is open; the human chat may outlive it.
    pub(super) session_open: bool,
    pub(super) bot_session: String,
    pub(super) custom_data: Value,
    /// Which representative has it or is next.
    pub(super) representative: usize,
    /// The last `seq` of the relay.
    pub(super) seq: u64,
    pub(super) queued_ms: Option<i64>,
    pub(super) ended_ms: Option<i64>,
    pub(super) participants: Vec<Participant>,
    pub(super) transfers_ms: Vec<i64>,
    pub(super) nobody_there: bool,
    /// A survey question is open.
    pub(super) asked: bool,
    /// Who ended it, in the words of `metaStatus`.
    pub(super) meta_status: Option<&'static str>,
    pub(super) channel: Lane,
    pub(super) relay: Lane,
    /// Tells the script what the contact writes; dropped at the end.
    pub(super) cues: Option<Sender<String>>,
}
