//! Callbacks: one attempt each, since nothing is known of repeats.

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use crate::engine::{Callback, Carried, Carrier, Desk, Outcome, PATIENCE, Runtime};

use super::{
    Five9,
    config::{CallbackMethods, WebhookAuth},
};

/// Prefix of the kinds of callbacks that a test made up.
pub(super) const RAW: &str = "raw.";

/// Where a carrier's callbacks go.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// Classic: the address of a create request, to which conversation and event are appended.
    CallbackUrl(String),
    /// Open Messaging: the delivery profile's webhook.
    DeliveryProfile,
}

/// Carries events to one target.
struct EventCarrier {
    runtime: Arc<Runtime>,
    auth: WebhookAuth,
    methods: CallbackMethods,
    target: Target,
}

pub(super) fn carrier(desk: &Desk<Five9>, target: Target) -> Arc<dyn Carrier> {
    let (auth, methods) = (desk.config.webhook_auth.clone(), desk.config.callback_methods);
    Arc::new(EventCarrier { runtime: Arc::clone(&desk.runtime), auth, methods, target })
}

impl EventCarrier {
    fn url(&self, callback: &Callback, webhook: Option<String>) -> Option<String> {
        match &self.target {
            Target::CallbackUrl(url) => {
                let event = callback.kind.strip_prefix(RAW).unwrap_or(&callback.kind);
                Some(format!("{url}/conversations/{}/{event}", callback.conversation))
            }
            Target::DeliveryProfile => webhook,
        }
    }

    fn method(&self, body: &Value) -> Method {
        match (&self.target, self.methods) {
            (Target::DeliveryProfile, _) | (Target::CallbackUrl(_), CallbackMethods::Post) => Method::POST,
            (Target::CallbackUrl(_), CallbackMethods::Put) => Method::PUT,
            (Target::CallbackUrl(_), CallbackMethods::Alternating) => {
                let serial = body.get("eventSerialNumber").and_then(Value::as_u64).unwrap_or(1);
                if serial.is_multiple_of(2) { Method::PUT } else { Method::POST }
            }
        }
    }
}

impl Carrier for EventCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            let (webhook, secret) = self.runtime.webhook.get();
            let Some(url) = self.url(callback, webhook) else {
                return Outcome::NotConfigured;
            };
            let request = self.runtime.client.request(self.method(&callback.body), url);
            let request = match &self.auth {
                WebhookAuth::PathSecret => request,
                WebhookAuth::HeaderSecret(name) => request.header(name, secret),
            };
            self.runtime.post(request, callback.body.to_string(), PATIENCE).await
        })
    }
}
