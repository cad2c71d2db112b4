//! The table of a project's sessions.

use transfer_domain::{Overview, ProjectId};
use transfer_store::{ListError, Listed, Listing, SessionFilter};

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
    let providers = match &filter.provider_session_id {
        Some(_) => service.directory.providers(project).await.map_err(ListError::Store)?,
        None => std::sync::Arc::default(),
    };
    let listing = Listing { limit, cursor, shards: settings.list_shards, providers: &providers, with_expiry };
    service.store.list(project, filter, &listing, service.now()).await
}
