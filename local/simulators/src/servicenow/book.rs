//! What the instance knows: tokens and conversations.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{act::Phase, lane::Lane, script::Script, unfinished::Sender};

#[derive(Default)]
pub(super) struct Book {
    /// Access token and when it expires, epoch milliseconds.
    pub(super) tokens: HashMap<String, i64>,
    pub(super) refresh_tokens: HashSet<String>,
    /// `interactionId` to conversation.
    pub(super) cases: HashMap<String, Case>,
    /// `clientSessionId` to the newest `interactionId`.
    pub(super) by_session: HashMap<String, String>,
}

impl Book {
    /// A conversation by `interactionId` or `clientSessionId`.
    pub(super) fn resolve(&self, id_or_session: &str) -> Option<String> {
        if self.cases.contains_key(id_or_session) {
            return Some(id_or_session.to_owned());
        }
        self.by_session.get(id_or_session).cloned()
    }

    /// The newest conversation of a session, if it is not over.
    pub(super) fn open_case(&mut self, session: &str) -> Option<(String, &mut Case)> {
        let id = self.by_session.get(session)?.clone();
        let case = self.cases.get_mut(&id)?;
        (case.phase != Phase::Ended).then_some((id, case))
    }
}

/// How far a conversation is on its way to a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Created, not started.
    Created,
    /// The bot has it and nobody asked for a human.
    Bot,
    /// The bot works on the wish for a human; other requests are ignored meanwhile.
    BotWorking,
    /// On the way to a human or there: envelopes say `agentChat`.
    AgentChat,
}

/// One conversation.
pub(super) struct Case {
    pub(super) session: String,
    pub(super) user_id: String,
    pub(super) stage: Stage,
    pub(super) phase: Phase,
    pub(super) script: Script,
    /// The request that envelopes echo.
    pub(super) last_request: String,
    pub(super) last_message: Value,
    pub(super) client_variables: Value,
    pub(super) seen_requests: HashSet<String>,
    /// `silentMessage` sticks until it is taken back.
    pub(super) silent: bool,
    /// Which representative has it or is next.
    pub(super) representative: usize,
    /// A change of representatives has no event of its own.
    pub(super) transferring: bool,
    pub(super) callbacks: Lane,
    /// Tells the script what the contact writes; dropped at the end.
    pub(super) cues: Option<Sender<String>>,
}
