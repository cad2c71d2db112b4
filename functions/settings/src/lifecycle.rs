//! `GET/PUT /settings/agent-transfer`: session lifecycle and default routing.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use transfer_aws::Service;
use transfer_domain::TransferSettings;
use transfer_http::{FieldError, Kind, Problem, Scope, authorize, json_body};
use transfer_providers::{Adapters, Inbound};
use transfer_store::Put;

use crate::etag::{expected_version, versioned};
use crate::failed;

pub(crate) async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsRead)?;
    let settings = service.store.settings(&caller.project).await.map_err(|error| failed(&error))?;
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
    let mut errors: Vec<_> =
        settings.faults().into_iter().map(|fault| FieldError::new(fault.pointer, fault.rule)).collect();
    if let Some(provider) = settings.default_routing.provider
        && adapters.get(provider).is_none()
    {
        let known: Vec<String> = adapters.providers().map(|provider| provider.to_string()).collect();
        errors.push(FieldError::new("/defaultRouting/provider", format!("must be one of {}", known.join(", "))));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(errors));
    }
    match service.store.put_settings(&caller.project, &settings, expected).await.map_err(|error| failed(&error))? {
        Put::Stored { version } => {
            service.directory.forget();
            Ok(versioned(StatusCode::OK, version, &settings))
        }
        Put::Stale => Err(Problem::new(Kind::Stale)),
    }
}
