//! The ways in which entries and status events come: the bus, the relay, a stream's frame
//! (`docs/contracts/salesforce.md`, "Callbacks").

use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::{Correlation, Order, ProviderEvent, ProviderSessionId};

use super::entry::{self, Entry};
use super::{closed_state, ended_by, status};
use crate::Malformed;
use crate::reading::{id, json_object, source_id, text, time};
use crate::salesforce::settings::{Product, STATUS_EVENT, Settings};
use crate::told::{correlation, event};

/// What the events of a stream start with.
const FRAME_PREFIX: &str = "CONVERSATION_";

/// The events of one EventBridge envelope; none if it is about another platform event.
pub(super) fn from_bus(settings: &Settings, envelope: &Value) -> Result<Vec<ProviderEvent>, Malformed> {
    let name = text(envelope, "/detail-type").unwrap_or_default();
    if name != STATUS_EVENT && name != settings.event_api_name {
        return Ok(Vec::new());
    }
    let fields = settings.bus_payload(envelope).ok_or_else(|| malformed("nothing at relayPayloadPointer"))?;
    let sent_at = time(fields, "/CreatedDate").or_else(|| time(envelope, "/time"));
    if name == STATUS_EVENT {
        return Ok(status::events(settings, fields, sent_at));
    }
    from_platform_event(settings, fields, sent_at)
}

/// The events of a body that came behind the relay's signature: the payload of a platform event, all its fields, or a
/// frame of the stream.
pub(super) fn from_relay(settings: &Settings, body: &Value) -> Result<Vec<ProviderEvent>, Malformed> {
    if body.get(&settings.payload_field).is_some() {
        from_platform_event(settings, body, time(body, "/CreatedDate"))
    } else if let Some(data) = body.get("data").filter(|data| data.is_object()) {
        Ok(from_frame(settings, text(body, "/event"), data))
    } else if let Some(data) = text(body, "/data") {
        // As a browser's event source hands it on.
        Ok(from_frame(settings, text(body, "/event"), &json_object(data.as_bytes())?))
    } else if body.get("conversationEntry").is_some() {
        Ok(from_frame(settings, None, body))
    } else {
        Ok(from_payload(settings, body, None))
    }
}

/// The fields of the channel's platform event. Only interactions concern us: routing is the organisation's own.
fn from_platform_event(
    settings: &Settings,
    fields: &Value,
    sent_at: Option<DateTime<Utc>>,
) -> Result<Vec<ProviderEvent>, Malformed> {
    let of_type = fields.get(&settings.event_type_field).map(unwrapped).and_then(Value::as_str);
    if of_type.is_some_and(|of_type| of_type != "Interaction") {
        return Ok(Vec::new());
    }
    match fields.get(&settings.payload_field).map(unwrapped) {
        Some(Value::String(payload)) => Ok(from_payload(settings, &json_object(payload.as_bytes())?, sent_at)),
        Some(payload @ Value::Object(_)) => Ok(from_payload(settings, payload, sent_at)),
        Some(_) | None => Err(malformed("no payload at payloadField")),
    }
}

/// A value as Avro's JSON encoding wraps one of a union: `{"string": "…"}`.
fn unwrapped(value: &Value) -> &Value {
    let only = value.as_object().filter(|fields| fields.len() == 1);
    only.and_then(|fields| fields.get("string")).unwrap_or(value)
}

/// The decoded payload: the entry stands in a field of its own, or its fields stand at the top.
fn from_payload(settings: &Settings, payload: &Value, sent_at: Option<DateTime<Utc>>) -> Vec<ProviderEvent> {
    if settings.is_other_channel(payload) {
        return Vec::new();
    }
    let entry = payload.get("payload").filter(|entry| entry.is_object()).unwrap_or(payload);
    let recipient = text(payload, "/recipient/subject").or_else(|| text(payload, "/recipient"));
    let conversation = id(payload, "/conversationIdentifier")
        .or_else(|| id(entry, "/conversationIdentifier"))
        .or_else(|| id(payload, "/conversationId"));
    let correlation = correlation(recipient, conversation.as_deref());
    entry::events(settings, &Entry::of(entry), &correlation, sent_at, None)
}

/// The data of one frame of the stream. The conversation's name is ours, so it names the transfer as well.
fn from_frame(settings: &Settings, name: Option<&str>, data: &Value) -> Vec<ProviderEvent> {
    let conversation = text(data, "/conversationId");
    let ours = conversation.filter(|_| settings.product == Product::Miaw);
    let correlation = correlation(ours, conversation);
    let kind = name.map(|name| name.strip_prefix(FRAME_PREFIX).unwrap_or(name));
    match (kind, data.get("conversationEntry")) {
        // Sent only when the contact closes; it need not carry an entry.
        (Some("CLOSE_CONVERSATION"), _) => vec![closed_by_contact(correlation)],
        (_, Some(entry)) => entry::events(settings, &Entry::of(entry), &correlation, None, None),
        (_, None) => Vec::new(),
    }
}

fn closed_by_contact(correlation: Correlation) -> ProviderEvent {
    let conversation = correlation.provider_session_id.as_ref().map(ProviderSessionId::as_str).unwrap_or_default();
    let (source_id, kind) = (source_id(&["close", conversation]), ended_by(Some("EndUser")));
    let provider_state = closed_state(&kind);
    ProviderEvent { provider_state, ..event(correlation, Order::Arrival, source_id, kind) }
}

fn malformed(what: &str) -> Malformed {
    Malformed { what: what.to_owned() }
}
