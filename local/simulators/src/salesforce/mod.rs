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
//! that a blindly repeated open shows as a doubled first text. A late message starts a new session.
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
mod grant;
mod human;
mod interaction;
mod multipart;
mod opening;
mod package;
mod record;
mod refusal;
mod routes;

use std::sync::{Arc, Mutex};

use jsonwebtoken::DecodingKey;
use serde_json::Value;
use tokio::net::TcpListener;

pub use crate::bus::PartnerBus;
pub use chat::config::{ChatConfig, RepeatedOpens, Stream};
pub use config::{
    AckTimestamp, EmptyOpen, EndApi, ExpiryUnit, LateMessages, Package, PayloadShape, RelayEnvelope, RepeatedMessages,
    SalesforceConfig, ServiceEvents, Transport, WorkItem,
};

use crate::{
    act::{Act, ActError, Stamp},
    centre::{Answer, Centre, Control, Incoming},
    fault::Operation,
    handle::{Handle, StartError},
    lane::{Callback, Lane},
    options::Options,
    relay::{Address, Relay},
    runtime::{Runtime, locked},
};

use book::Book;
use carry::{EventCarrier, FrameCarrier, Outside, PackageCarrier, RawCarrier};

/// The ids of the representatives: a user's begins with 005, by which an owner is told from a queue.
const USERS: [&str; 2] = ["005xx0000012345", "005xx0000067890"];

/// A running Salesforce simulator.
pub type SalesforceHandle = Handle<Salesforce>;

/// The simulated org.
pub struct Salesforce {
    runtime: Arc<Runtime>,
    book: Mutex<Book>,
    /// Verifies assertions.
    key: DecodingKey,
    /// Verifies identity tokens of verified chat users.
    identity_key: Option<DecodingKey>,
    outside: Arc<Outside>,
}

impl std::fmt::Debug for Salesforce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salesforce").finish_non_exhaustive()
    }
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
        let runtime = Arc::new(Runtime::new(options)?);
        let address = Address { url: config.relay_url.clone(), secret: config.relay_secret.clone() };
        let relay = Relay { runtime: Arc::clone(&runtime), address: Mutex::new(address) };
        let outside = Outside { relay, bus: Mutex::new(config.bus.clone()), config };
        let centre = Self { runtime, book: Mutex::default(), key, identity_key, outside: Arc::new(outside) };
        Handle::start(Arc::new(centre), listener)
    }

    fn event_lane(&self) -> Lane {
        Lane::open(&self.runtime, Arc::new(EventCarrier(Arc::clone(&self.outside))))
    }

    fn frame_lane(&self) -> Lane {
        Lane::open(&self.runtime, Arc::new(FrameCarrier(Arc::clone(&self.outside))))
    }

    fn package_lane(&self, session: &str) -> Lane {
        let carrier = PackageCarrier { outside: Arc::clone(&self.outside), session: session.to_owned() };
        Lane::open(&self.runtime, Arc::new(carrier))
    }
}

impl Control for Salesforce {
    fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        human::perform(self, &mut locked(&self.book), conversation, act, stamp)
    }

    fn revoke_tokens(&self) {
        let mut book = locked(&self.book);
        book.tokens.clear();
        book.guests.clear();
    }

    /// The connection's relay: its URL without `/raw`, and its secret.
    fn set_relay(&self, url: &str, secret: &str) {
        *locked(&self.outside.relay.address) = Address { url: Some(url.to_owned()), secret: secret.to_owned() };
    }
}

impl Centre for Salesforce {
    fn classify(&self, request: &Incoming) -> Operation {
        routes::classify(self, request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        routes::answer(self, request)
    }

    fn visible_body(&self, request: &Incoming) -> Value {
        routes::visible_body(request)
    }

    fn error_body(&self, status: u16) -> Value {
        refusal::general(status)
    }

    fn error_body_for(&self, request: &Incoming, status: u16) -> Value {
        routes::error_body(request, status)
    }
}

impl Handle<Salesforce> {
    /// Associates a bus with the relay: platform events go there from now on.
    pub fn set_bus(&self, bus: Arc<dyn PartnerBus>) {
        *locked(&self.centre.outside.bus) = Some(bus);
    }

    /// Publishes any `Payload__c`: unknown entry types, unknown conversations, own ids and times.
    pub fn send_raw_event(&self, payload: Value) {
        let callback =
            Callback { id: String::new(), kind: "event.raw".to_owned(), conversation: String::new(), body: payload };
        self.centre.event_lane().push(callback);
    }

    /// Lets the package post any relay event, rightly signed, with this `webhook-id`: `csat`, for example.
    pub fn send_raw_relay(&self, webhook_id: &str, body: Value) {
        let carrier = RawCarrier { outside: Arc::clone(&self.centre.outside), id: webhook_id.to_owned() };
        let lane = Lane::open(&self.centre.runtime, Arc::new(carrier));
        lane.push(Callback { id: String::new(), kind: "package.raw".to_owned(), conversation: String::new(), body });
    }
}
