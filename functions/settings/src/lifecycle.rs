//! `GET/PUT /settings/agent-transfer`: session lifecycle and default routing.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
#[cfg(feature = "openapi")]
use serde::Serialize;
use transfer_app::settings::{self, NotStored, Wanted};
use transfer_aws::Service;
use transfer_domain::{DefaultRouting, ListShards, Patience, Redaction, SessionLifecycle};
use transfer_http::{Kind, Problem, Scope, authorize, json_body};
use transfer_providers::{Adapters, Inbound};

use crate::etag::{expected_version, versioned};
use crate::invalid;

pub(crate) async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let settings = settings::get(service, &caller.project).await;
    let settings = settings.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    Ok(versioned(StatusCode::OK, settings.version, &settings.value))
}

/// What a project sets.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(Serialize, utoipa::ToSchema), schema(as = TransferSettingsInput))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Input {
    /// How long sessions live.
    session_lifecycle: SessionLifecycle,
    /// Where they go.
    default_routing: DefaultRouting,
    /// For how long a contact centre that cannot be reached is tried again.
    patience: Patience,
    /// What of texts is replaced before it is kept.
    redaction: Redaction,
    /// Over how many partitions of the table's list each status is spread; as many as it has if it is left out. It can be
    /// raised, and not be lowered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    list_shards: Option<ListShards>,
}

/// Replaces the settings; what the body leaves out has its default again, but the list, which never gets narrower.
pub(crate) async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let expected = expected_version(request)?;
    let Input { session_lifecycle, default_routing, patience, redaction, list_shards } = json_body(request)?;
    let wanted = Wanted { session_lifecycle, default_routing, patience, redaction, list_shards };
    let stored = settings::put(service, adapters, &caller.project, &wanted, expected).await;
    let stored = stored.map_err(|error| match error {
        NotStored::Invalid(faults) => invalid(faults),
        NotStored::Stale => Problem::new(Kind::Stale),
        NotStored::Failed(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    Ok(versioned(StatusCode::OK, stored.version, &stored.value))
}
