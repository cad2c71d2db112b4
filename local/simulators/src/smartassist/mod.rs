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

mod channel;
mod config;
mod human;
mod inbound;
mod rest;
mod routes;
mod token;

use std::sync::{Arc, Mutex};

use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::net::TcpListener;

pub use config::{
    Addressing, AgentText, Availability, ChannelKey, ClaimRules, ClosureAnswer, ClosureEffect, SmartAssistConfig,
    Trigger,
};

use crate::engine::{
    self, ActError, Callback, Carrier, Desk, Handle, Lane, Options, PATIENCE, Representative, Runtime, Scene, Stamp,
    StartError, locked, relay, webhook,
};

use token::Key;

/// A running SmartAssist simulator.
pub type SmartAssistHandle = Handle<Desk<SmartAssist>>;

type Account = Desk<SmartAssist>;
type Book = engine::Book<SmartAssist>;
type Case = engine::Case<SmartAssist>;

/// The simulated account.
pub struct SmartAssist {
    channel_key: Key,
    rest_key: Key,
    availability: Mutex<Availability>,
    /// Utterances to the `POST_URL`; no repeats are documented, and the channel's patience is not known.
    channel: Arc<dyn Carrier>,
    /// The service calls of the flow.
    relay: Arc<dyn Carrier>,
}

/// A representative's part in a conversation.
#[derive(Clone, Debug)]
struct Participant {
    who: Representative,
    started_ms: i64,
    ended_ms: Option<i64>,
}

/// What the account keeps of a conversation.
pub struct Kept {
    /// Whether the channel's session is open; the human chat may outlive it.
    session_open: bool,
    bot_session: String,
    custom_data: Value,
    /// The last `seq` of the relay.
    seq: u64,
    queued_ms: Option<i64>,
    ended_ms: Option<i64>,
    participants: Vec<Participant>,
    transfers_ms: Vec<i64>,
    nobody_there: bool,
    /// A survey question is open.
    asked: bool,
    /// Who ended it, in the words of `metaStatus`.
    meta_status: Option<&'static str>,
    channel: Lane,
    relay: Lane,
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
        let runtime = Runtime::start(options)?;
        runtime.webhook.set_if_known(config.post_url.clone(), &config.post_url_secret);
        runtime.relay.set_if_known(config.relay_url.clone(), &config.relay_secret);
        let header = config.post_url_header.clone();
        let prove = move |request: RequestBuilder, secret: &str, _: &str| match &header {
            Some(name) => request.header(name, secret),
            None => request,
        };
        let own = Self {
            channel_key,
            rest_key: Key::from_secret(&config.rest_client_secret),
            availability: Mutex::default(),
            channel: webhook(&runtime, PATIENCE, false, prove),
            relay: relay(&runtime, ""),
        };
        Handle::start(Desk::new(runtime, config, own), listener)
    }
}

impl Desk<SmartAssist> {
    fn trace_id(&self) -> String {
        format!("RTM-TRACE-{}", self.uuid())
    }

    fn message_id(&self) -> String {
        format!("ms-{}", self.uuid())
    }
}

impl Handle<Desk<SmartAssist>> {
    /// The channel's URL, as its administrator copies it.
    pub fn channel_url(&self) -> String {
        let config = &self.centre.config;
        let instance = config.hook_instance.as_ref().map(|it| format!("/hookInstance/{it}"));
        format!("{}/chatbot/v2/webhook/{}{}", self.base_url(), config.stream_id, instance.unwrap_or_default())
    }

    /// What the availability call finds from now on.
    pub fn set_availability(&self, availability: Availability) {
        *locked(&self.centre.own.availability) = availability;
    }

    /// The contact's judgement, from 1 to 5, before or after the end.
    pub fn rate(&self, conversation: &str, rating: u32, comment: Option<&str>) -> Result<(), ActError> {
        let mut book = self.centre.book();
        let case = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
        Scene { desk: &self.centre, case, stamp: Stamp::default() }.rate(rating, comment);
        Ok(())
    }

    /// Sends any body to the `POST_URL`.
    pub fn send_raw_channel(&self, body: Value) {
        self.centre.send_raw(&self.centre.own.channel, Callback::new("channel.raw", "", body));
    }

    /// Lets the flow send any relay event, rightly signed, with this `webhook-id`.
    pub fn send_raw_relay(&self, webhook_id: &str, body: Value) {
        let callback = Callback::new("relay.raw", "", body).identified(webhook_id);
        self.centre.send_raw(&self.centre.own.relay, callback);
    }
}
