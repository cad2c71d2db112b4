//! `/integrations`: a project's configuration of a provider. Secrets go in; only ours come out, once, when made.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transfer_app::integrations::{self, IntegrationError, Made, Shown, Stored, Wanted, Wishes};
use transfer_aws::Service;
use transfer_domain::{HealthState, IntegrationHealth, IntegrationId, Provider};
use transfer_http::{
    Kind, Problem, Query, Scope, authorize, empty, json, json_body, optional_time, path_parameter, public_address, time,
};
use transfer_providers::{Adapters, Capabilities, Inbound};

use crate::etag::{expected_version, versioned};
use crate::invalid;

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
    warnings: &'a [String],
    /// How its contact centre answers.
    health: HealthRecord<'a>,
    /// When it was created.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When it was changed last.
    #[serde(serialize_with = "time")]
    updated_at: DateTime<Utc>,
    /// Rises with every change.
    version: u64,
}

/// How a contact centre answers, as far as calls of it told.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = IntegrationHealth))]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthRecord<'a> {
    /// How it answers.
    state: HealthState,
    /// Since when; null before the first call.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    since: Option<DateTime<Utc>>,
    /// What the last call in vain came to.
    #[cfg_attr(feature = "openapi", schema(required))]
    last_error: Option<&'a str>,
}

impl<'a> From<Option<&'a IntegrationHealth>> for HealthRecord<'a> {
    fn from(health: Option<&'a IntegrationHealth>) -> Self {
        Self {
            state: health.map_or(HealthState::Unknown, |health| health.state),
            since: health.map(|health| health.since),
            last_error: health.and_then(|health| health.last_error.as_deref()),
        }
    }
}

/// All integrations of a project.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = IntegrationList))]
pub(crate) struct Listed<'a> {
    /// By provider.
    items: Vec<IntegrationRecord<'a>>,
    /// What an integration's `settings` and `credentials` may be, by provider, as JSON Schema: only with `describe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeMap<String, Map<String, Value>>>))]
    fields: Option<BTreeMap<Provider, Value>>,
}

pub(crate) async fn list(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let mut query = Query::of(request, &["describe"]);
    let describe = query.one::<bool>("describe").unwrap_or(false);
    query.finish()?;
    let all = integrations::list(service, &caller.project).await.map_err(problem)?;
    let address = public_address(&service.config.public_base_url, request);
    let items = all.iter().map(|shown| record(&address, adapters, shown, Made::default())).collect();
    let schema = |provider| adapters.settings_schema(provider).map(|schema| (provider, schema));
    let fields = describe.then(|| adapters.providers().filter_map(schema).collect());
    Ok(json(StatusCode::OK, &Listed { items, fields }))
}

pub(crate) async fn get(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let adapter = adapter(adapters, request)?;
    let shown = integrations::get(service, adapter, &caller.project).await.map_err(problem)?;
    let address = public_address(&service.config.public_base_url, request);
    let record = record(&address, adapters, &shown, Made::default());
    Ok(versioned(StatusCode::OK, shown.integration.version, &record))
}

/// Creates or replaces an integration. Credentials that the body leaves out stay as they are.
pub(crate) async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let adapter = adapter(adapters, request)?;
    let expected = expected_version(request)?;
    let body: PutBody = json_body(request)?;
    let wanted = Wanted {
        settings: body.settings,
        credentials: body.credentials,
        wishes: Wishes {
            own_signing: body.signing_secret.as_ref(),
            rotate: body.rotate_secrets,
            retire_old: body.retire_old_secrets,
            retire_new: body.retire_new_secrets,
        },
    };
    let stored = integrations::put(service, adapter, &caller.project, wanted, expected).await.map_err(problem)?;
    let Stored { shown, made, is_new } = stored;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let address = public_address(&service.config.public_base_url, request);
    let record = record(&address, adapters, &shown, made);
    Ok(versioned(status, shown.integration.version, &record))
}

pub(crate) async fn delete(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let adapter = adapter(adapters, request)?;
    integrations::delete(service, adapter, &caller.project).await.map_err(problem)?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn adapter(adapters: &Adapters<dyn Inbound>, request: &Request) -> Result<&'static dyn Inbound, Problem> {
    let provider: Option<Provider> = path_parameter(request, "provider").and_then(|word| word.parse().ok());
    provider.and_then(|provider| adapters.get(provider)).ok_or_else(|| Problem::new(Kind::NotFound))
}

fn problem(error: IntegrationError) -> Problem {
    match error {
        IntegrationError::NotFound => Problem::new(Kind::NotFound),
        IntegrationError::Stale => Problem::new(Kind::Stale),
        IntegrationError::Invalid(faults) => invalid(faults),
        IntegrationError::Failed(failure) => Problem::of_failure(&failure, failure.retry_after()),
    }
}

fn record<'a>(address: &str, adapters: &Adapters<dyn Inbound>, shown: &'a Shown, made: Made) -> IntegrationRecord<'a> {
    let Shown { integration, secrets, warnings, health } = shown;
    let newest = |secrets: &[SecretString], show: bool| {
        secrets.first().filter(|_| show).map(|secret| secret.expose_secret().to_owned())
    };
    let id = &integration.integration_id;
    let path_secret = newest(&secrets.path_secrets, made.path).unwrap_or_else(|| "{secret}".to_owned());
    IntegrationRecord {
        provider: integration.provider,
        integration_id: id,
        settings: &integration.settings,
        capabilities: adapters
            .get(integration.provider)
            .and_then(|adapter| adapter.bind(integration).ok())
            .map(|bound| bound.capabilities()),
        credentials_set: secrets.credentials.keys().cloned().collect(),
        webhook_url: format!("{address}/v1/webhooks/{}/{id}/{path_secret}", integration.provider),
        relay_url: format!("{address}/v1/webhooks/relay/{id}"),
        signing_secret: newest(&secrets.signing_secrets, made.signing),
        relay_secret: newest(&secrets.relay_secrets, made.relay),
        warnings,
        health: health.as_ref().into(),
        created_at: integration.created_at,
        updated_at: integration.updated_at,
        version: integration.version,
    }
}
