//! Partner event buses: how a provider's events reach the platform's AWS account.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    lane::{Callback, Carried, Carrier},
    plain_http::plain_http,
    runtime::{Runtime, locked},
    state::Outcome,
};

/// One partner event, before a bus gives it an id.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerEvent {
    /// Partner event source.
    pub source: String,
    /// Genesys: the topic template with a literal `{id}`. Salesforce: the API name of the platform event.
    pub detail_type: String,
    /// What the provider puts there.
    pub detail: Value,
    /// Epoch milliseconds.
    pub time_ms: i64,
}

/// A bus did not take an event.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BusError {
    /// It was not reachable.
    #[error("the bus cannot be reached")]
    Unreachable,
    /// It answered this HTTP status.
    #[error("the bus answered {0}")]
    Status(u16),
    /// It took the request but not the event.
    #[error("the bus refused the event")]
    Entry,
}

/// The future of [`PartnerBus::put`].
pub type Put<'a> = Pin<Box<dyn Future<Output = Result<(), BusError>> + Send + 'a>>;

/// Where a provider's events go.
pub trait PartnerBus: Send + Sync + 'static {
    /// Hands one event over; the caller does not repeat it.
    fn put(&self, event: PartnerEvent) -> Put<'_>;
}

/// Carries callbacks to the bus of the moment, as what `wrap` makes of them. Whether providers repeat is not known; a
/// lost event is what the platform has to live with.
pub(crate) struct BusCarrier<W> {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) wrap: W,
}

impl<W: Fn(&Callback) -> PartnerEvent + Send + Sync> Carrier for BusCarrier<W> {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            let Some(bus) = self.runtime.bus().clone() else {
                return Outcome::NotConfigured;
            };
            match bus.put((self.wrap)(callback)).await {
                Ok(()) => Outcome::Status(200),
                Err(BusError::Status(status)) => Outcome::Status(status),
                Err(error @ (BusError::Unreachable | BusError::Entry)) => {
                    tracing::warn!(%error, "a partner event is lost");
                    Outcome::Failed
                }
            }
        })
    }
}

/// `PutPartnerEvents` of EventBridge's JSON protocol, unsigned: for an endpoint on loopback.
#[derive(Debug)]
pub struct EventBridgeHttp {
    endpoint: String,
    client: reqwest::Client,
}

impl EventBridgeHttp {
    /// `endpoint` is the service's address, such as `http://127.0.0.1:4010`.
    pub fn new(endpoint: &str) -> Result<Self, reqwest::Error> {
        let client = plain_http().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { endpoint: format!("{}/", endpoint.trim_end_matches('/')), client })
    }

    async fn send(&self, event: PartnerEvent) -> Result<(), BusError> {
        let body = json!({ "Entries": [{
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.detail.to_string(),
            "Time": event.time_ms / 1000,
            "Resources": [],
        }]});
        let response = self
            .client
            .post(&self.endpoint)
            .header("X-Amz-Target", "AWSEvents.PutPartnerEvents")
            .header("Content-Type", "application/x-amz-json-1.1")
            .body(body.to_string())
            .send()
            .await
            .map_err(|_| BusError::Unreachable)?;
        let status = response.status();
        if !status.is_success() {
            return Err(BusError::Status(status.as_u16()));
        }
        let answer: Value = response.json().await.map_err(|_| BusError::Entry)?;
        match answer.get("FailedEntryCount").and_then(Value::as_u64) {
            Some(0) => Ok(()),
            Some(_) | None => Err(BusError::Entry),
        }
    }
}

impl PartnerBus for EventBridgeHttp {
    fn put(&self, event: PartnerEvent) -> Put<'_> {
        Box::pin(self.send(event))
    }
}

/// Keeps events in memory, for tests that look at them or carry them on themselves.
#[derive(Debug, Default)]
pub struct RecordingBus {
    events: Mutex<Vec<PartnerEvent>>,
}

impl RecordingBus {
    /// Everything put so far, in order.
    pub fn events(&self) -> Vec<PartnerEvent> {
        locked(&self.events).clone()
    }
}

impl PartnerBus for RecordingBus {
    fn put(&self, event: PartnerEvent) -> Put<'_> {
        locked(&self.events).push(event);
        Box::pin(std::future::ready(Ok(())))
    }
}
