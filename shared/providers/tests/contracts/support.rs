//! What all contract tests need.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;
use transfer_domain::{EventKind, Integration, IntegrationId, ProjectId, Provider, ProviderEvent, TransferId};
use transfer_providers::{Adapters, Inbound, IntegrationSecrets, WebhookRequest};

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
    Integration {
        project_id: ProjectId::new("p1").unwrap(),
        integration_id: IntegrationId::new("int_1").unwrap(),
        provider,
        settings: settings.as_object().cloned().unwrap(),
        partner_source: settings.get("partnerSource").and_then(Value::as_str).map(str::to_owned),
        targets: Vec::new(),
        created_at: now(),
        updated_at: now(),
        version: 1,
        secrets: transfer_domain::SecretsInUse::default(),
    }
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

pub(crate) fn kinds(events: Vec<ProviderEvent>) -> Vec<EventKind> {
    events.into_iter().map(|event| event.kind).collect()
}

pub(crate) fn note(what: &str, detail: Option<&str>) -> EventKind {
    EventKind::Note { what: what.to_owned(), detail: detail.map(str::to_owned) }
}
