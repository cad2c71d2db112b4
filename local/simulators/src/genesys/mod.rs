//! Genesys Cloud, Open Messaging.
//!
//! One listener serves the login host and the API host. Messages come in over the Open Messaging API and go out over
//! the integration's signed webhook (stream A); lifecycle events go to a [`PartnerBus`](crate::bus::PartnerBus) (stream B).
//! The two streams are independent, as in reality: a message may overtake the event that its author joined.
//!
//! Kinds of callbacks for faults and ledgers: `webhook.text`, `webhook.attachment`, `webhook.typing`,
//! `webhook.receipt`, and `lifecycle.` with `customer.start`, `flow.start`, `flow.end`, `acd.start`,
//! `acd.end`, `user.start`, `user.end`, `acw`, `customer.end`.
//!
//! Where the documents are silent: an open (a message with `prefetchConversationId=true`) is never recognised as a
//! repeat, so that a blindly repeated open shows as a doubled first text; other messages are recognised by their
//! `messageId`: the first answer again, no second line on the desktop.

mod config;
mod human;
mod inbound;
mod participant;
mod routes;
mod send;

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use serde_json::{Map, Value};
use sha2::Sha256;
use tokio::net::TcpListener;

pub use config::{GenesysConfig, Threading};

use crate::engine::{
    self, BusCarrier, Callback, Carrier, Desk, Handle, Lane, Options, PATIENCE, PartnerEvent, Runtime, StartError,
    webhook,
};

use participant::Participants;

/// A running Genesys simulator.
pub type GenesysHandle = Handle<Desk<Genesys>>;

type Organisation = Desk<Genesys>;
type Book = engine::Book<Genesys>;
type Case = engine::Case<Genesys>;

/// The simulated organisation.
pub struct Genesys {
    /// Stream A: signed webhooks with the vendor's repeats.
    webhook: Arc<dyn Carrier>,
    /// Stream B: lifecycle events on a partner event source.
    lifecycle: Arc<dyn Carrier>,
}

/// What the organisation keeps of a conversation.
pub struct Kept {
    participants: Participants,
    webhooks: Lane,
    lifecycle: Lane,
    /// `messageId` to the answer that was given.
    answers: HashMap<String, Value>,
}

/// Value of `X-Hub-Signature-256` for these bytes: `sha256=` and standard base64.
///
/// # Panics
/// Never: the MAC takes keys of any length.
pub fn signature(secret: &str, body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length is valid");
    mac.update(body);
    format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()))
}

impl Genesys {
    /// Starts to serve. Must be called inside a tokio runtime.
    pub fn start(config: GenesysConfig, listener: TcpListener, options: Options) -> Result<GenesysHandle, StartError> {
        let runtime = Runtime::start(options)?;
        runtime.webhook.set_if_known(config.webhook_url.clone(), &config.webhook_secret);
        runtime.bus().clone_from(&config.bus);
        let headers = config.webhook_headers.clone();
        let prove = move |request: RequestBuilder, secret: &str, body: &str| {
            let signed = request.header("X-Hub-Signature-256", signature(secret, body.as_bytes()));
            headers.iter().fold(signed, |request, (name, value)| request.header(name, value))
        };
        let source = config.partner_source.clone();
        let wrap = move |callback: &Callback| PartnerEvent {
            source: source.clone(),
            detail_type: human::detail_type(&callback.kind),
            detail: callback.body.clone(),
            time_ms: human::event_time(&callback.body),
        };
        let lifecycle = BusCarrier { runtime: Arc::clone(&runtime), wrap };
        let own = Self { webhook: webhook(&runtime, PATIENCE, true, prove), lifecycle: Arc::new(lifecycle) };
        Handle::start(Desk::new(runtime, config, own), listener)
    }
}

impl Desk<Genesys> {
    /// Sends any event body on a topic such as `acd.end`, for any conversation id, known or not.
    pub fn send_raw_lifecycle(&self, topic: &str, conversation: &str, event_body: &Map<String, Value>) {
        let event_body = Value::Object(event_body.clone());
        let body = human::lifecycle(topic, conversation, &event_body, &self.uuid());
        self.send_raw(&self.own.lifecycle, Callback::new(format!("{}{topic}", human::LIFECYCLE), conversation, body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_contract() {
        assert_eq!(
            signature("genesys-test-secret-0001", br#"{"id":"m-1","type":"Text","text":"hi","direction":"Outbound"}"#),
            "sha256=K080IWkR9IEc4iGmarSjdfCyUr/rKsLYjQAxbsWoD/4="
        );
    }
}
