//! What an account knows: tokens and conversations.

use std::collections::HashMap;

use crate::{act::Phase, centre::Centre, script::Script, unfinished::Sender};

/// Everything that a running contact centre decides by.
pub struct Book<C: Centre> {
    /// Access tokens of the platform and when they expire, epoch milliseconds.
    pub(crate) tokens: HashMap<String, i64>,
    /// Conversations in order of opening.
    pub(crate) cases: Vec<Case<C>>,
    /// What this contact centre knows beside.
    pub(crate) own: C::Account,
}

impl<C: Centre> Default for Book<C> {
    fn default() -> Self {
        Self { tokens: HashMap::new(), cases: Vec::new(), own: C::Account::default() }
    }
}

impl<C: Centre> Book<C> {
    /// The conversation with this id.
    pub(crate) fn case(&mut self, id: &str) -> Option<&mut Case<C>> {
        self.cases.iter_mut().rev().find(|it| it.id == id)
    }

    /// The newest conversation of a contact.
    pub(crate) fn of_contact(&mut self, contact: &str) -> Option<&mut Case<C>> {
        self.cases.iter_mut().rev().find(|it| it.contact == contact)
    }

    /// The newest conversation of a contact, if it is not over.
    pub(crate) fn open_case(&mut self, contact: &str) -> Option<&mut Case<C>> {
        self.of_contact(contact).filter(|it| it.phase != Phase::Ended)
    }

    /// A conversation by its id or by its contact.
    pub(crate) fn resolve(&mut self, id_or_contact: &str) -> Option<&mut Case<C>> {
        self.cases.iter_mut().rev().find(|it| it.id == id_or_contact || it.contact == id_or_contact)
    }
}

/// One conversation.
pub(crate) struct Case<C: Centre> {
    /// The provider's id.
    pub(crate) id: String,
    /// The platform's id, which the provider knows the contact by.
    pub(crate) contact: String,
    pub(crate) phase: Phase,
    pub(crate) script: Script,
    /// Which representative has it or is next.
    pub(crate) representative: usize,
    /// Tells the script what the contact writes; absent before routing and after the end.
    pub(crate) cues: Option<Sender<String>>,
    /// What this contact centre keeps of it beside.
    pub(crate) own: C::Kept,
}

impl<C: Centre> Case<C> {
    /// Lets the scripted human hear what the contact writes.
    pub(crate) fn cue(&self, text: &str) {
        if let Some(cues) = &self.cues
            && !cues.send(text.to_owned())
        {
            tracing::debug!("the script of this conversation is over");
        }
    }
}
