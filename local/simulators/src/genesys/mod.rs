//! Genesys Cloud, Open Messaging.
//!
//! One listener serves the login host and the API host. Messages come in over the Open Messaging API and go out over
//! the integration's signed webhook (stream A); lifecycle events go to a [`PartnerBus`] (stream B).
//! The two streams are independent, as in reality: a message may overtake the event that its author joined.
//!
//! Kinds of callbacks for faults and ledgers: `webhook.text`, `webhook.attachment`, `webhook.typing`,
//! `webhook.receipt`, `webhook.raw`, and `lifecycle.` with `customer.start`, `flow.start`, `flow.end`, `acd.start`,
//! `acd.end`, `user.start`, `user.end`, `acw`, `customer.end`.
//!
//! Where the documents are silent: an open (a message with `prefetchConversationId=true`) is never recognised as a
//! repeat, so that a blindly repeated open shows as a doubled first text; other messages are recognised by their
//! `messageId` unless [`RepeatedMessages::ShownTwice`] is set.

mod book;
mod config;
mod human;
mod inbound;
mod lifecycle;
mod routes;
mod send;
mod stream;
mod webhook;

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use tokio::net::TcpListener;

pub use crate::bus::{BusError, EventBridgeHttp, PartnerBus, PartnerEvent, Put, RecordingBus};
pub use config::{GenesysConfig, RepeatedMessages, Threading};
pub use webhook::signature;

use crate::{
    act::{Act, ActError, Stamp},
    centre::{Answer, Centre, Control, Incoming},
    fault::Operation,
    handle::{Handle, StartError},
    lane::{Callback, Carrier, Lane},
    options::Options,
    runtime::{Runtime, locked},
};

use book::Book;
use stream::BusCarrier;
use webhook::{Address, WebhookCarrier};

/// A running Genesys simulator.
pub type GenesysHandle = Handle<Genesys>;

/// The simulated organisation.
pub struct Genesys {
    runtime: Arc<Runtime>,
    config: GenesysConfig,
    book: Mutex<Book>,
    webhook: Arc<WebhookCarrier>,
    bus: Arc<BusCarrier>,
}

impl std::fmt::Debug for Genesys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Genesys").finish_non_exhaustive()
    }
}

impl Genesys {
    /// Starts to serve. Must be called inside a tokio runtime.
    pub fn start(config: GenesysConfig, listener: TcpListener, options: Options) -> Result<GenesysHandle, StartError> {
        let runtime = Arc::new(Runtime::new(options)?);
        let webhook = WebhookCarrier {
            runtime: Arc::clone(&runtime),
            address: Mutex::new(Address { url: config.webhook_url.clone(), secret: config.webhook_secret.clone() }),
            headers: config.webhook_headers.clone(),
        };
        let bus = BusCarrier { source: config.partner_source.clone(), bus: Mutex::new(config.bus.clone()) };
        let centre = Self { runtime, config, book: Mutex::default(), webhook: Arc::new(webhook), bus: Arc::new(bus) };
        Handle::start(Arc::new(centre), listener)
    }

    fn webhook_lane(&self) -> Lane {
        let carrier: Arc<dyn Carrier> = self.webhook.clone();
        Lane::open(&self.runtime, carrier)
    }

    fn lifecycle_lane(&self) -> Lane {
        let carrier: Arc<dyn Carrier> = self.bus.clone();
        Lane::open(&self.runtime, carrier)
    }
}

impl Control for Genesys {
    fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        human::perform(self, &mut locked(&self.book), conversation, act, stamp)
    }

    fn revoke_tokens(&self) {
        locked(&self.book).tokens.clear();
    }

    fn set_webhook(&self, url: &str, secret: &str) {
        *locked(&self.webhook.address) = Address { url: Some(url.to_owned()), secret: secret.to_owned() };
    }
}

impl Centre for Genesys {
    fn classify(&self, request: &Incoming) -> Operation {
        routes::classify(request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        routes::answer(self, request)
    }

    fn error_body(&self, status: u16) -> Value {
        routes::error_body(&self.runtime.ids, status, None)
    }
}

impl Genesys {
    /// Where lifecycle events go from now on.
    pub fn set_bus(&self, bus: Arc<dyn PartnerBus>) {
        *locked(&self.bus.bus) = Some(bus);
    }

    /// Sends any body to the webhook, rightly signed: unknown types, unknown conversations, own ids and times.
    pub fn send_raw_webhook(&self, body: Value) {
        self.webhook_lane().push(Callback { kind: "webhook.raw".to_owned(), conversation: String::new(), body });
    }

    /// Sends any event body on a topic such as `acd.end`, for any conversation id, known or not.
    pub fn send_raw_lifecycle(&self, topic: &str, conversation: &str, event_body: &Map<String, Value>) {
        let correlation = self.runtime.ids.uuid();
        self.lifecycle_lane().push(Callback {
            kind: format!("{}{topic}", lifecycle::KIND),
            conversation: conversation.to_owned(),
            body: lifecycle::detail(topic, conversation, event_body, &correlation),
        });
    }
}
