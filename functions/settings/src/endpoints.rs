//! `/settings/event-endpoints`: where a project gets its events by webhook. The secret is shown once, when it is new.

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use transfer_app::endpoints::{self, EndpointError, Shown, Stored, Wanted};
use transfer_aws::Service;
use transfer_domain::{EndpointId, EndpointState};
use transfer_http::{Kind, Problem, Scope, authorize, empty, json, json_body, optional_time, path_parameter, time};

use crate::etag::{expected_version, versioned};
use crate::invalid;

/// An event endpoint, as it is to be.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PutEventEndpoint))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutBody {
    /// Where events are sent, by https.
    url: String,
    /// The detail types that it gets; all if it is left out or empty.
    #[serde(default)]
    event_types: Vec<String>,
    /// Whether it gets any.
    #[serde(default = "enabled")]
    enabled: bool,
    /// The caller's own signing secret, `whsec_` and the base64 of 24 to 64 bytes; else we make one. The newest again
    /// changes nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    secret: Option<SecretString>,
    /// Makes a new secret beside the old one, which stays valid. Refused while two are valid.
    #[serde(default)]
    rotate_secret: bool,
    /// Lets the old secret go.
    #[serde(default)]
    retire_old_secret: bool,
}

const fn enabled() -> bool {
    true
}

/// An event endpoint on the wire.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventEndpoint))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointRecord<'a> {
    /// Its name.
    endpoint_id: &'a EndpointId,
    /// Where events are sent.
    url: &'a str,
    /// The detail types that it gets; all if there are none.
    event_types: &'a [String],
    /// Whether it gets any.
    state: EndpointState,
    /// Since when nothing arrived; null if the last event did.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    failing_since: Option<DateTime<Utc>>,
    /// What the first failure since then was.
    #[cfg_attr(feature = "openapi", schema(required))]
    last_error: Option<&'a str>,
    /// Its signing secret, only when it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    /// When it was created.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When it was changed last.
    #[serde(serialize_with = "time")]
    updated_at: DateTime<Utc>,
    /// Rises with every change.
    version: u64,
}

/// All event endpoints of a project.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventEndpointList))]
pub(crate) struct Listed<'a> {
    /// By their names.
    items: Vec<EndpointRecord<'a>>,
}

pub(crate) async fn list(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let all = endpoints::list(service, &caller.project).await.map_err(problem)?;
    Ok(json(StatusCode::OK, &Listed { items: all.iter().map(|shown| record(shown, None)).collect() }))
}

pub(crate) async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let shown = endpoints::get(service, &caller.project, &endpoint_id(request)?).await.map_err(problem)?;
    Ok(versioned(StatusCode::OK, shown.endpoint.version, &record(&shown, None)))
}

pub(crate) async fn put(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let id = endpoint_id(request)?;
    let expected = expected_version(request)?;
    let body: PutBody = json_body(request)?;
    let wanted = Wanted {
        url: body.url,
        event_types: body.event_types,
        enabled: body.enabled,
        secret: body.secret,
        rotate: body.rotate_secret,
        retire_old: body.retire_old_secret,
    };
    let stored = endpoints::put(service, &caller.project, &id, wanted, expected).await.map_err(problem)?;
    let Stored { shown, secret, is_new } = &stored;
    let status = if *is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(versioned(status, shown.endpoint.version, &record(shown, secret.as_ref())))
}

pub(crate) async fn delete(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    endpoints::delete(service, &caller.project, &endpoint_id(request)?).await.map_err(problem)?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn endpoint_id(request: &Request) -> Result<EndpointId, Problem> {
    let id = path_parameter(request, "endpointId").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::new(Kind::NotFound))
}

fn problem(error: EndpointError) -> Problem {
    match error {
        EndpointError::NotFound => Problem::new(Kind::NotFound),
        EndpointError::Stale => Problem::new(Kind::Stale),
        EndpointError::Invalid(faults) => invalid(faults),
        EndpointError::Failed(failure) => Problem::of_failure(&failure, failure.retry_after()),
    }
}

fn record<'a>(shown: &'a Shown, secret: Option<&'a SecretString>) -> EndpointRecord<'a> {
    let Shown { endpoint, health } = shown;
    EndpointRecord {
        endpoint_id: &endpoint.endpoint_id,
        url: &endpoint.url,
        event_types: &endpoint.event_types,
        state: endpoint.state,
        failing_since: health.failing_since,
        last_error: health.last_error.as_deref(),
        secret: secret.map(ExposeSecret::expose_secret),
        created_at: endpoint.created_at,
        updated_at: endpoint.updated_at,
        version: endpoint.version,
    }
}
