//! Salesforce: Bring Your Own Channel for Messaging, and Enhanced Chat (Messaging for In-App and Web).
//!
//! One listener serves the login host (`/services/oauth2/token`, JWT bearer), the Interaction API (`/api/v1`) and
//! Enhanced Chat (`/iamessage/api/v2`). Both products share desks, scripts and the customer's package.
//!
//! # Bring Your Own Channel
//! What happens in the org leaves it as a custom platform event, over Event Relay to a [`PartnerBus`] or as Apex
//! callouts to the platform's relay (see [`Transport`]), and as what the customer's package says about the
//! `MessagingSession` record (see [`Package`]). The two streams are independent: either may overtake the other.
//!
//! Where the documents are silent: the first message of a session is what opens it; its repeat is never recognised, so
//! that a blindly repeated open shows as a doubled first text. Later messages are recognised by their id, in Enhanced
//! Chat as well: the first answer again, no second line on the desktop. A late message starts a new session.
//! Offers and declined work have a wire form only with [`ServiceEvents::All`]. Not simulated: capabilities, consent,
//! history upload (refused, as for a channel that is not `CCaaS`), Pub/Sub.
//!
//! # Enhanced Chat
//! Nothing is called but the relay, by the package and a listener; the platform reads entries and routing status. What can be read:
//! `Message`, `ParticipantChanged`, `RoutingResult`. A conversation is routed when it is created, and a message after
//! its session's end silently starts a new session; only its own end user may use it, where the same `deviceId` is the
//! same end user. The event stream (`/eventrouter`) itself is not simulated; a listener at the customer's side that posts
//! its frames to the platform's relay is (see [`Stream`]). It tells more than can be read.
//!
//! # Callbacks
//! Kinds for faults and ledgers: `event.` with `message`, `echo`, `typing`, `participant_changed`,
//! `routing_result`, `routing_work_result`, `queue_position`, `transfer_progress`, `session_status_changed`, `raw`,
//! and `package.` with `queued`, `agent_joined`, `agent_left`, `closed`, `raw`.

mod assertion;
mod book;
mod carry;
mod chat;
mod config;
mod desk;
mod entry;
mod human;
mod interaction;
mod multipart;
mod package;
mod record;
mod refusal;
mod routes;

use std::sync::Arc;

use jsonwebtoken::DecodingKey;
use serde_json::Value;
use tokio::net::TcpListener;

pub use crate::bus::PartnerBus;
pub use chat::config::{ChatConfig, RepeatedOpens, Stream};
pub use config::{
    AckTimestamp, EmptyOpen, EndApi, ExpiryUnit, LateMessages, Package, PayloadShape, RelayEnvelope, SalesforceConfig,
    ServiceEvents, Transport, WorkItem,
};

use crate::engine::{self, Callback, Carrier, Desk, Handle, Options, Runtime, StartError, relay};

/// The ids of the representatives: a user's begins with 005, by which an owner is told from a queue.
const USERS: [&str; 2] = ["005xx0000012345", "005xx0000067890"];

/// A running Salesforce simulator.
pub type SalesforceHandle = Handle<Desk<Salesforce>>;

type Org = Desk<Salesforce>;
type Book = engine::Book<Salesforce>;
type Case = engine::Case<Salesforce>;

/// The simulated org.
pub struct Salesforce {
    /// Verifies assertions.
    key: DecodingKey,
    /// Verifies identity tokens of verified chat users.
    identity_key: Option<DecodingKey>,
    /// Carries entries, each the decoded `Payload__c`.
    events: Arc<dyn Carrier>,
    /// Carries frames of Enhanced Chat's stream, as the listener at the customer's side posts them.
    frames: Arc<dyn Carrier>,
    /// Carries what the package says.
    package: Arc<dyn Carrier>,
    /// Carries any relay event.
    relay: Arc<dyn Carrier>,
}

impl Salesforce {
    /// Starts to serve. Must be called inside a tokio runtime. Refuses a public key that is not RSA in PEM.
    pub fn start(
        config: SalesforceConfig,
        listener: TcpListener,
        mut options: Options,
    ) -> Result<SalesforceHandle, StartError> {
        let public_key = |pem: &str| DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| StartError::PublicKey);
        let key = public_key(&config.public_key_pem)?;
        let identity_key = config.chat.identity_public_key_pem.as_deref().map(public_key).transpose()?;
        for (person, id) in options.representatives.iter_mut().zip(USERS) {
            id.clone_into(&mut person.id);
        }
        let runtime = Runtime::start(options)?;
        runtime.relay.set_if_known(config.relay_url.clone(), &config.relay_secret);
        runtime.bus().clone_from(&config.bus);
        let own = Self {
            key,
            identity_key,
            events: carry::events(&runtime, &config),
            frames: relay(&runtime, "/raw"),
            package: carry::package(&runtime, &config),
            relay: relay(&runtime, ""),
        };
        Handle::start(Desk::new(runtime, config, own), listener)
    }
}

impl Handle<Desk<Salesforce>> {
    /// Publishes any `Payload__c`: unknown entry types, unknown conversations, own ids and times.
    pub fn send_raw_event(&self, payload: Value) {
        let id = carry::entry_field(&payload, "identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.centre.send_raw(&self.centre.own.events, Callback::new("event.raw", "", payload).identified(id));
    }

    /// Lets the package post any relay event, rightly signed, with this `webhook-id`: `csat`, for example.
    pub fn send_raw_relay(&self, webhook_id: &str, body: Value) {
        let callback = Callback::new("package.raw", "", body).identified(webhook_id);
        self.centre.send_raw(&self.centre.own.relay, callback);
    }
}
