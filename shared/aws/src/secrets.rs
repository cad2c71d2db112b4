//! Secrets of integrations and event endpoints: in Secrets Manager, cached in memory for minutes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use transfer_app::{Cache, SecretError, Secrets};
use transfer_domain::{
    Clock, EndpointId, EventEndpoint, Integration, IntegrationId, ProjectId, SecretsInUse, SecretsPlace,
};
use transfer_providers::{IntegrationSecrets, SecretHalves};
use transfer_store::Stage;

use crate::Config;

/// How long a secret is kept in memory. Which version is in use is asked for more often, with the integration.
const CACHED: TimeDelta = TimeDelta::minutes(5);
/// How long a secret that is not there is not asked for again.
const MISSED: TimeDelta = TimeDelta::seconds(5);

/// The secrets of all integrations.
#[derive(Clone)]
pub struct SecretStore {
    client: Arc<LazyLock<Client, MakeClient>>,
    prefix: String,
    key: Option<String>,
    clock: Arc<dyn Clock>,
    /// The secrets, if they were there.
    cached: Cache<Cached, Option<Arc<IntegrationSecrets>>>,
    signing: Cache<Signing, Vec<SecretString>>,
}

/// Most invocations need no secret that is not in memory, and many processes none at all.
type MakeClient = Box<dyn FnOnce() -> Client + Send>;

/// An endpoint's secret by its name, and a version of it.
type Signing = (String, String);

/// What a version of secrets holds never changes, so that it needs no check of its age.
#[derive(PartialEq, Eq, Hash)]
struct Cached {
    integration: IntegrationId,
    version: String,
    half: Half,
}

/// Each half is a secret of its own, so that a function can be given one without the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Half {
    Outbound,
    Inbound,
}

impl Half {
    const ALL: [Self; 2] = [Self::Outbound, Self::Inbound];

    const fn name(self) -> &'static str {
        match self {
            Self::Outbound => "credentials",
            Self::Inbound => "webhooks",
        }
    }

    fn of(self, halves: &SecretHalves) -> &IntegrationSecrets {
        match self {
            Self::Outbound => &halves.outbound,
            Self::Inbound => &halves.inbound,
        }
    }
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretStore").finish_non_exhaustive()
    }
}

impl SecretStore {
    /// Secrets named `<prefix>/<project>/<integration>/credentials` and `…/webhooks`, and
    /// `<prefix>/<project>/<endpoint>/signing`, by the prefix and the key of the configuration. The client is made at the
    /// first call.
    pub fn new(client: impl FnOnce() -> Client + Send + 'static, config: &Config, clock: Arc<dyn Clock>) -> Self {
        let client: MakeClient = Box::new(client);
        Self {
            client: Arc::new(LazyLock::new(client)),
            prefix: config.secrets_prefix.clone(),
            key: config.secrets_key_arn.clone(),
            clock,
            cached: Cache::default(),
            signing: Cache::default(),
        }
    }
}

#[async_trait]
impl Secrets for SecretStore {
    async fn outbound(&self, integration: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError> {
        self.half(integration, Half::Outbound).await?.ok_or(SecretError::Gone)
    }

    async fn inbound(&self, integration: &Integration) -> Result<Arc<IntegrationSecrets>, SecretError> {
        self.half(integration, Half::Inbound).await?.ok_or(SecretError::Gone)
    }

    async fn get(&self, integration: &Integration) -> Result<IntegrationSecrets, SecretError> {
        let outbound = self.half(integration, Half::Outbound).await?;
        let inbound = self.half(integration, Half::Inbound).await?;
        let value = |half: Option<Arc<IntegrationSecrets>>| half.as_deref().cloned().unwrap_or_default();
        Ok(SecretHalves { outbound: value(outbound), inbound: value(inbound) }.joined())
    }

    async fn write(&self, stage: Stage, integration: &Integration, halves: &SecretHalves) -> Result<(), SecretError> {
        for half in Half::ALL {
            let text = to_json(half.of(halves)).to_string();
            let name = self.name_of(integration, half);
            let made = stage == Stage::Preparing && self.create(&name, &integration.secrets, &text).await?;
            if !made {
                self.add(&name, &integration.secrets, &text).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, project: &ProjectId, id: &IntegrationId) -> Result<(), SecretError> {
        for half in Half::ALL {
            self.remove(&self.name(project, id, half)).await?;
        }
        self.cached.forget(|cached| cached.integration == *id);
        Ok(())
    }

    async fn signing(&self, endpoint: &EventEndpoint) -> Result<Vec<SecretString>, SecretError> {
        let now = self.clock.now();
        let name = self.signing_name(&endpoint.project_id, &endpoint.endpoint_id);
        let key = (name, endpoint.secrets.version.clone());
        if let Some(secrets) = self.signing.get(&key, now) {
            return Ok(secrets);
        }
        let text = self.text(&key.0, &endpoint.secrets.version).await?.ok_or(SecretError::Gone)?;
        let secrets: Vec<SecretString> = serde_json::from_str(&text).map_err(|_| SecretError::Corrupt)?;
        self.signing.put(key, secrets.clone(), now, CACHED);
        Ok(secrets)
    }

    async fn write_signing(&self, endpoint: &EventEndpoint, secrets: &[SecretString]) -> Result<(), SecretError> {
        let text = json!(secrets.iter().map(SecretString::expose_secret).collect::<Vec<_>>()).to_string();
        let name = self.signing_name(&endpoint.project_id, &endpoint.endpoint_id);
        match self.add(&name, &endpoint.secrets, &text).await {
            Err(SecretError::Gone) => {}
            added => return added,
        }
        // Whoever makes it at the same moment makes room for the other version, too.
        if self.create(&name, &endpoint.secrets, &text).await? {
            Ok(())
        } else {
            self.add(&name, &endpoint.secrets, &text).await
        }
    }

    async fn delete_signing(&self, project: &ProjectId, id: &EndpointId) -> Result<(), SecretError> {
        let name = self.signing_name(project, id);
        self.remove(&name).await?;
        self.signing.forget(|(kept, _)| *kept == name);
        Ok(())
    }
}

impl SecretStore {
    /// Whether the secret was made; `false` if there is one.
    async fn create(&self, name: &str, in_use: &SecretsInUse, text: &str) -> Result<bool, SecretError> {
        let create = self.client.create_secret().name(name).secret_string(text);
        let create = create.set_kms_key_id(self.key.clone());
        match create.client_request_token(&in_use.version).send().await {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some("ResourceExistsException") => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn add(&self, name: &str, in_use: &SecretsInUse, text: &str) -> Result<(), SecretError> {
        let put = self.client.put_secret_value().secret_id(name).secret_string(text);
        let put = put.client_request_token(&in_use.version);
        match put.version_stages(label(in_use.place)).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Err(SecretError::Gone),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn half(
        &self,
        integration: &Integration,
        half: Half,
    ) -> Result<Option<Arc<IntegrationSecrets>>, SecretError> {
        let now = self.clock.now();
        let version = integration.secrets.version.clone();
        let key = Cached { integration: integration.integration_id.clone(), version, half };
        if let Some(secrets) = self.cached.get(&key, now) {
            return Ok(secrets);
        }
        let secrets = self.read(integration, half).await?.map(Arc::new);
        let kept = if secrets.is_some() { CACHED } else { MISSED };
        self.cached.put(key, secrets.clone(), now, kept);
        Ok(secrets)
    }

    async fn read(&self, integration: &Integration, half: Half) -> Result<Option<IntegrationSecrets>, SecretError> {
        let text = self.text(&self.name_of(integration, half), &integration.secrets.version).await?;
        text.map(|text| serde_json::from_str(&text).map_err(|_| SecretError::Corrupt)).transpose()
    }

    /// What a version of a secret holds, if there is one.
    async fn text(&self, name: &str, version: &str) -> Result<Option<String>, SecretError> {
        if version.is_empty() {
            return Ok(None);
        }
        match self.client.get_secret_value().secret_id(name).version_id(version).send().await {
            Ok(answer) => Ok(Some(answer.secret_string.unwrap_or_default())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn remove(&self, name: &str) -> Result<(), SecretError> {
        match self.client.delete_secret().secret_id(name).force_delete_without_recovery(true).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn signing_name(&self, project: &ProjectId, id: &EndpointId) -> String {
        format!("{}/{project}/{id}/signing", self.prefix)
    }

    fn name_of(&self, integration: &Integration, half: Half) -> String {
        self.name(&integration.project_id, &integration.integration_id, half)
    }

    fn name(&self, project: &ProjectId, id: &IntegrationId, half: Half) -> String {
        format!("{}/{project}/{id}/{}", self.prefix, half.name())
    }
}

/// The label of a place. Versions without a label may be removed; a label moves to the version written with it.
const fn label(place: SecretsPlace) -> &'static str {
    match place {
        SecretsPlace::Current => "AWSCURRENT",
        SecretsPlace::Beside => "BESIDE",
    }
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// There is none, or it is being removed.
fn is_absent<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(code(error), Some("ResourceNotFoundException" | "InvalidRequestException"))
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
