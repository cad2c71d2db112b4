//! Integration secrets: in Secrets Manager, cached in memory for minutes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use transfer_domain::{Clock, Integration, IntegrationId, ProjectId};
use transfer_providers::IntegrationSecrets;

/// How long a secret is used without asking again. A rotation keeps the old one live for longer than this.
const CACHED: TimeDelta = TimeDelta::minutes(5);

/// A secret could not be read or written. Carries no value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The secret store did not answer as it should.
    #[error("the secret store failed: {0}")]
    Unavailable(String),
    /// What is stored is not what was written.
    #[error("the stored secret cannot be read")]
    Corrupt,
}

impl SecretError {
    /// When the call may be repeated.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(_) => Some(Duration::from_secs(1)),
            Self::Corrupt => None,
        }
    }
}

/// The secrets of all integrations.
#[derive(Clone)]
pub struct SecretStore {
    client: Client,
    prefix: String,
    key: Option<String>,
    clock: Arc<dyn Clock>,
    cached: Arc<Mutex<HashMap<IntegrationId, Cached>>>,
}

#[derive(Clone)]
struct Cached {
    version: u64,
    until: DateTime<Utc>,
    secrets: Arc<IntegrationSecrets>,
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretStore").finish_non_exhaustive()
    }
}

impl SecretStore {
    /// Secrets named `<prefix>/<project>/<integration>`.
    pub fn new(client: Client, prefix: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { client, prefix: prefix.into(), key: None, clock, cached: Arc::default() }
    }

    /// The same store, whose new secrets are encrypted with this key.
    #[must_use]
    pub fn encrypted_with(self, key: Option<String>) -> Self {
        Self { key, ..self }
    }

    /// The secrets of an integration; none of any kind if nothing was stored. A newer version of the integration
    /// than the cached one is read again.
    pub async fn get(&self, integration: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError> {
        let now = self.clock.now();
        if let Some(secrets) = self.cached(integration, now) {
            return Ok(secrets);
        }
        let secrets = Arc::new(self.read(&integration.project_id, &integration.integration_id).await?);
        let entry = Cached { version: integration.version, until: now + CACHED, secrets: Arc::clone(&secrets) };
        self.lock().insert(integration.integration_id.clone(), entry);
        Ok(secrets)
    }

    /// Stores the secrets of an integration, replacing all.
    pub async fn put(
        &self,
        project: &ProjectId,
        id: &IntegrationId,
        secrets: &IntegrationSecrets,
    ) -> Result<(), SecretError> {
        let name = self.name(project, id);
        let text = to_json(secrets).to_string();
        let put = self.client.put_secret_value().secret_id(&name).secret_string(&text).send().await;
        match put {
            Ok(_) => {}
            Err(error) if is_absent(&error) => {
                let create = self.client.create_secret().name(&name).secret_string(&text);
                create.set_kms_key_id(self.key.clone()).send().await.map_err(|error| unavailable(&error))?;
            }
            Err(error) => return Err(unavailable(&error)),
        }
        self.lock().remove(id);
        Ok(())
    }

    /// Removes the secrets of an integration for good. None is a success.
    pub async fn delete(&self, project: &ProjectId, id: &IntegrationId) -> Result<(), SecretError> {
        let delete = self.client.delete_secret().secret_id(self.name(project, id));
        match delete.force_delete_without_recovery(true).send().await {
            Ok(_) => {}
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(unavailable(&error)),
        }
        self.lock().remove(id);
        Ok(())
    }

    async fn read(&self, project: &ProjectId, id: &IntegrationId) -> Result<IntegrationSecrets, SecretError> {
        let answer = self.client.get_secret_value().secret_id(self.name(project, id)).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if is_absent(&error) => {
                return Ok(IntegrationSecrets::default());
            }
            Err(error) => return Err(unavailable(&error)),
        };
        serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|_| SecretError::Corrupt)
    }

    fn cached(&self, integration: &Integration, now: DateTime<Utc>) -> Option<Arc<IntegrationSecrets>> {
        let cached = self.lock().get(&integration.integration_id).cloned()?;
        (cached.until > now && cached.version >= integration.version).then_some(cached.secrets)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IntegrationId, Cached>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, project: &ProjectId, id: &IntegrationId) -> String {
        format!("{}/{project}/{id}", self.prefix)
    }
}

fn is_absent<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("ResourceNotFoundException")
}

/// Names the failure without the answer's content.
fn unavailable<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> SecretError {
    let what = match error {
        SdkError::ConstructionFailure(_) => "the call could not be built",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "an unreadable answer",
        SdkError::ServiceError(service) => service.err().code().unwrap_or("an error without a code"),
        _ => "an unknown failure",
    };
    SecretError::Unavailable(what.to_owned())
}

fn to_json(secrets: &IntegrationSecrets) -> Value {
    let list =
        |secrets: &[SecretString]| secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect::<Vec<_>>();
    let credentials: HashMap<_, _> =
        secrets.credentials.iter().map(|(name, secret)| (name, secret.expose_secret())).collect();
    json!({
        "credentials": credentials,
        "pathSecrets": list(&secrets.path_secrets),
        "signingSecrets": list(&secrets.signing_secrets),
        "relaySecrets": list(&secrets.relay_secrets),
    })
}
