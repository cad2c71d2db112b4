//! The platform's own relay contract, spoken by code that runs at the customer: signed POSTs with repeats.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    lane::{Callback, Carrier},
    runtime::Runtime,
    webhook::{PATIENCE, Posts},
};

/// Value of `webhook-signature` over `<id>.<timestamp>.<body>`, or `None` for a secret that is not `whsec_` and base64.
///
/// # Panics
/// Never: the MAC takes keys of any length.
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key length is valid");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The way to the relay: callbacks each under its identity, with the repeats of the contract, and with a timestamp and a
/// signature for every attempt. The gaps are those of the pace, not of up to an hour as documented. `under` is appended
/// to the relay's path.
pub(crate) fn relay(runtime: &Arc<Runtime>, under: &'static str) -> Arc<dyn Carrier> {
    let make = move |runtime: &Runtime, callback: &Callback, body: &str| {
        let (url, secret) = runtime.relay.get();
        let url = format!("{}{under}", url?.trim_end_matches('/'));
        let timestamp = runtime.options.timer.now_ms() / 1000;
        let Some(proof) = signature(&secret, &callback.id, timestamp, body.as_bytes()) else {
            tracing::warn!("the relay's secret is not of the form whsec_<base64>");
            return None;
        };
        let request = runtime.client.post(url).header("webhook-id", &callback.id);
        Some(request.header("webhook-timestamp", timestamp).header("webhook-signature", proof))
    };
    Arc::new(Posts { runtime: Arc::clone(runtime), patience: PATIENCE, repeats: true, make })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_contract() {
        let body = br#"{"v":1,"type":"agent_joined","transfer_id":"tr_01J9ZK","occurred_at":"2026-01-12T10:00:05.000Z","seq":2,"agent":{"id":"a-1","name":"Agent One"}}"#;
        let sign = |secret: &str| signature(secret, "evt_01J9ZM", 1_768_212_005, body);
        assert_eq!(
            sign("whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=").as_deref(),
            Some("v1,Ou6PG2QgSDBw4RLOs1dnxdZqBOGoobf0yER1YIwUlCk=")
        );
        assert_eq!(
            sign("whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDI=").as_deref(),
            Some("v1,lTWLkSktJY1OiZThEVbnNjmucNohPDeiGksYL3ZWM0w=")
        );
        assert_eq!(sign("aGFuZG9mZg=="), None);
    }
}
