//! A project's settings: session lifecycle and default routing.

use transfer_domain::{ProjectId, TransferSettings};
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

/// Replaces the settings, if they are still at the version that is expected. Gives the new version.
pub async fn put(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    settings: &TransferSettings,
    expected: Option<u64>,
) -> Result<u64, NotStored> {
    let mut faults: Vec<_> = settings.faults().into_iter().map(|fault| Fault::new(fault.pointer, fault.rule)).collect();
    if let Some(provider) = settings.default_routing.provider
        && adapters.get(provider).is_none()
    {
        let known: Vec<String> = adapters.providers().map(|provider| provider.to_string()).collect();
        faults.push(Fault::new("/defaultRouting/provider", format!("must be one of {}", known.join(", "))));
    }
    if settings.list_shards < service.store.settings(project).await?.value.list_shards {
        // What stands in the last partitions would be listed no more.
        faults.push(Fault::new("/listShards", "cannot be lowered"));
    }
    if !faults.is_empty() {
        return Err(NotStored::Invalid(faults));
    }
    match service.store.put_settings(project, settings, expected).await? {
        Put::Stored { version } => {
            service.directory.forget();
            Ok(version)
        }
        Put::Stale => Err(NotStored::Stale),
    }
}
