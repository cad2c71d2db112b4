//! How an integration's contact centre answers, as far as calls of it told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{HealthState, IntegrationId, ProjectId, Provider};

/// How an integration's contact centre answers, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationHealth {
    /// The tenant.
    pub project_id: ProjectId,
    /// Which provider.
    pub provider: Provider,
    /// Of which integration that was told.
    pub integration_id: IntegrationId,
    /// How it answers.
    pub state: HealthState,
    /// Since when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub since: DateTime<Utc>,
    /// What the last call in vain came to; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
