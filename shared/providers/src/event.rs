//! Events to the endpoints of a project, as Standard Webhooks describe it.

use chrono::{DateTime, Utc};
use http::HeaderName;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};
use transfer_domain::{EVENT_SOURCE, Envelope};
use url::Url;

use crate::CallError;
use crate::client::Call;
use crate::signing::signatures;

/// The body: the event as it is on the bus.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Body<'a> {
    id: &'a str,
    source: &'static str,
    detail_type: &'a str,
    time: String,
    detail: &'a Map<String, Value>,
}

/// The request that brings an event to an endpoint, signed at this time. Its `webhook-id` is the event's id in the
/// letters that such an id may have: the same for every repetition.
pub fn signed_event(
    url: &str,
    event: &Envelope,
    secrets: &[SecretString],
    now: DateTime<Utc>,
) -> Result<Call, CallError> {
    let url = Url::parse(url).map_err(|_| CallError::misconfigured("the endpoint's url"))?;
    let id = event.event_id().replace('.', "-");
    let body = Body {
        id: event.event_id(),
        source: EVENT_SOURCE,
        detail_type: &event.detail_type,
        time: event.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        detail: &event.detail,
    };
    let body = serde_json::to_vec(&body).map_err(|_| CallError::misconfigured("the event cannot be written"))?;
    let timestamp = now.timestamp().to_string();
    let signatures = signatures(secrets, &id, &timestamp, &body);
    if signatures.is_empty() {
        return Err(CallError::misconfigured("the endpoint has no signing secret"));
    }
    Call::post(url, "application/json", body)?
        .header(HeaderName::from_static("webhook-id"), &id)?
        .header(HeaderName::from_static("webhook-timestamp"), &timestamp)?
        .header(HeaderName::from_static("webhook-signature"), &signatures)
}
