//! `/integrations`: a project's configuration of a provider. Secrets go in; only ours come out, once, when made.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use transfer_aws::Service;
use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};
use transfer_http::{
    FieldError, Kind, Problem, Scope, authorize, domain_name, empty, json, json_body, path_parameter, time,
};
use transfer_providers::{Adapters, Capabilities, Inbound, IntegrationDraft, IntegrationSecrets};
use transfer_store::PutIntegration;

use crate::etag::{expected_version, versioned};
use crate::failed;
use crate::secrets::{Made, fill, push, retire_old, rotate};

/// What a customer's own signing secret must at least have (Genesys asks for more than 15 characters).
pub(crate) const MIN_SIGNING_SECRET: usize = 16;

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
    /// Makes new secrets beside the old ones, which stay valid.
    #[serde(default)]
    rotate_secrets: bool,
    /// Lets the old secrets go.
    #[serde(default)]
    retire_old_secrets: bool,
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

/// Creates or replaces an integration. Credentials that the body leaves out stay as they are.
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
    let mut secrets = match &before {
        Some(integration) => secrets_of(service, integration).await?,
        None => IntegrationSecrets::default(),
    };
    let draft = draft(&body, &secrets);
    let valid = adapter.validate(&draft, service.config.host_policy).map_err(|faults| {
        Problem::invalid_fields(faults.into_iter().map(|fault| FieldError::new(fault.pointer, fault.rule)).collect())
    })?;
    secrets.credentials = draft.credentials;
    let made = change_secrets(service, &mut secrets, &body)?;

    let now = service.now();
    let mut integration = Integration {
        project_id: caller.project.clone(),
        integration_id: integration_id(&caller.project, adapter.provider())?,
        provider: adapter.provider(),
        settings: valid.settings,
        partner_source: valid.partner_source,
        targets: valid.targets,
        created_at: before.as_ref().map_or(now, |integration| integration.created_at),
        updated_at: now,
        version: before.as_ref().map_or(0, |integration| integration.version),
    };
    // Secrets first: they hold the old and the new ones, so a reader of either version of the row finds its own.
    let put = service.secrets.put(&caller.project, &integration.integration_id, &secrets).await;
    put.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    match service
        .store
        .put_integration(&integration, Some(integration.version))
        .await
        .map_err(|error| failed(&error))?
    {
        PutIntegration::Stored { version } => integration.version = version,
        PutIntegration::Stale | PutIntegration::IdTaken => return Err(Problem::new(Kind::Stale)),
        PutIntegration::PartnerSourceTaken => {
            return Err(Problem::invalid_field("/settings/partnerSource", "belongs to another integration"));
        }
    }
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
    let deleted = service.store.delete_integration(&caller.project, adapter.provider()).await;
    let Some(integration) = deleted.map_err(|error| failed(&error))? else {
        return Err(Problem::new(Kind::NotFound));
    };
    let deleted = service.secrets.delete(&caller.project, &integration.integration_id).await;
    deleted.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    service.directory.forget();
    Ok(empty(StatusCode::NO_CONTENT))
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
    secrets.map(|secrets| (*secrets).clone()).map_err(|error| Problem::of_failure(&error, error.retry_after()))
}

fn draft(body: &PutBody, kept: &IntegrationSecrets) -> IntegrationDraft {
    let mut credentials = kept.credentials.clone();
    credentials.extend(body.credentials.clone());
    IntegrationDraft { settings: body.settings.clone(), credentials }
}

fn change_secrets(service: &Service, secrets: &mut IntegrationSecrets, body: &PutBody) -> Result<Made, Problem> {
    if body.retire_old_secrets {
        retire_old(secrets);
    }
    if let Some(own) = &body.signing_secret {
        if own.expose_secret().len() < MIN_SIGNING_SECRET {
            return Err(Problem::invalid_field("/signingSecret", "must be at least 16 characters"));
        }
        let known = secrets.signing_secrets.iter().any(|secret| secret.expose_secret() == own.expose_secret());
        if !known {
            push(&mut secrets.signing_secrets, own.clone());
        }
    }
    let mut made = fill(secrets, &*service.ids);
    if body.rotate_secrets {
        let rotated =
            Made { path: !made.path, signing: !made.signing && body.signing_secret.is_none(), relay: !made.relay };
        rotate(secrets, rotated, &*service.ids);
        made = Made { path: true, signing: made.signing || rotated.signing, relay: true };
    }
    Ok(made)
}

/// One integration a project and provider: its id follows from them, so that a repeated create meets itself.
fn integration_id(project: &ProjectId, provider: Provider) -> Result<IntegrationId, Problem> {
    let digest = hex::encode(Sha256::digest(format!("{project}/{provider}")));
    let short: String = digest.chars().take(20).collect();
    IntegrationId::new(format!("int-{short}")).map_err(|error| Problem::of_failure(&error, None))
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
