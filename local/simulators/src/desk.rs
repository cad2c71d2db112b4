//! A running contact centre: what all of them do, and what each has to bring.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    act::{Act, ActError, EndedBy, Phase, Stamp},
    book::{Book, Case},
    centre::{Answer, Centre, Control, Incoming},
    fault::Operation,
    handle::{Handle, StartError},
    lane::{Callback, Carrier, Lane},
    reading::Refusal,
    runtime::{Runtime, locked},
    scene::Scene,
    script::{self, Script},
    server,
    state::{Author, Conversation, Line},
    unfinished,
};

/// A contact centre's rules on the wire, and what its human's acts look like there.
///
/// Everything is synchronous: decisions are made under the lock of the book, and what leaves (callbacks) goes through
/// lanes.
pub trait Rules: Sized + Send + Sync + 'static {
    /// How an account is set up.
    type Config: Send + Sync;
    /// What an account knows beside its conversations.
    type Account: Default + Send;
    /// What it keeps of a conversation beside what all do.
    type Case: Send;

    /// What a request wants; decides which planned fault hits it.
    fn classify(desk: &Desk<Self>, request: &Incoming) -> Operation;

    /// Decides a request by the provider's contract.
    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal>;

    /// The provider's error body: of a refusal, or for a status that a fault asks for.
    fn error_body(desk: &Desk<Self>, request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value;

    /// Tells the platform of an act that makes sense in the phase of the conversation.
    fn play(scene: &mut Scene<'_, Self>, act: Act);

    /// The body as the ledger shows it to anybody: without credentials.
    fn visible_body(request: &Incoming) -> Value {
        server::visible_body(request)
    }

    /// Makes every access token invalid.
    fn revoke_tokens(book: &mut Book<Self>) {
        book.tokens.clear();
    }

    /// Moves every session to another place, where the provider does that.
    fn migrate(_desk: &Desk<Self>) {}
}

/// A running contact centre.
pub struct Desk<C: Rules> {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) config: C::Config,
    /// What this contact centre has beside.
    pub(crate) own: C,
    book: Mutex<Book<C>>,
}

impl<C: Rules> fmt::Debug for Desk<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl<C: Rules> Desk<C> {
    pub(crate) fn new(runtime: Arc<Runtime>, config: C::Config, own: C) -> Arc<Self> {
        Arc::new(Self { runtime, config, own, book: Mutex::default() })
    }

    /// Serves until the handle is dropped.
    pub(crate) fn start(
        runtime: Arc<Runtime>,
        config: C::Config,
        own: C,
        listener: TcpListener,
    ) -> Result<Handle<Self>, StartError> {
        Handle::start(Self::new(runtime, config, own), listener)
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
        let now = self.now_ms();
        request.authorization("bearer").is_some_and(|it| self.book().tokens.admits(it, now))
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
    pub(crate) fn case(&self, id: String, contact: &str, own: C::Case) -> Case<C> {
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
        let mut conversation = Conversation::new(&case.id, &case.contact, case.script);
        change(&mut conversation);
        self.runtime.update(|state| state.conversations.push(conversation));
        book.cases.push_mut(case)
    }

    /// Hands a conversation to the human: the script begins.
    pub(crate) fn route(self: &Arc<Self>, case: &mut Case<C>) {
        let (cues, heard) = unfinished::channel(&self.runtime.unfinished);
        self.runtime.spawn(script::play(Arc::clone(self), case.id.clone(), case.script, heard));
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
        self.runtime.show(&case.id, next, case.representative, ended_by);
    }
}

/// What the contact wrote.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The platform's id of the message, empty where it sends none.
    pub(crate) message_id: String,
    pub(crate) text: String,
    pub(crate) attachments: Vec<crate::act::Attachment>,
}

impl<C: Rules> Control for Desk<C> {
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

    fn set_webhook(&self, url: &str, secret: &str) {
        self.runtime.webhook.set(url, secret);
    }

    fn set_relay(&self, url: &str, secret: &str) {
        self.runtime.relay.set(url, secret);
    }
}

impl<C: Rules> Centre for Desk<C> {
    fn classify(&self, request: &Incoming) -> Operation {
        C::classify(self, request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        C::answer(self, request).unwrap_or_else(|refusal| {
            let body = C::error_body(self, request, refusal.status, Some(&refusal));
            let answer = Answer::refused(refusal.status, body, refusal.problem);
            Answer { conversation: refusal.conversation, ..answer }
        })
    }

    fn visible_body(&self, request: &Incoming) -> Value {
        C::visible_body(request)
    }

    fn error_body(&self, _status: u16) -> Value {
        Value::Null
    }

    fn error_body_for(&self, request: &Incoming, status: u16) -> Value {
        C::error_body(self, request, status, None)
    }
}
