//! Kore.ai SmartAssist behind an XO webhook channel, version 2, asynchronous.
//!
//! One listener is the platform (`/chatbot/v2/webhook/{streamId}`) and the contact centre's public REST API. Texts of
//! the bot and of representatives go to the channel's `POST_URL`, once and indistinguishable; the customer's flow tells
//! the lifecycle by the platform's own relay contract, signed, with the repeats that it asks for. The two ways are
//! independent: a text may overtake the event that its author joined.
//!
//! Kinds of callbacks for faults and ledgers: `channel.text`, `channel.closure`, `channel.raw`, and `relay.` with
//! `queued`, `agent_joined`, `agent_message`, `agent_left`, `closed`, `csat`, `raw`.
//!
//! A contact centre's acts have a stamp's id as the `webhook-id` of their relay event and as the `messageId` of their
//! text.
//!
//! Where the documents are silent: nothing recognises a repeat, so that a second `session.new` opens a second
//! conversation; a message without an active session is acknowledged and goes nowhere; the opening goes to the flow
//! and is not on the representative's desktop; a conversation whose representative has left is `IDLE`. Tokens are the
//! platform's own, so revoking them refuses those that were shown before and the next one. A number from 1 to 5 as the
//! answer to a survey becomes a `csat`. Not simulated: uploads, JWE, synchronous mode, overdue conversations,
//! bearer tokens at the relay.

mod book;
mod carry;
mod channel;
mod config;
mod human;
mod inbound;
mod rest;
mod routes;
mod token;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::TcpListener;

pub use config::{
    Addressing, AgentText, Availability, ChannelKey, ClaimRules, ClosureAnswer, ClosureEffect, SmartAssistConfig,
    Trigger,
};

use crate::{
    act::{Act, ActError, Stamp},
    centre::{Answer, Centre, Control, Incoming},
    fault::Operation,
    handle::{Handle, StartError},
    lane::{Callback, Carrier, Lane},
    options::Options,
    relay::{self, Relay},
    runtime::{Runtime, locked},
};

use book::Book;
use carry::{Address, ChannelCarrier, RawCarrier, RelayCarrier};
use token::Key;

/// A running SmartAssist simulator.
pub type SmartAssistHandle = Handle<SmartAssist>;

/// The simulated account.
pub struct SmartAssist {
    runtime: Arc<Runtime>,
    config: SmartAssistConfig,
    channel_key: Key,
    rest_key: Key,
    book: Mutex<Book>,
    availability: Mutex<Availability>,
    channel: Arc<ChannelCarrier>,
    relay: Arc<RelayCarrier>,
}

impl std::fmt::Debug for SmartAssist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmartAssist").finish_non_exhaustive()
    }
}

impl SmartAssist {
    /// Starts to serve. Must be called inside a tokio runtime.
    pub fn start(
        config: SmartAssistConfig,
        listener: TcpListener,
        options: Options,
    ) -> Result<SmartAssistHandle, StartError> {
        let channel_key = match &config.key {
            ChannelKey::Secret(secret) => Key::from_secret(secret),
            ChannelKey::PublicKey(pem) => Key::from_public_key(pem).map_err(|_| StartError::PublicKey)?,
        };
        let runtime = Arc::new(Runtime::new(options)?);
        let channel = ChannelCarrier {
            runtime: Arc::clone(&runtime),
            address: Mutex::new(Address { url: config.post_url.clone(), secret: config.post_url_secret.clone() }),
            header: config.post_url_header.clone(),
        };
        let address = relay::Address { url: config.relay_url.clone(), secret: config.relay_secret.clone() };
        let relay = Arc::new(Relay { runtime: Arc::clone(&runtime), address: Mutex::new(address) });
        let centre = Self {
            runtime,
            channel_key,
            rest_key: Key::from_secret(&config.rest_client_secret),
            config,
            book: Mutex::default(),
            availability: Mutex::default(),
            channel: Arc::new(channel),
            relay: Arc::new(RelayCarrier { relay, given: Mutex::default() }),
        };
        Handle::start(Arc::new(centre), listener)
    }

    fn channel_lane(&self) -> Lane {
        let carrier: Arc<dyn Carrier> = self.channel.clone();
        Lane::open(&self.runtime, carrier)
    }

    fn relay_lane(&self) -> Lane {
        let carrier: Arc<dyn Carrier> = self.relay.clone();
        Lane::open(&self.runtime, carrier)
    }

    fn trace_id(&self) -> String {
        format!("RTM-TRACE-{}", self.runtime.ids.uuid())
    }

    fn message_id(&self) -> String {
        format!("ms-{}", self.runtime.ids.uuid())
    }
}

impl Control for SmartAssist {
    fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        human::perform(self, &mut locked(&self.book), conversation, act, stamp)
    }

    fn revoke_tokens(&self) {
        locked(&self.book).tokens.revoke();
    }

    /// The channel's `POST_URL`, and the value of its static header.
    fn set_webhook(&self, url: &str, secret: &str) {
        *locked(&self.channel.address) = Address { url: Some(url.to_owned()), secret: secret.to_owned() };
    }

    fn set_relay(&self, url: &str, secret: &str) {
        let address = relay::Address { url: Some(url.to_owned()), secret: secret.to_owned() };
        *locked(&self.relay.relay.address) = address;
    }
}

impl Centre for SmartAssist {
    fn classify(&self, request: &Incoming) -> Operation {
        routes::classify(request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        routes::answer(self, request)
    }

    fn error_body(&self, status: u16) -> Value {
        routes::error_body(self, status)
    }
}

impl Handle<SmartAssist> {
    /// The channel's URL, as its administrator copies it.
    pub fn channel_url(&self) -> String {
        let config = &self.centre.config;
        let instance = config.hook_instance.as_ref().map(|it| format!("/hookInstance/{it}"));
        format!("{}/chatbot/v2/webhook/{}{}", self.base_url(), config.stream_id, instance.unwrap_or_default())
    }

    /// What the availability call finds from now on.
    pub fn set_availability(&self, availability: Availability) {
        *locked(&self.centre.availability) = availability;
    }

    /// The contact's judgement, from 1 to 5, before or after the end.
    pub fn rate(&self, conversation: &str, rating: u32, comment: Option<&str>) -> Result<(), ActError> {
        let mut book = locked(&self.centre.book);
        let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
        let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
        human::rate(&self.centre, case, &id, rating, comment);
        Ok(())
    }

    /// Sends any body to the `POST_URL`.
    pub fn send_raw_channel(&self, body: Value) {
        let lane = self.centre.channel_lane();
        lane.push(Callback { id: String::new(), kind: "channel.raw".to_owned(), conversation: String::new(), body });
    }

    /// Lets the flow send any relay event, rightly signed, with this `webhook-id`.
    pub fn send_raw_relay(&self, webhook_id: &str, body: Value) {
        let relay = Arc::clone(&self.centre.relay.relay);
        let carrier: Arc<dyn Carrier> = Arc::new(RawCarrier { relay, id: webhook_id.to_owned() });
        let lane = Lane::open(self.centre.runtime(), carrier);
        lane.push(Callback { id: String::new(), kind: "relay.raw".to_owned(), conversation: String::new(), body });
    }
}
