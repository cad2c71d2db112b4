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
mod classic;
mod config;
mod data_centre;
mod desk;
mod event;
mod human;
mod open_messaging;
mod routes;
mod webhook;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::net::TcpListener;

pub use config::{
    AgentChange, AuthScheme, CallbackMethods, ConversationIds, Five9Config, Flavor, IdField, MetadataForm, NameField,
    OAuthStyle, TerminateCall, TerminateParticipant, WebhookAuth,
};

use crate::engine::{self, ActError, Callback, Desk, Handle, Lane, Options, Runtime, StartError, locked, server};

use data_centre::DataCentres;
use webhook::{RAW, Target};

/// A running Five9 simulator.
pub type Five9Handle = Handle<Desk<Five9>>;

type Tenant = Desk<Five9>;
type Book = engine::Book<Five9>;
type Case = engine::Case<Five9>;

/// The simulated tenant.
pub struct Five9 {
    centres: Mutex<DataCentres>,
}

/// Classic: anonymous sessions by token, each with the transfer that uses it; no other may. Their lifetime is not
/// known, so they live until they are revoked.
type Sessions = HashMap<String, Option<String>>;

/// What the tenant keeps of a conversation.
pub struct Kept {
    /// Classic: the token that may speak for it.
    token: Option<String>,
    /// Another representative is about to take over.
    transferring: bool,
    /// Whether its `create` event has been sent.
    announced: bool,
    /// The last `eventSerialNumber`.
    events: u64,
    /// The last `messageSerialNumber`.
    messages: u64,
    /// `from` of the newest `ACCEPT`.
    participant: Option<String>,
    /// Reads of `/info` that still say that it is not active.
    inactive_reads: u32,
    callbacks: Lane,
}

impl Five9 {
    /// Starts to serve; both data centres are behind this listener. Must be called inside a tokio runtime.
    pub fn start(config: Five9Config, listener: TcpListener, options: Options) -> Result<Five9Handle, StartError> {
        let authority = listener.local_addr()?.to_string();
        Handle::start(Self::desk(config, [authority.clone(), authority], options)?, listener)
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
        let desk = Self::desk(config, authorities, options)?;
        // It ends with the runtime, as the first one does.
        drop(server::start(&desk, second));
        Handle::start(desk, first)
    }

    fn desk(config: Five9Config, authorities: [String; 2], options: Options) -> Result<Arc<Desk<Self>>, StartError> {
        let runtime = Runtime::start(options)?;
        runtime.webhook.set_if_known(config.webhook_url.clone(), &config.webhook_secret);
        let centres = Mutex::new(DataCentres::new(authorities, runtime.ids.uuid()));
        Ok(Desk::new(runtime, config, Self { centres }))
    }
}

impl Handle<Desk<Five9>> {
    /// Lets metadata name `authority` (`host:port`) in place of the listener of the base URL, for what stands between.
    pub fn advertise(&self, authority: &str) {
        let own = self.base_url().trim_start_matches("http://");
        locked(&self.centre.own.centres).advertise(own, authority);
    }

    /// Sends any body as an event of a conversation, to where its callbacks go. `event` is the last segment of the
    /// path in the classic flavour.
    pub fn send_raw_event(&self, conversation: &str, event: &str, body: Value) -> Result<(), ActError> {
        let mut book = self.centre.book();
        let case = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
        case.own.callbacks.push(Callback::new(format!("{RAW}{event}"), &case.id, body));
        Ok(())
    }

    /// Sends any body to the delivery profile's webhook, for any chat, known or not.
    pub fn send_raw_to_profile(&self, body: Value) {
        let carrier = webhook::carrier(&self.centre, Target::DeliveryProfile);
        self.centre.send_raw(&carrier, Callback::new(format!("{RAW}chat"), "", body));
    }
}
