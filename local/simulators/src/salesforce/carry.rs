//! The ways out of the org: platform events and the package's status changes.

use std::sync::{Arc, Mutex};

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::{
    bus::{BusError, PartnerBus, PartnerEvent},
    lane::{Callback, Carried, Carrier},
    relay::Relay,
    runtime::locked,
    state::Outcome,
    timer::rfc3339,
};

use super::config::{Package, RelayEnvelope, SalesforceConfig, Transport};

/// Platform event that the package publishes.
const STATUS_EVENT: &str = "Handoff_Status__e";
/// The user who publishes.
const PUBLISHER: &str = "005xx0000000000";

/// What lies outside of the org.
pub(super) struct Outside {
    pub(super) relay: Relay,
    pub(super) bus: Mutex<Option<Arc<dyn PartnerBus>>>,
    pub(super) config: SalesforceConfig,
}

impl Outside {
    /// Publishes a platform event on the channel that Event Relay forwards.
    async fn publish(&self, detail_type: &str, fields: Map<String, Value>, at_ms: i64) -> Outcome {
        let Some(bus) = locked(&self.bus).clone() else {
            return Outcome::NotConfigured;
        };
        let ids = &self.relay.runtime.ids;
        let mut payload = fields;
        payload.entry("CreatedDate").or_insert_with(|| Value::from(rfc3339(at_ms)));
        payload.insert("CreatedById".to_owned(), Value::from(PUBLISHER));
        let detail = match self.config.relay_envelope {
            RelayEnvelope::Payload => json!({ "payload": payload, "schemaId": ids.token(), "id": ids.uuid() }),
            RelayEnvelope::Bare => Value::Object(payload),
        };
        let event = PartnerEvent {
            source: self.config.partner_source.clone(),
            detail_type: detail_type.to_owned(),
            detail,
            time_ms: at_ms,
        };
        match bus.put(event).await {
            Ok(()) => Outcome::Status(200),
            Err(BusError::Status(status)) => Outcome::Status(status),
            Err(error @ (BusError::Unreachable | BusError::Entry)) => {
                tracing::warn!(%error, "a platform event is lost");
                Outcome::Failed
            }
        }
    }

    async fn publish_entry(&self, callback: &Callback) -> Outcome {
        let fields = [
            (self.config.event_type_field.clone(), Value::from("Interaction")),
            (self.config.payload_field.clone(), Value::from(callback.body.to_string())),
        ];
        let at_ms = entry_field(&callback.body, "transcriptedTimestamp").and_then(Value::as_i64);
        let now = self.relay.runtime.options.timer.now_ms();
        self.publish(&self.config.event_api_name, Map::from_iter(fields), at_ms.unwrap_or(now)).await
    }
}

/// A field of the entry inside a payload of either shape.
fn entry_field<'a>(payload: &'a Value, name: &str) -> Option<&'a Value> {
    payload.get("payload").and_then(|it| it.get(name)).or_else(|| payload.get(name))
}

/// Carries entries, each the decoded `Payload__c`.
pub(super) struct EventCarrier(pub(super) Arc<Outside>);

impl Carrier for EventCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            match self.0.config.transport {
                Transport::EventRelay => self.0.publish_entry(callback).await,
                Transport::ApexCallout => {
                    let id = entry_field(&callback.body, "identifier").and_then(Value::as_str).unwrap_or_default();
                    self.0.relay.post("/raw", id, callback.body.to_string()).await
                }
            }
        })
    }

    /// Event Relay repeats by itself or not at all; the package's callout repeats as the relay contract says.
    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        match self.0.config.transport {
            Transport::EventRelay => 0,
            Transport::ApexCallout => Relay::repeats_after(outcome),
        }
    }
}

/// Carries frames of Enhanced Chat's stream, as the listener at the customer's side posts them.
pub(super) struct FrameCarrier(pub(super) Arc<Outside>);

impl Carrier for FrameCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        let id = callback.body.get("id").and_then(Value::as_str).unwrap_or_default();
        Box::pin(self.0.relay.post("/raw", id, callback.body.to_string()))
    }

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        Relay::repeats_after(outcome)
    }
}

/// Carries the package's changes of one session.
pub(super) struct PackageCarrier {
    pub(super) outside: Arc<Outside>,
    /// The `MessagingSession` record.
    pub(super) session: String,
}

impl PackageCarrier {
    /// `sf-<session id>-<status>-<SystemModstamp ms>`.
    fn webhook_id(&self, callback: &Callback) -> String {
        let text = |name| callback.body.get(name).and_then(Value::as_str);
        let modified = text("occurred_at").and_then(|it| DateTime::parse_from_rfc3339(it).ok());
        let status = text("type").unwrap_or_default();
        format!("sf-{}-{status}-{}", self.session, modified.map_or(0, |it| it.timestamp_millis()))
    }
}

impl Carrier for PackageCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            match self.outside.config.package {
                Package::Posts => {
                    let id = self.webhook_id(callback);
                    self.outside.relay.post("", &id, callback.body.to_string()).await
                }
                Package::Publishes => {
                    let fields = callback.body.as_object().cloned().unwrap_or_default();
                    let now = self.outside.relay.runtime.options.timer.now_ms();
                    self.outside.publish(STATUS_EVENT, fields, now).await
                }
                Package::Absent => Outcome::NotConfigured,
            }
        })
    }

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        match self.outside.config.package {
            Package::Posts => Relay::repeats_after(outcome),
            Package::Publishes | Package::Absent => 0,
        }
    }
}

/// Carries one relay event under a given `webhook-id`.
pub(super) struct RawCarrier {
    pub(super) outside: Arc<Outside>,
    pub(super) id: String,
}

impl Carrier for RawCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(self.outside.relay.post("", &self.id, callback.body.to_string()))
    }

    fn repeats_after(&self, outcome: &Outcome) -> u32 {
        Relay::repeats_after(outcome)
    }
}
