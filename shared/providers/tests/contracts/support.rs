//! What all contract tests need.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use transfer_domain::{
    EndReason, EndedBy, EventKind, IncomingMessage, Integration, Provider, ProviderEvent, Representative, SourceId,
    Status, TransferId,
};
use transfer_providers::relay::{self, Relayed};
use transfer_providers::{Adapters, Bound, Inbound, IntegrationSecrets, Unauthentic, WebhookRequest};

/// Created at 2026-01-12T10:00:00Z.
pub(crate) const TRANSFER: &str = "019bb1a5-ed00-7abc-8def-0123456789ab";

pub(crate) fn now() -> DateTime<Utc> {
    at("2026-01-12T10:00:05Z")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

pub(crate) fn transfer() -> TransferId {
    TRANSFER.parse().unwrap()
}

pub(crate) fn adapter(provider: Provider) -> &'static dyn Inbound {
    Adapters::inbound().get(provider).unwrap()
}

pub(crate) fn integration(provider: Provider, settings: &Value) -> Integration {
    let stored = json!({
        "projectId": "p1", "integrationId": "int_1", "provider": provider, "settings": settings,
        "partnerSource": settings["partnerSource"], "createdAt": now(), "updatedAt": now(), "version": 1,
    });
    serde_json::from_value(stored).unwrap()
}

/// The adapter with these settings.
pub(crate) fn bound(provider: Provider, settings: &Value) -> Arc<dyn Bound> {
    adapter(provider).bind(&integration(provider, settings)).unwrap()
}

/// What a body is read as.
pub(crate) fn read_body(provider: Provider, settings: &Value, body: impl AsRef<[u8]>) -> Vec<ProviderEvent> {
    bound(provider, settings).parse_webhook(&request(&[], &[], body), now()).unwrap()
}

/// In which statuses messages are taken.
pub(crate) fn taking(provider: Provider) -> Vec<Status> {
    Status::ALL.iter().copied().filter(|status| bound(provider, &json!({})).takes_messages(*status)).collect()
}

/// A document with other fields beside it, or instead of its own.
pub(crate) fn with(mut document: Value, extra: &Value) -> Value {
    document.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
    document
}

/// The only one of these events.
pub(crate) fn only(events: Vec<ProviderEvent>) -> ProviderEvent {
    let [event] = events.try_into().unwrap();
    event
}

/// The message that an event is.
pub(crate) fn message(event: &ProviderEvent) -> &IncomingMessage {
    let EventKind::Message(message) = &event.kind else { panic!("{event:?}") };
    message
}

pub(crate) fn queued(seconds: Option<u32>) -> EventKind {
    queued_at(None, None, seconds)
}

pub(crate) fn queued_at(queue: Option<&str>, position: Option<u32>, seconds: Option<u32>) -> EventKind {
    EventKind::Queued { queue: queue.map(str::to_owned), position, estimated_wait_seconds: seconds }
}

pub(crate) fn joined(id: Option<&str>, name: Option<&str>) -> EventKind {
    EventKind::RepresentativeJoined(who(id, name))
}

pub(crate) fn left(representative: Option<Representative>, transferred: bool) -> EventKind {
    EventKind::RepresentativeLeft { representative, transferred }
}

pub(crate) fn ended_by_representative() -> EventKind {
    EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded }
}

pub(crate) fn ended_by_contact() -> EventKind {
    EventKind::Ended { by: EndedBy::Contact, reason: EndReason::ContactEnded }
}

pub(crate) fn ended_by_system(reason: EndReason) -> EventKind {
    EventKind::Ended { by: EndedBy::System, reason }
}

pub(crate) fn who(id: Option<&str>, name: Option<&str>) -> Representative {
    Representative { id: id.map(str::to_owned), name: name.map(str::to_owned) }
}

pub(crate) fn request(rest: &[&str], headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> WebhookRequest {
    WebhookRequest {
        method: Method::POST,
        rest: rest.iter().map(|segment| (*segment).to_owned()).collect(),
        headers: header_map(headers),
        body: body.as_ref().to_vec(),
    }
}

pub(crate) fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    map
}

pub(crate) fn signing(secrets: &[&str]) -> IntegrationSecrets {
    let signing_secrets = secrets.iter().map(|secret| (*secret).into()).collect();
    IntegrationSecrets { signing_secrets, ..IntegrationSecrets::default() }
}

/// Path secrets, newest first.
pub(crate) fn path_secrets(secrets: &[&str]) -> IntegrationSecrets {
    let path_secrets = secrets.iter().map(|secret| (*secret).into()).collect();
    IntegrationSecrets { path_secrets, ..IntegrationSecrets::default() }
}

/// What a body of the relay's is taken for: one of this type, with these fields beside the common ones.
pub(crate) fn relayed(integration: &Integration, kind: &str, fields: &Value) -> Relayed {
    let common = json!({ "v": 1, "type": kind, "transfer_id": TRANSFER, "occurred_at": "2026-01-12T10:00:05Z" });
    let body = with(common, fields).to_string();
    relay::parse(integration, &SourceId::new("evt_1").unwrap(), body.as_bytes()).unwrap()
}

/// Holds that requests are let in by a live secret that stands in this header exactly once, and by nothing else.
pub(crate) fn asks_for_secret_in(
    header: &str,
    secret: &str,
    check: impl Fn(&[(&str, &str)]) -> Result<(), Unauthentic>,
) {
    let right = (header, secret);
    assert_eq!(check(&[right]), Ok(()));
    for headers in [&[][..], &[(header, "wrong")], &[(header, "")], &[("x-another", secret)], &[right, right]] {
        assert_eq!(check(headers), Err(Unauthentic), "{headers:?}");
    }
}

pub(crate) fn kinds(events: Vec<ProviderEvent>) -> Vec<EventKind> {
    events.into_iter().map(|event| event.kind).collect()
}

pub(crate) fn note(what: &str, detail: Option<&str>) -> EventKind {
    EventKind::Note { what: what.to_owned(), detail: detail.map(str::to_owned) }
}
