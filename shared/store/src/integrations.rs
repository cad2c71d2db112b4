//! A project's integrations, and the two ways a webhook or bus event finds its own.

use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};

use crate::{Store, StoreError};

/// What became of writing an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIntegration {
    /// It is written.
    Stored {
        /// The version that it has now.
        version: u64,
    },
    /// What is stored has another version than the expected one.
    Stale,
    /// The partner event source belongs to another integration.
    PartnerSourceTaken,
    /// The integration id belongs to another integration.
    IdTaken,
}

impl Store {
    /// A project's integration of a provider.
    pub async fn integration(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<Integration>, StoreError> {
        let _ = (project, provider);
        Err(StoreError::unavailable())
    }

    /// The integration of an id, of whatever project.
    pub async fn integration_by_id(&self, id: &IntegrationId) -> Result<Option<Integration>, StoreError> {
        let _ = id;
        Err(StoreError::unavailable())
    }

    /// The integration that a partner event source belongs to, of whatever project.
    pub async fn integration_by_partner_source(&self, source: &str) -> Result<Option<Integration>, StoreError> {
        let _ = source;
        Err(StoreError::unavailable())
    }

    /// All integrations of a project.
    pub async fn integrations(&self, project: &ProjectId) -> Result<Vec<Integration>, StoreError> {
        let _ = project;
        Err(StoreError::unavailable())
    }

    /// Writes an integration if the version stored is `expected` (0 = none is stored; `None` = whatever it is). The
    /// store gives the new version; the one in `integration` is not looked at.
    pub async fn put_integration(
        &self,
        integration: &Integration,
        expected: Option<u64>,
    ) -> Result<PutIntegration, StoreError> {
        let _ = (integration, expected);
        Err(StoreError::unavailable())
    }

    /// Removes an integration and gives what it was; `None` if there was none.
    pub async fn delete_integration(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<Integration>, StoreError> {
        let _ = (project, provider);
        Err(StoreError::unavailable())
    }
}
