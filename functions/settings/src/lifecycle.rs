//! `GET/PUT /settings/agent-transfer`: session lifecycle and default routing.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_app::settings::{self, NotStored};
use transfer_aws::Service;
use transfer_domain::TransferSettings;
use transfer_http::{Kind, Problem, Scope, authorize, json_body};
use transfer_providers::{Adapters, Inbound};

use crate::etag::{expected_version, versioned};
use crate::invalid;

pub(crate) async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsRead)?;
    let settings = settings::get(service, &caller.project).await;
    let settings = settings.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    Ok(versioned(StatusCode::OK, settings.version, &settings.value))
}

/// Replaces the settings; what the body leaves out has its default again.
pub(crate) async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsWrite)?;
    let expected = expected_version(request)?;
    let settings: TransferSettings = json_body(request)?;
    let stored = settings::put(service, adapters, &caller.project, &settings, expected).await;
    let version = stored.map_err(|error| match error {
        NotStored::Invalid(faults) => invalid(faults),
        NotStored::Stale => Problem::new(Kind::Stale),
        NotStored::Failed(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    Ok(versioned(StatusCode::OK, version, &settings))
}
