//! A project's configuration of one provider.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{IntegrationId, ProjectId, Provider};

/// The non-secret half of an integration. Credentials and webhook secrets stand in the secret store, under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// The tenant.
    pub project_id: ProjectId,
    /// Its id, as it stands in webhook URLs.
    pub integration_id: IntegrationId,
    /// Which provider.
    pub provider: Provider,
    /// The provider's fields, validated by its adapter.
    pub settings: Map<String, Value>,
    /// The partner event source whose events belong to it, where the provider has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_source: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Rises with every write.
    pub version: u64,
}
