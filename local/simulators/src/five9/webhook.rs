//! Callbacks: one attempt each, since nothing is known of repeats.

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use crate::engine::{Callback, Carrier, PATIENCE, Posts, Runtime};

use super::{
    Tenant,
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

impl Target {
    fn url(&self, callback: &Callback, webhook: Option<String>) -> Option<String> {
        match self {
            Self::CallbackUrl(url) => {
                let event = callback.kind.strip_prefix(RAW).unwrap_or(&callback.kind);
                Some(format!("{url}/conversations/{}/{event}", callback.conversation))
            }
            Self::DeliveryProfile => webhook,
        }
    }

    fn method(&self, methods: CallbackMethods, body: &Value) -> Method {
        match (self, methods) {
            (Self::DeliveryProfile, _) | (Self::CallbackUrl(_), CallbackMethods::Post) => Method::POST,
            (Self::CallbackUrl(_), CallbackMethods::Put) => Method::PUT,
            (Self::CallbackUrl(_), CallbackMethods::Alternating) => {
                let serial = body.get("eventSerialNumber").and_then(Value::as_u64).unwrap_or(1);
                if serial.is_multiple_of(2) { Method::PUT } else { Method::POST }
            }
        }
    }
}

/// Carries events to one target.
pub(super) fn carrier(desk: &Tenant, target: Target) -> Arc<dyn Carrier> {
    let (auth, methods) = (desk.config.webhook_auth.clone(), desk.config.callback_methods);
    let make = move |runtime: &Runtime, callback: &Callback, _: &str| {
        let (webhook, secret) = runtime.webhook.get();
        let url = target.url(callback, webhook)?;
        let request = runtime.client.request(target.method(methods, &callback.body), url);
        Some(match &auth {
            WebhookAuth::PathSecret => request,
            WebhookAuth::HeaderSecret(name) => request.header(name, secret),
        })
    };
    Arc::new(Posts { runtime: Arc::clone(&desk.runtime), patience: PATIENCE, repeats: false, make })
}
