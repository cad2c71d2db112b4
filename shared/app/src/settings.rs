//! A project's settings: session lifecycle and default routing.

use transfer_domain::{
    DefaultRouting, Integration, ListShards, Patience, ProjectId, Provider, Redaction, SessionLifecycle,
    TransferSettings,
};
use transfer_providers::{Adapters, Inbound};
use transfer_store::{Put, StoreError, Versioned};

use crate::{Fault, Service};

/// Why settings are not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// Fields that break rules.
    #[error("fields break rules")]
    Invalid(Vec<Fault>),
    /// They are at another version than the caller read.
    #[error("the settings are at another version")]
    Stale,
    /// The table failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// A project's settings; the defaults if it never set any.
pub async fn get(service: &Service, project: &ProjectId) -> Result<Versioned<TransferSettings>, StoreError> {
    service.store.settings(project).await
}

/// A project's settings, with the integration that a session of a provider has; of the default provider if none is named.
pub async fn in_force(
    service: &Service,
    project: &ProjectId,
    provider: Option<Provider>,
) -> Result<(TransferSettings, Option<Integration>), StoreError> {
    let settings = service.store.settings(project).await?.value;
    let integration = match provider.or(settings.default_routing.provider) {
        Some(provider) => service.store.integration(project, provider).await?,
        None => None,
    };
    Ok((settings, integration))
}

/// What a project wants to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How long sessions live.
    pub session_lifecycle: SessionLifecycle,
    /// Where they go.
    pub default_routing: DefaultRouting,
    /// For how long a contact centre that cannot be reached is tried again.
    pub patience: Patience,
    /// What of texts is replaced before it is kept.
    pub redaction: Redaction,
    /// Over how many partitions its list is spread; those that it has if it says nothing.
    pub list_shards: Option<ListShards>,
}

/// How often settings are read again that somebody else replaced in between.
const TRIES: u32 = 5;

/// Replaces the settings, if they are still at the version that is expected. Gives what stands now.
///
/// What stays and what must not be lowered follows from what stands there, so nothing is written over settings that were
/// not read.
pub async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    wanted: &Wanted,
    expected: Option<u64>,
) -> Result<Versioned<TransferSettings>, NotStored> {
    for _ in 0..TRIES {
        let stands = service.store.settings(project).await?;
        if expected.is_some_and(|expected| expected > stands.version) {
            continue;
        }
        let settings = wanted.beside(stands.value.list_shards);
        let faults = faults(&settings, stands.value.list_shards, adapters);
        if !faults.is_empty() {
            return Err(NotStored::Invalid(faults));
        }
        let at = expected.unwrap_or(stands.version);
        match service.store.put_settings(project, &settings, Some(at)).await? {
            Put::Stored { version } => {
                service.directory.forget();
                return Ok(Versioned { value: settings, version });
            }
            Put::Stale if expected.is_some() => return Err(NotStored::Stale),
            Put::Stale => {}
        }
    }
    Err(NotStored::Stale)
}

impl Wanted {
    fn beside(&self, had: ListShards) -> TransferSettings {
        TransferSettings {
            session_lifecycle: self.session_lifecycle.clone(),
            default_routing: self.default_routing.clone(),
            patience: self.patience,
            redaction: self.redaction.clone(),
            list_shards: self.list_shards.unwrap_or(had),
        }
    }
}

fn faults(settings: &TransferSettings, had: ListShards, adapters: &Adapters<dyn Inbound>) -> Vec<Fault> {
    let mut faults: Vec<_> = settings.faults().into_iter().map(|fault| Fault::new(fault.pointer, fault.rule)).collect();
    if let Some(provider) = settings.default_routing.provider
        && adapters.get(provider).is_none()
    {
        let known: Vec<String> = adapters.providers().map(|provider| provider.to_string()).collect();
        faults.push(Fault::new("/defaultRouting/provider", format!("must be one of {}", known.join(", "))));
    }
    if settings.list_shards < had {
        // What stands in the last partitions would be listed no more.
        faults.push(Fault::new("/listShards", "cannot be lowered"));
    }
    faults
}
