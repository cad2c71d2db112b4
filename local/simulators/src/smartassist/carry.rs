//! Ways to the platform: the channel's `POST_URL`, and the service calls of the flow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;

use crate::{
    lane::{Callback, Carried, Carrier},
    relay::Relay,
    runtime::{Runtime, locked},
    state::Outcome,
};

/// The channel's patience is not known.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Address {
    pub(super) url: Option<String>,
    pub(super) secret: String,
}

/// Carries utterances to the `POST_URL`.
pub(super) struct ChannelCarrier {
    pub(super) runtime: Arc<Runtime>,
    pub(super) address: Mutex<Address>,
    pub(super) header: Option<String>,
}

impl ChannelCarrier {
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
        let request = match &self.header {
            Some(name) => request.header(name, secret),
            None => request,
        };
        match request.body(callback.body.to_string()).send().await {
            Ok(response) => Outcome::Status(response.status().as_u16()),
            Err(error) if error.is_timeout() => Outcome::TimedOut,
            Err(_) => Outcome::Failed,
        }
    }
}

impl Carrier for ChannelCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(self.post(callback))
    }

    /// No repeats are documented.
    fn repeats_after(&self, _outcome: &Outcome) -> u32 {
        0
    }
}

/// Carries relay events, with the repeats of the relay contract.
pub(super) struct RelayCarrier {
    pub(super) relay: Arc<Relay>,
    /// Ids that acts gave to their events, by the id that these would have had.
    pub(super) given: Mutex<HashMap<String, String>>,
}

impl RelayCarrier {
    /// Gives an event a `webhook-id` of the caller's choice.
    pub(super) fn name(&self, event: &Value, id: &str) {
        locked(&self.given).insert(own_id(event), id.to_owned());
    }
}

/// The same for every attempt and every copy of an event.
fn own_id(event: &Value) -> String {
    let transfer = event.get("transfer_id").and_then(Value::as_str).unwrap_or_default();
    let seq = event.get("seq").and_then(Value::as_u64).unwrap_or_default();
    format!("evt_{transfer}_{seq}")
}

impl Carrier for RelayCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            let own = own_id(&callback.body);
            let given = locked(&self.given).get(&own).cloned();
            self.relay.post("", &given.unwrap_or(own), callback.body.to_string()).await
        })
    }

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        Relay::repeats_after(outcome)
    }
}

/// Carries one relay event that a test made up.
pub(super) struct RawCarrier {
    pub(super) relay: Arc<Relay>,
    pub(super) id: String,
}

impl Carrier for RawCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(self.relay.post("", &self.id, callback.body.to_string()))
    }

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        Relay::repeats_after(outcome)
    }
}
