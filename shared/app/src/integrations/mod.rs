//! A project's integrations: its configuration of each provider. Secrets go in; only ours come out, once, when made.

mod place;
mod secrets;
#[cfg(feature = "outbound")]
pub mod test;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};
use transfer_domain::{Integration, IntegrationHealth, IntegrationId, ProjectId, Provider};
use transfer_providers::{Inbound, IntegrationDraft, IntegrationSecrets};
use transfer_store::StoreError;

use crate::{Failure, Fault, SecretError, Service};
use place::{Contents, Place};

pub use secrets::{MAX_SIGNING_SECRET, MIN_SIGNING_SECRET, Made, Wishes};

/// Why an integration is not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum IntegrationError {
    /// There is none.
    #[error("there is no such integration")]
    NotFound,
    /// It is at another version than the caller read, or somebody else was faster.
    #[error("the integration is at another version")]
    Stale,
    /// Fields that break rules.
    #[error("fields break rules")]
    Invalid(Vec<Fault>),
    /// Something behind it failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreError> for IntegrationError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SecretError> for IntegrationError {
    fn from(error: SecretError) -> Self {
        Self::Failed(error.into())
    }
}

/// What an integration is to be. Credentials that are left out stay as they are.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The provider's own fields.
    pub settings: Map<String, Value>,
    /// What calls to the provider need.
    pub credentials: BTreeMap<String, SecretString>,
    /// What is to become of the secrets that prove callbacks.
    pub wishes: Wishes<'a>,
}

/// An integration with its secrets.
#[derive(Debug)]
pub struct Shown {
    /// The integration.
    pub integration: Integration,
    /// Its secrets.
    pub secrets: IntegrationSecrets,
    /// What it relies on that the provider's documentation leaves open.
    pub warnings: Vec<String>,
    /// How its contact centre answers; `None` while nothing but answers came.
    pub health: Option<IntegrationHealth>,
}

/// An integration as it was just stored.
#[derive(Debug)]
pub struct Stored {
    /// With its secrets.
    pub shown: Shown,
    /// Which of them are new.
    pub made: Made,
    /// Whether there was none before.
    pub is_new: bool,
}

/// All integrations of a project with their secrets, without warnings.
pub async fn list(service: &Service, project: &ProjectId) -> Result<Vec<Shown>, IntegrationError> {
    let (integrations, health) = tokio::try_join!(service.store.integrations(project), service.store.health(project))?;
    let mut all = Vec::with_capacity(integrations.len());
    for integration in integrations {
        let secrets = service.secrets.get(&integration).await?;
        let health = of_integration(&health, &integration.integration_id).cloned();
        all.push(Shown { integration, secrets, warnings: vec![], health });
    }
    Ok(all)
}

/// The project's integration of the adapter's provider.
pub async fn get(service: &Service, adapter: &dyn Inbound, project: &ProjectId) -> Result<Shown, IntegrationError> {
    let integration = stored(service, project, adapter.provider()).await?;
    let integration = integration.ok_or(IntegrationError::NotFound)?;
    let secrets = service.secrets.get(&integration).await?;
    let warnings = warnings(service, adapter, &integration, &secrets);
    let health = of_integration(&service.store.health(project).await?, &integration.integration_id).cloned();
    Ok(Shown { integration, secrets, warnings, health })
}

/// What was told of an integration, and not of another that stood in its place before.
pub(crate) fn of_integration<'a>(
    health: &'a [IntegrationHealth],
    integration: &IntegrationId,
) -> Option<&'a IntegrationHealth> {
    health.iter().find(|health| health.integration_id == *integration)
}

/// Creates or replaces an integration, if it is still at the version that is expected. Nothing that is in use changes
/// before the one write that stores the integration, which names its secrets.
pub async fn put(
    service: &Service,
    adapter: &dyn Inbound,
    project: &ProjectId,
    wanted: Wanted<'_>,
    expected: Option<u64>,
) -> Result<Stored, IntegrationError> {
    let before = stored(service, project, adapter.provider()).await?;
    if expected.is_some() && expected != before.as_ref().map(|integration| integration.version) {
        return Err(IntegrationError::Stale);
    }
    let kept = match &before {
        Some(integration) => service.secrets.get(integration).await?,
        None => IntegrationSecrets::default(),
    };
    let mut credentials = kept.credentials.clone();
    credentials.extend(wanted.credentials);
    let draft = IntegrationDraft { settings: wanted.settings, credentials };
    let valid = adapter.validate(&draft, service.host_policy).map_err(|faults| {
        let faults = faults.into_iter().map(|fault| Fault::new(fault.pointer, fault.rule));
        IntegrationError::Invalid(faults.collect())
    })?;
    let mut secrets = IntegrationSecrets { credentials: draft.credentials, ..kept.clone() };
    let made = wanted.wishes.change(&mut secrets, &*service.ids).map_err(IntegrationError::Invalid)?;

    let now = service.now();
    let place = Place { service, adapter, project };
    let halves = adapter.halves(&valid.settings, &secrets);
    let unchanged = before.as_ref().is_some_and(|it| adapter.halves(&it.settings, &kept).are_same_as(&halves));
    let contents = Contents {
        settings: valid.settings,
        partner_source: valid.partner_source,
        targets: valid.targets,
        hears: valid.hears,
        timers: valid.timers,
        at: now,
    };
    let is_new = before.is_none();
    let integration = place.store(before, contents, (!unchanged).then_some(&halves)).await?;
    service.directory.forget();
    tracing::info!(project.id = %project, provider = %integration.provider, "an integration was stored");
    Ok(Stored { shown: Shown { integration, secrets, warnings: valid.warnings, health: None }, made, is_new })
}

/// Removes an integration with its secrets. Sessions that are open keep running until they end or expire, but nothing
/// can be sent to the provider any more.
pub async fn delete(service: &Service, adapter: &dyn Inbound, project: &ProjectId) -> Result<(), IntegrationError> {
    let removed = Place { service, adapter, project }.clear(None).await?;
    service.directory.forget();
    if removed { Ok(()) } else { Err(IntegrationError::NotFound) }
}

async fn stored(service: &Service, project: &ProjectId, provider: Provider) -> Result<Option<Integration>, StoreError> {
    service.store.integration(project, provider).await
}

fn warnings(
    service: &Service,
    adapter: &dyn Inbound,
    integration: &Integration,
    secrets: &IntegrationSecrets,
) -> Vec<String> {
    let draft = IntegrationDraft { settings: integration.settings.clone(), credentials: secrets.credentials.clone() };
    adapter.validate(&draft, service.host_policy).map(|valid| valid.warnings).unwrap_or_default()
}
