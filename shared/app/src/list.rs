//! The table of a project's sessions.

use std::sync::Arc;

use chrono::TimeDelta;
use transfer_domain::{Overview, ProjectId, Provider};
use transfer_store::{Counts, ListError, Listed, Listing, SessionFilter, StoreError};

use crate::Service;

/// A page of the sessions that fit, newest first. `with_expiry`: when each of them expires must be known, too.
pub async fn list(
    service: &Service,
    project: &ProjectId,
    filter: &SessionFilter,
    limit: u8,
    cursor: Option<&str>,
    with_expiry: bool,
) -> Result<Listed<Overview>, ListError> {
    let settings = service.directory.settings(project).await.map_err(ListError::Store)?;
    let providers = named_by(service, project, filter).await.map_err(ListError::Store)?;
    let listing = Listing { limit, cursor, shards: settings.list_shards, providers: &providers, with_expiry };
    service.store.list(project, filter, &listing, service.now()).await
}

/// How many sessions fit.
pub async fn count(service: &Service, project: &ProjectId, filter: &SessionFilter) -> Result<Counts, StoreError> {
    let settings = service.directory.settings(project).await?;
    let providers = named_by(service, project, filter).await?;
    let shards = settings.list_shards;
    let kept_for = TimeDelta::minutes(settings.session_lifecycle.ended_retention_minutes.into());
    let listing = Listing { limit: 1, cursor: None, shards, providers: &providers, with_expiry: false };
    service.store.count(project, filter, &listing, kept_for, service.now()).await
}

/// The providers of which a name in the filter can be.
async fn named_by(
    service: &Service,
    project: &ProjectId,
    filter: &SessionFilter,
) -> Result<Arc<Vec<Provider>>, StoreError> {
    match (&filter.provider_session_id, &filter.named) {
        (None, None) => Ok(Arc::default()),
        (Some(_), _) | (None, Some(_)) => service.directory.providers(project).await,
    }
}
