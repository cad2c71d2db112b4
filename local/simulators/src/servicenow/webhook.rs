//! Callbacks to the response endpoint: one attempt, no repeats.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    lane::{Callback, Carried, Carrier},
    runtime::{Runtime, locked},
    state::Outcome,
};

use super::config::WebhookAuth;

/// Connection timeout of the outbound configuration.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Address {
    pub(super) url: Option<String>,
    pub(super) secret: String,
}

/// Carries envelopes to the response endpoint.
pub(super) struct WebhookCarrier {
    pub(super) runtime: Arc<Runtime>,
    pub(super) address: Mutex<Address>,
    pub(super) auth: WebhookAuth,
}

impl WebhookCarrier {
    async fn post(&self, callback: &Callback) -> Outcome {
        let (url, secret) = {
            let address = locked(&self.address);
            let Some(url) = address.url.clone() else {
                return Outcome::NotConfigured;
            };
            (url, address.secret.clone())
        };
        let timeout = self.runtime.options.pace.callback_timeout;
        let request = self
            .runtime
            .client
            .post(url)
            .timeout(timeout.unwrap_or(TIMEOUT))
            .header("Content-Type", "application/json");
        let request = match &self.auth {
            WebhookAuth::HeaderSecret => request.header("X-Handoff-Secret", secret),
            WebhookAuth::Basic(user) => request.basic_auth(user, Some(secret)),
            WebhookAuth::PathSecret => request,
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
        Box::pin(self.post(callback))
    }

    /// No repeats are documented.
    fn repeats_after(&self, _outcome: &Outcome) -> u32 {
        0
    }
}
