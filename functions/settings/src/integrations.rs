//! `/integrations`: a project's configuration of a provider. Secrets go in; only ours come out, once, when made.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transfer_aws::Service;
use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};
use transfer_http::{
    FieldError, Kind, Problem, Scope, authorize, domain_name, empty, json, json_body, path_parameter, time,
};
use transfer_providers::{Adapters, Capabilities, Inbound, IntegrationDraft, IntegrationSecrets};

use crate::etag::{expected_version, versioned};
use crate::failed;
use crate::place::{Place, Wanted};
use crate::secrets::{Made, Wishes};

/// The configuration of a provider. Credentials that are left out stay as they are.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PutIntegration))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutBody {
    /// The provider's own fields; each provider has others.
    #[serde(default)]
    settings: Map<String, Value>,
    /// What calls to the provider need; each provider has others. Never shown.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    credentials: BTreeMap<String, SecretString>,
    /// The customer's own secret for the provider's webhook signature or header; else we make one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    signing_secret: Option<SecretString>,
    /// Makes new secrets beside the old ones, which stay valid. Refused while two are valid.
    #[serde(default)]
    rotate_secrets: bool,
    /// Lets the old secrets go.
    #[serde(default)]
    retire_old_secrets: bool,
    /// Lets the new secrets go and keeps the old ones: for a rotation whose answer was lost.
    #[serde(default)]
    retire_new_secrets: bool,
}

/// An integration on the wire.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Integration))]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntegrationRecord<'a> {
    /// Which provider.
    provider: Provider,
    /// Its id, as it stands in webhook addresses.
    integration_id: &'a IntegrationId,
    /// The provider's own fields.
    settings: &'a Map<String, Value>,
    /// What the provider can and cannot do with these settings; null if this deployment has no adapter for it.
    #[cfg_attr(feature = "openapi", schema(required))]
    capabilities: Option<Capabilities>,
    /// Which credentials are set; their values never come out.
    credentials_set: Vec<String>,
    /// Where the provider must send its webhooks; the secret in it is shown only when it was just made.
    webhook_url: String,
    /// Where code at the customer's side sends what the provider does not tell.
    relay_url: String,
    /// The secret of the provider's signature or header, only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
    /// The secret of the relay's signature, only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_secret: Option<String>,
    /// What the integration relies on that the provider's documentation leaves open.
    warnings: Vec<String>,
    /// When it was created.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When it was changed last.
    #[serde(serialize_with = "time")]
    updated_at: DateTime<Utc>,
    /// Rises with every change.
    version: u64,
}

/// All integrations of a project.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = IntegrationList))]
pub(crate) struct Listed<'a> {
    /// By provider.
    items: Vec<IntegrationRecord<'a>>,
}

pub(crate) async fn list(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsRead)?;
    let integrations = service.store.integrations(&caller.project).await.map_err(|error| failed(&error))?;
    let address = public_address(service, request);
    let mut items = Vec::with_capacity(integrations.len());
    for integration in &integrations {
        let secrets = secrets_of(service, integration).await?;
        items.push(record(&address, adapters, integration, &secrets, Made::default(), vec![]));
    }
    Ok(json(StatusCode::OK, &Listed { items }))
}

pub(crate) async fn get(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsRead)?;
    let adapter = adapter(adapters, request)?;
    let integration = stored(service, &caller.project, adapter.provider()).await?;
    let integration = integration.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let secrets = secrets_of(service, &integration).await?;
    let warnings = warnings(service, adapter, &integration, &secrets);
    let address = public_address(service, request);
    let record = record(&address, adapters, &integration, &secrets, Made::default(), warnings);
    Ok(versioned(StatusCode::OK, integration.version, &record))
}

/// Creates or replaces an integration. Credentials that the body leaves out stay as they are. Nothing that is in use
/// changes before the one write that stores the integration, which names its secrets.
pub(crate) async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsWrite)?;
    let adapter = adapter(adapters, request)?;
    let expected = expected_version(request)?;
    let body: PutBody = json_body(request)?;
    let before = stored(service, &caller.project, adapter.provider()).await?;
    if expected.is_some() && expected != before.as_ref().map(|integration| integration.version) {
        return Err(Problem::new(Kind::Stale));
    }
    let kept = match &before {
        Some(integration) => secrets_of(service, integration).await?,
        None => IntegrationSecrets::default(),
    };
    let draft = draft(&body, &kept);
    let valid = adapter.validate(&draft, service.config.host_policy).map_err(|faults| {
        Problem::invalid_fields(faults.into_iter().map(|fault| FieldError::new(fault.pointer, fault.rule)).collect())
    })?;
    let mut secrets = IntegrationSecrets { credentials: draft.credentials, ..kept.clone() };
    let made = body.wishes().change(&mut secrets, &*service.ids)?;

    let now = service.now();
    let place = Place { service, adapter, project: &caller.project };
    let halves = adapter.halves(&valid.settings, &secrets);
    let unchanged = before.as_ref().is_some_and(|it| adapter.halves(&it.settings, &kept).are_same_as(&halves));
    let settings =
        Wanted { settings: valid.settings, partner_source: valid.partner_source, targets: valid.targets, at: now };
    let integration = place.store(before.clone(), settings, (!unchanged).then_some(&halves)).await?;
    service.directory.forget();
    tracing::info!(project.id = %caller.project, provider = %integration.provider, "an integration was stored");
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let address = public_address(service, request);
    let record = record(&address, adapters, &integration, &secrets, made, valid.warnings);
    Ok(versioned(status, integration.version, &record))
}

/// Removes an integration with its secrets. Sessions that are open keep running until they end or expire, but
/// nothing can be sent to the provider any more.
pub(crate) async fn delete(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.project_claim, Scope::SettingsWrite)?;
    let adapter = adapter(adapters, request)?;
    let removed = Place { service, adapter, project: &caller.project }.clear(None).await?;
    service.directory.forget();
    if removed { Ok(empty(StatusCode::NO_CONTENT)) } else { Err(Problem::new(Kind::NotFound)) }
}

fn adapter(adapters: &Adapters<dyn Inbound>, request: &Request) -> Result<&'static dyn Inbound, Problem> {
    let provider: Option<Provider> = path_parameter(request, "provider").and_then(|word| word.parse().ok());
    provider.and_then(|provider| adapters.get(provider)).ok_or_else(|| Problem::new(Kind::NotFound))
}

async fn stored(service: &Service, project: &ProjectId, provider: Provider) -> Result<Option<Integration>, Problem> {
    service.store.integration(project, provider).await.map_err(|error| failed(&error))
}

async fn secrets_of(service: &Service, integration: &Integration) -> Result<IntegrationSecrets, Problem> {
    let secrets = service.secrets.get(integration).await;
    secrets.map_err(|error| Problem::of_failure(&error, error.retry_after()))
}

impl PutBody {
    fn wishes(&self) -> Wishes<'_> {
        Wishes {
            own_signing: self.signing_secret.as_ref(),
            rotate: self.rotate_secrets,
            retire_old: self.retire_old_secrets,
            retire_new: self.retire_new_secrets,
        }
    }
}

fn draft(body: &PutBody, kept: &IntegrationSecrets) -> IntegrationDraft {
    let mut credentials = kept.credentials.clone();
    credentials.extend(body.credentials.clone());
    IntegrationDraft { settings: body.settings.clone(), credentials }
}

fn warnings(
    service: &Service,
    adapter: &dyn Inbound,
    integration: &Integration,
    secrets: &IntegrationSecrets,
) -> Vec<String> {
    let draft = IntegrationDraft { settings: integration.settings.clone(), credentials: secrets.credentials.clone() };
    adapter.validate(&draft, service.config.host_policy).map(|valid| valid.warnings).unwrap_or_default()
}

/// The API's address as providers see it. Without one in the configuration it is the one that the caller used: an API
/// that is made of its functions cannot be named in their environment.
fn public_address(service: &Service, request: &Request) -> String {
    let configured = &service.config.public_base_url;
    match domain_name(request) {
        Some(domain) if configured.is_empty() => format!("https://{domain}"),
        Some(_) | None => configured.clone(),
    }
}

fn record<'a>(
    address: &str,
    adapters: &Adapters<dyn Inbound>,
    integration: &'a Integration,
    secrets: &IntegrationSecrets,
    made: Made,
    warnings: Vec<String>,
) -> IntegrationRecord<'a> {
    let newest = |secrets: &[SecretString], show: bool| {
        secrets.first().filter(|_| show).map(|secret| secret.expose_secret().to_owned())
    };
    let id = &integration.integration_id;
    let path_secret = newest(&secrets.path_secrets, made.path).unwrap_or_else(|| "{secret}".to_owned());
    IntegrationRecord {
        provider: integration.provider,
        integration_id: id,
        settings: &integration.settings,
        capabilities: adapters.get(integration.provider).map(|adapter| adapter.capabilities_of(integration)),
        credentials_set: secrets.credentials.keys().cloned().collect(),
        webhook_url: format!("{address}/v1/webhooks/{}/{id}/{path_secret}", integration.provider),
        relay_url: format!("{address}/v1/webhooks/relay/{id}"),
        signing_secret: newest(&secrets.signing_secrets, made.signing),
        relay_secret: newest(&secrets.relay_secrets, made.relay),
        warnings,
        created_at: integration.created_at,
        updated_at: integration.updated_at,
        version: integration.version,
    }
}
