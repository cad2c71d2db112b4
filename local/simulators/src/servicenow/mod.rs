//! ServiceNow, Virtual Agent API handing over to a live agent.
//!
//! One listener is the instance: `/oauth_token.do` and `/api/sn_va_as_service/bot/integration`. Everything that happens
//! comes back asynchronously, as envelopes with several items, to one response endpoint, without repeats.
//!
//! Kinds of callbacks for faults and ledgers: `created`, `bot` (the virtual agent's own answers), `queued`, `flow_text`,
//! `joined`, `message`, `attachment`, `typing`, `left`, `survey`, `no_agents`, `completed`, `take_control`, `raw`.
//!
//! A started conversation is with the bot until the first envelope with `agentChat`; what arrives meanwhile is answered
//! with success and ignored. A `requestId` is recognised as a repeat only during that time (see [`RepeatedRequests`]),
//! so that a second start opens a second conversation. Offers, declined alerts and after-call work have no wire form
//! here. Not simulated: media upload, Table API, synchronous channel mode.

mod auth;
mod book;
mod bot;
mod call;
mod compact;
mod config;
mod envelope;
mod human;
mod routes;
mod webhook;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::TcpListener;

pub use auth::message_hash;
pub use config::{Auth, HiddenFailures, RepeatedRequests, ServiceNowConfig, WebhookAuth};

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
use webhook::{Address, WebhookCarrier};

/// A running ServiceNow simulator.
pub type ServiceNowHandle = Handle<ServiceNow>;

/// The simulated instance.
pub struct ServiceNow {
    runtime: Arc<Runtime>,
    config: ServiceNowConfig,
    book: Mutex<Book>,
    webhook: Arc<WebhookCarrier>,
}

impl std::fmt::Debug for ServiceNow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceNow").finish_non_exhaustive()
    }
}

impl ServiceNow {
    /// Starts to serve. Must be called inside a tokio runtime.
    pub fn start(
        config: ServiceNowConfig,
        listener: TcpListener,
        options: Options,
    ) -> Result<ServiceNowHandle, StartError> {
        let runtime = Arc::new(Runtime::new(options)?);
        let webhook = WebhookCarrier {
            runtime: Arc::clone(&runtime),
            address: Mutex::new(Address { url: config.webhook_url.clone(), secret: config.webhook_secret.clone() }),
            auth: config.webhook_auth.clone(),
        };
        let centre = Self { runtime, config, book: Mutex::default(), webhook: Arc::new(webhook) };
        Handle::start(Arc::new(centre), listener)
    }

    fn lane(&self) -> Lane {
        let carrier: Arc<dyn Carrier> = self.webhook.clone();
        Lane::open(&self.runtime, carrier)
    }
}

impl Control for ServiceNow {
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

impl Centre for ServiceNow {
    fn classify(&self, request: &Incoming) -> Operation {
        routes::classify(request)
    }

    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer {
        routes::answer(self, request)
    }

    fn error_body(&self, status: u16) -> Value {
        routes::general_failure(status)
    }
}

impl Handle<ServiceNow> {
    /// Sends any envelope to the response endpoint, rightly authenticated.
    pub fn send_raw_envelope(&self, body: Value) {
        self.centre.lane().push(Callback {
            id: String::new(),
            kind: "raw".to_owned(),
            conversation: String::new(),
            body,
        });
    }
}
