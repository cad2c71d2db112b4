//! Secrets of integrations and event endpoints: what a use case may ask of their store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use transfer_domain::{EndpointId, EventEndpoint, Integration, IntegrationId, ProjectId};
use transfer_providers::{IntegrationSecrets, SecretHalves};
use transfer_store::Stage;

/// A secret could not be read or written. Carries no value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The secret store did not answer as it should.
    #[error("the secret store failed: {0}")]
    Unavailable(String),
    /// What is stored is not what was written.
    #[error("the stored secret cannot be read")]
    Corrupt,
    /// The version that is in use is not there: it cannot be read yet, or the integration is being removed.
    #[error("the integration's secrets are not there")]
    Gone,
}

impl SecretError {
    /// When the call may be repeated.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(_) | Self::Gone => Some(Duration::from_secs(1)),
            Self::Corrupt => None,
        }
    }
}

/// What a function has that is given none.
#[derive(Debug, Clone, Copy)]
pub struct NoSecrets;

/// The secrets of all integrations and endpoints. Each half of an integration's is read apart, so that a function can be given one
/// without the other.
#[async_trait]
pub trait Secrets: fmt::Debug + Send + Sync {
    /// What calls to the provider need.
    async fn outbound(&self, integration: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError>;

    /// What callbacks are checked by.
    async fn inbound(&self, integration: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError>;

    /// All secrets of an integration; none of any kind if nothing is stored.
    async fn get(&self, integration: &Integration) -> Result<IntegrationSecrets, SecretError>;

    /// Writes the version that `integration` names, beside the one in use. It is used as soon as an integration that
    /// names it is stored, and never if none is.
    ///
    /// Secrets are made only for an integration that is prepared: those of one that lives are there, unless it is being
    /// removed.
    async fn write(&self, stage: Stage, integration: &Integration, halves: &SecretHalves) -> Result<(), SecretError>;

    /// What events to an endpoint are signed by, newest first.
    async fn signing(&self, endpoint: &EventEndpoint) -> Result<Vec<SecretString>, SecretError>;

    /// Writes the version that `endpoint` names, beside the one in use: as [`Secrets::write`] does.
    async fn write_signing(&self, endpoint: &EventEndpoint, secrets: &[SecretString]) -> Result<(), SecretError>;

    /// Removes the secrets of an endpoint for good. None is a success.
    async fn delete_signing(&self, project: &ProjectId, id: &EndpointId) -> Result<(), SecretError>;

    /// Removes the secrets of an integration for good. None is a success.
    async fn delete(&self, project: &ProjectId, id: &IntegrationId) -> Result<(), SecretError>;
}

#[async_trait]
impl Secrets for NoSecrets {
    async fn outbound(&self, _: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError> {
        Err(not_given())
    }

    async fn inbound(&self, _: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError> {
        Err(not_given())
    }

    async fn get(&self, _: &Integration) -> Result<IntegrationSecrets, SecretError> {
        Err(not_given())
    }

    async fn write(&self, _: Stage, _: &Integration, _: &SecretHalves) -> Result<(), SecretError> {
        Err(not_given())
    }

    async fn signing(&self, _: &EventEndpoint) -> Result<Vec<SecretString>, SecretError> {
        Err(not_given())
    }

    async fn write_signing(&self, _: &EventEndpoint, _: &[SecretString]) -> Result<(), SecretError> {
        Err(not_given())
    }

    async fn delete_signing(&self, _: &ProjectId, _: &EndpointId) -> Result<(), SecretError> {
        Err(not_given())
    }

    async fn delete(&self, _: &ProjectId, _: &IntegrationId) -> Result<(), SecretError> {
        Err(not_given())
    }
}

fn not_given() -> SecretError {
    SecretError::Unavailable("this function is given none".to_owned())
}
