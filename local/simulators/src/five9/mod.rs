//! Five9, in two flavours: classic messaging and Open Messaging.
//!
//! One listener is login host and data centre of the classic API, or the whole Open Messaging API. Classic callbacks go
//! to `{callbackUrl}/conversations/{id}/{event}` of each create, those of Open Messaging to the delivery profile's
//! webhook; there are no repeats.
//!
//! Kinds of callbacks for faults and ledgers: `create`, `accept`, `typing`, `message`, `file`, `terminate`, in Open
//! Messaging also `transfer_to_group`, `transfer_to_agent`, `add_participant`, `remove_participant`; and `raw.` with
//! the event's name for those that a test made up.
//!
//! The fault `migrate` moves every classic session to the other data centre and a new farm: calls to the old one are
//! answered with 435 and code 5001, until they go to the data centre that metadata names, with the farm that the error
//! names. The two data centres share the listener ([`Five9::start`]) or have one each
//! ([`Five9::start_in_two_data_centres`]).
//!
//! Where the documents are silent: nothing recognises a repeated create or message, a token speaks for the transfer
//! that used it first and for no other, and a status of 435 by a plain `status` fault has code 500. Nothing tells the
//! platform that a representative leaves a conversation open, of surveys, of after-call work, of a flow's texts.
//! Not simulated: supervisor login, uploads, availability.

mod body;
mod book;
mod classic;
mod config;
mod data_centre;
mod desk;
mod event;
mod human;
mod open_messaging;
mod routes;
mod webhook;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::TcpListener;

pub use config::{
    AgentChange, AuthScheme, CallbackMethods, ConversationIds, Five9Config, Flavor, IdField, MetadataForm, NameField,
    OAuthStyle, TerminateCall, TerminateParticipant, WebhookAuth,
};

use crate::{
    act::{Act, ActError, Stamp},
    centre::{Answer, Centre, Control, Incoming},
    fault::Operation,
    handle::{Handle, StartError},
    lane::Callback,
    options::Options,
    runtime::{Runtime, locked},
    server,
};

use book::Book;
use data_centre::DataCentres;
use webhook::{Address, RAW, Target, Webhook};

/// A running Five9 simulator.
pub type Five9Handle = Handle<Five9>;

/// The simulated tenant.
pub struct Five9 {
    runtime: Arc<Runtime>,
    config: Five9Config,
    book: Mutex<Book>,
    centres: Mutex<DataCentres>,
    webhook: Arc<Webhook>,
}

impl std::fmt::Debug for Five9 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Five9").finish_non_exhaustive()
    }
}

impl Five9 {
    /// Starts to serve; both data centres are behind this listener. Must be called inside a tokio runtime.
    pub fn start(config: Five9Config, listener: TcpListener, options: Options) -> Result<Five9Handle, StartError> {
        let authority = listener.local_addr()?.to_string();
        Handle::start(Self::new(config, [authority.clone(), authority], options)?, listener)
    }

    /// Starts to serve, each data centre on its own listener; the first one is active and is the handle's base URL.
    /// Must be called inside a tokio runtime.
    pub fn start_in_two_data_centres(
        config: Five9Config,
        listeners: [TcpListener; 2],
        options: Options,
    ) -> Result<Five9Handle, StartError> {
        let [first, second] = listeners;
        let authorities = [first.local_addr()?.to_string(), second.local_addr()?.to_string()];
        let centre = Self::new(config, authorities, options)?;
        // It ends with the runtime, as the first one does.
        drop(server::start(&centre, second));
        Handle::start(centre, first)
    }

    fn new(config: Five9Config, authorities: [String; 2], options: Options) -> Result<Arc<Self>, StartError> {
        let runtime = Arc::new(Runtime::new(options)?);
        let webhook = Webhook {
            address: Mutex::new(Address { url: config.webhook_url.clone(), secret: config.webhook_secret.clone() }),
            auth: config.webhook_auth.clone(),
            methods: config.callback_methods,
        };
        let centres = Mutex::new(DataCentres::new(authorities, runtime.ids.uuid()));
        Ok(Arc::new(Self { runtime, config, book: Mutex::default(), centres, webhook: Arc::new(webhook) }))
    }
}

impl Control for Five9 {
    fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        human::perform(self, &mut locked(&self.book), conversation, act, stamp)
    }

    fn revoke_tokens(&self) {
        let mut book = locked(&self.book);
        book.sessions.clear();
        book.tokens.clear();
    }

    /// The classic flavour takes only the secret from it: the address comes with each create.
    fn set_webhook(&self, url: &str, secret: &str) {
        *locked(&self.webhook.address) = Address { url: Some(url.to_owned()), secret: secret.to_owned() };
    }

    fn migrate(&self) {
        locked(&self.centres).migrate(self.runtime.ids.uuid());
    }
}

impl Centre for Five9 {
    fn classify(&self, request: &Incoming) -> Operation {
        routes::classify(self, request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        routes::answer(self, request)
    }

    fn error_body(&self, status: u16) -> Value {
        routes::general_failure(self, status)
    }
}

impl Handle<Five9> {
    /// Lets metadata name `authority` (`host:port`) in place of the listener of the base URL, for what stands between.
    pub fn advertise(&self, authority: &str) {
        let own = self.base_url().trim_start_matches("http://");
        locked(&self.centre.centres).advertise(own, authority);
    }

    /// Sends any body as an event of a conversation, to where its callbacks go. `event` is the last segment of the
    /// path in the classic flavour.
    pub fn send_raw_event(&self, conversation: &str, event: &str, body: Value) -> Result<(), ActError> {
        let book = locked(&self.centre.book);
        let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
        let case = book.cases.get(&id).ok_or(ActError::UnknownConversation)?;
        case.callbacks.push(Callback { id: String::new(), kind: format!("{RAW}{event}"), conversation: id, body });
        Ok(())
    }

    /// Sends any body to the delivery profile's webhook, for any chat, known or not.
    pub fn send_raw_to_profile(&self, body: Value) {
        let lane = desk::lane(&self.centre, Target::DeliveryProfile);
        lane.push(Callback { id: String::new(), kind: format!("{RAW}chat"), conversation: String::new(), body });
    }
}
