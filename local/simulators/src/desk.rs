//! A running contact centre: what all of them do.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
    book::{Book, Case},
    centre::{Centre, Control},
    lane::{Callback, Carrier, Lane},
    request::Incoming,
    runtime::{Runtime, locked},
    scene::Scene,
    script::{self, Script},
    state::{Author, Conversation, Line},
    unfinished,
};

/// A running contact centre.
pub struct Desk<C: Centre> {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) config: C::Config,
    /// What this contact centre has beside.
    pub(crate) own: C,
    book: Mutex<Book<C>>,
}

impl<C: Centre> Desk<C> {
    pub(crate) fn new(runtime: Arc<Runtime>, config: C::Config, own: C) -> Arc<Self> {
        Arc::new(Self { runtime, config, own, book: Mutex::default() })
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book<C>> {
        locked(&self.book)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.runtime.options.timer.now_ms()
    }

    pub(crate) fn stamp_ms(&self) -> i64 {
        self.runtime.options.timer.stamp_ms()
    }

    pub(crate) fn uuid(&self) -> String {
        self.runtime.ids.uuid()
    }

    /// Hands out an access token for so many seconds.
    pub(crate) fn admit(&self, token: &str, seconds: u32) {
        let expires_ms = self.now_ms() + i64::from(seconds) * 1000;
        self.book().tokens.insert(token.to_owned(), expires_ms);
    }

    /// Whether a request carries a bearer token that is valid.
    pub(crate) fn knows_bearer(&self, request: &Incoming) -> bool {
        let token = request.authorization("bearer").unwrap_or_default();
        self.book().tokens.get(token).is_some_and(|expires_ms| self.now_ms() < *expires_ms)
    }

    /// Whether the script refuses conversations of this contact.
    pub(crate) fn rejects(&self, contact: &str) -> bool {
        self.runtime.script_for(contact) == Script::Reject
    }

    pub(crate) fn lane(&self, carrier: &Arc<dyn Carrier>) -> Lane {
        Lane::open(&self.runtime, Arc::clone(carrier))
    }

    /// Sends one callback beside all conversations.
    pub(crate) fn send_raw(&self, carrier: &Arc<dyn Carrier>, callback: Callback) {
        self.lane(carrier).push(callback);
    }

    /// A new conversation, which nothing routes yet.
    pub(crate) fn case(&self, id: String, contact: &str, own: C::Kept) -> Case<C> {
        let script = self.runtime.script_for(contact);
        Case { id, contact: contact.to_owned(), phase: Phase::New, script, representative: 0, cues: None, own }
    }

    /// Takes a conversation into the book. `change` says what came with it.
    pub(crate) fn open<'a>(
        &self,
        book: &'a mut Book<C>,
        case: Case<C>,
        change: impl FnOnce(&mut Conversation),
    ) -> &'a mut Case<C> {
        let (id, contact_key, script) = (case.id.clone(), case.contact.clone(), case.script);
        let mut conversation = Conversation { id, contact_key, script, ..Conversation::default() };
        change(&mut conversation);
        self.runtime.update(|state| state.conversations.push(conversation));
        book.cases.push_mut(case)
    }

    /// Hands a conversation to the human: the script begins.
    pub(crate) fn route(self: &Arc<Self>, case: &mut Case<C>) {
        let (cues, heard) = unfinished::channel(&self.runtime.unfinished);
        self.runtime.spawn(script::play(Arc::<Self>::clone(self), case.id.clone(), case.script, heard));
        case.cues = Some(cues);
    }

    /// A message after the end brings a conversation back, as one that nothing routes yet.
    pub(crate) fn reopen(&self, case: &mut Case<C>) {
        case.phase = Phase::New;
        case.script = self.runtime.script_for(&case.contact);
        self.runtime.update_conversation(&case.id, |it| {
            it.phase = Phase::New;
            it.script = case.script;
            it.ended_by = None;
            it.reopened += 1;
        });
    }

    /// Shows what the contact wrote on the desktop.
    pub(crate) fn hear(&self, case: &Case<C>, said: Said) {
        let Said { message_id, text, attachments } = said;
        let line = Line { author: Author::Contact, message_id, text, attachments, at_ms: self.now_ms() };
        self.runtime.update_conversation(&case.id, |it| it.transcript.push(line));
    }

    /// Lets something happen in a conversation.
    pub(crate) fn act(&self, case: &mut Case<C>, act: Act, stamp: Stamp) -> Result<(), ActError> {
        let next = case.phase.after(&act)?;
        let ended_by = act.ended_by();
        C::play(&mut Scene { desk: self, case, stamp }, act);
        self.settle(case, next, ended_by);
        Ok(())
    }

    /// Ends a conversation for the contact.
    pub(crate) fn end(&self, case: &mut Case<C>) -> Result<(), ActError> {
        self.act(case, Act::End(EndedBy::Contact), Stamp::default())
    }

    /// Moves a conversation to a phase, and shows that.
    pub(crate) fn settle(&self, case: &mut Case<C>, next: Phase, ended_by: Option<EndedBy>) {
        case.phase = next;
        if next == Phase::Ended {
            case.cues = None;
        }
        let representative = self.runtime.options.representative(case.representative);
        self.runtime.update_conversation(&case.id, |it| {
            it.phase = next;
            if next == Phase::Connected {
                it.representative = Some(representative.clone());
            }
            it.ended_by = ended_by.or(it.ended_by);
        });
    }
}

/// What the contact wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// The platform's id of the message, empty where it sends none.
    pub(crate) message_id: String,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
}

impl<C: Centre> Control for Desk<C> {
    fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        let mut book = self.book();
        let case = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
        self.act(case, act, stamp)
    }

    fn revoke_tokens(&self) {
        C::revoke_tokens(&mut self.book());
    }

    fn migrate(&self) {
        C::migrate(self);
    }
}
