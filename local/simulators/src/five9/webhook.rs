//! Callbacks: one attempt each, since nothing is known of repeats.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::Method;
use serde_json::Value;

use crate::{
    lane::{Callback, Carried, Carrier},
    runtime::{Runtime, locked},
    state::Outcome,
};

use super::config::{CallbackMethods, WebhookAuth};

/// The provider's patience is not known.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Prefix of the kinds of callbacks that a test made up.
pub(super) const RAW: &str = "raw.";

#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    pub(super) url: Option<String>,
    pub(super) secret: String,
}

/// What all callbacks of the tenant share.
#[derive(Debug)]
pub(super) struct Webhook {
    pub(super) address: Mutex<Address>,
    pub(super) auth: WebhookAuth,
    pub(super) methods: CallbackMethods,
}

/// Where a carrier's callbacks go.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// Classic: the address of a create request, to which conversation and event are appended.
    CallbackUrl(String),
    /// Open Messaging: the delivery profile's webhook.
    DeliveryProfile,
}

/// Carries events to one target.
pub(super) struct WebhookCarrier {
    pub(super) runtime: Arc<Runtime>,
    pub(super) webhook: Arc<Webhook>,
    pub(super) target: Target,
}

impl WebhookCarrier {
    fn url(&self, callback: &Callback) -> Option<String> {
        match &self.target {
            Target::CallbackUrl(url) => {
                let event = callback.kind.strip_prefix(RAW).unwrap_or(&callback.kind);
                Some(format!("{url}/conversations/{}/{event}", callback.conversation))
            }
            Target::DeliveryProfile => locked(&self.webhook.address).url.clone(),
        }
    }

    fn method(&self, body: &Value) -> Method {
        match (&self.target, self.webhook.methods) {
            (Target::DeliveryProfile, _) | (Target::CallbackUrl(_), CallbackMethods::Post) => Method::POST,
            (Target::CallbackUrl(_), CallbackMethods::Put) => Method::PUT,
            (Target::CallbackUrl(_), CallbackMethods::Alternating) => {
                let serial = body.get("eventSerialNumber").and_then(Value::as_u64).unwrap_or(1);
                if serial.is_multiple_of(2) { Method::PUT } else { Method::POST }
            }
        }
    }

    async fn send(&self, callback: &Callback) -> Outcome {
        let Some(url) = self.url(callback) else {
            return Outcome::NotConfigured;
        };
        let timeout = self.runtime.options.pace.callback_timeout;
        let request = self
            .runtime
            .client
            .request(self.method(&callback.body), url)
            .timeout(timeout.unwrap_or(TIMEOUT))
            .header("Content-Type", "application/json");
        let request = match &self.webhook.auth {
            WebhookAuth::PathSecret => request,
            WebhookAuth::HeaderSecret(name) => request.header(name, locked(&self.webhook.address).secret.clone()),
        };
        match request.body(callback.body.to_string()).send().await {
            Ok(response) => Outcome::Status(response.status().as_u16()),
            Err(error) if error.is_timeout() => Outcome::TimedOut,
            Err(_) => Outcome::Failed,
        }
    }
}

impl Carrier for WebhookCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(self.send(callback))
    }

    /// No repeats are documented.
    fn repeats_after(&self, _outcome: &Outcome) -> u32 {
        0
    }
}
