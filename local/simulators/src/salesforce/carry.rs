//! The ways out of the org: platform events and the package's status changes.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{BusCarrier, Callback, Carrier, PartnerEvent, Runtime, relay, rfc3339, with};

use super::config::{Package, RelayEnvelope, SalesforceConfig, Transport};

/// Platform event that the package publishes.
const STATUS_EVENT: &str = "Handoff_Status__e";
/// The user who publishes.
const PUBLISHER: &str = "005xx0000000000";

/// The way of entries. Event Relay repeats by itself or not at all; the package's callout repeats as the relay contract
/// says.
pub(super) fn events(runtime: &Arc<Runtime>, config: &SalesforceConfig) -> Arc<dyn Carrier> {
    if config.transport == Transport::ApexCallout {
        return relay(runtime, "/raw");
    }
    let names = config.clone();
    published(runtime, config, move |callback, now| {
        let at_ms = entry_field(&callback.body, "transcriptedTimestamp").and_then(Value::as_i64).unwrap_or(now);
        let (event_type, payload) = (&names.event_type_field, &names.payload_field);
        let fields = json!({ event_type: "Interaction", payload: callback.body.to_string() });
        (names.event_api_name.clone(), fields, at_ms)
    })
}

/// The way of the package's changes.
pub(super) fn package(runtime: &Arc<Runtime>, config: &SalesforceConfig) -> Arc<dyn Carrier> {
    match config.package {
        Package::Publishes => {
            published(runtime, config, |callback, now| (STATUS_EVENT.to_owned(), callback.body.clone(), now))
        }
        Package::Posts | Package::Absent => relay(runtime, ""),
    }
}

/// Publishes platform events on the channel that Event Relay forwards. `read` answers name, fields and time of one.
fn published(
    runtime: &Arc<Runtime>,
    config: &SalesforceConfig,
    read: impl Fn(&Callback, i64) -> (String, Value, i64) + Send + Sync + 'static,
) -> Arc<dyn Carrier> {
    let (org, envelope, source) = (Arc::clone(runtime), config.relay_envelope, config.partner_source.clone());
    let wrap = move |callback: &Callback| {
        let (detail_type, fields, time_ms) = read(callback, org.options.timer.now_ms());
        let created = fields.get("CreatedDate").cloned().unwrap_or_else(|| json!(rfc3339(time_ms)));
        let payload = with(fields, json!({ "CreatedDate": created, "CreatedById": PUBLISHER }));
        let detail = match envelope {
            RelayEnvelope::Payload => json!({ "payload": payload, "schemaId": org.ids.token(), "id": org.ids.uuid() }),
            RelayEnvelope::Bare => payload,
        };
        PartnerEvent { source: source.clone(), detail_type, detail, time_ms }
    };
    Arc::new(BusCarrier { runtime: Arc::clone(runtime), wrap })
}

/// A field of the entry inside a payload of either shape.
pub(super) fn entry_field<'a>(payload: &'a Value, name: &str) -> Option<&'a Value> {
    payload.get("payload").and_then(|it| it.get(name)).or_else(|| payload.get(name))
}
