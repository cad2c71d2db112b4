//! The table of a project's sessions.

use transfer_domain::{ProjectId, Session};
use transfer_store::{ListError, Listed, SessionFilter};

use crate::Service;

/// A page of the sessions that fit, newest first.
pub async fn list(
    service: &Service,
    project: &ProjectId,
    filter: &SessionFilter,
    limit: u8,
    cursor: Option<&str>,
) -> Result<Listed<Session>, ListError> {
    service.store.list(project, filter, limit, cursor, service.now()).await
}
