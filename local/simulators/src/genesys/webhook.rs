//! Stream A: signed webhooks with the vendor's repeats.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    lane::{Callback, Carried, Carrier},
    runtime::{Runtime, locked},
    state::Outcome,
};

/// The platform has this long to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Repeats after a time-out, 429 or 5xx.
const REPEATS: u32 = 5;

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

pub(super) struct Address {
    pub(super) url: Option<String>,
    pub(super) secret: String,
}

/// Carries messages to the integration's webhook.
pub(super) struct WebhookCarrier {
    pub(super) runtime: Arc<Runtime>,
    pub(super) address: Mutex<Address>,
    pub(super) headers: Vec<(String, String)>,
}

impl WebhookCarrier {
    async fn post(&self, callback: &Callback) -> Outcome {
        let body = callback.body.to_string();
        let (url, proof) = {
            let address = locked(&self.address);
            let Some(url) = address.url.clone() else {
                return Outcome::NotConfigured;
            };
            (url, signature(&address.secret, body.as_bytes()))
        };
        let timeout = self.runtime.options.pace.callback_timeout;
        let mut request = self
            .runtime
            .client
            .post(url)
            .timeout(timeout.unwrap_or(TIMEOUT))
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature-256", proof);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match request.body(body).send().await {
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

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        match outcome {
            Outcome::TimedOut | Outcome::Failed => REPEATS,
            Outcome::Status(status) if *status == 429 || *status >= 500 => REPEATS,
            Outcome::Status(_) | Outcome::NotConfigured | Outcome::Dropped => 0,
        }
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
