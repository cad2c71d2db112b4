//! What a function works with, made once in its `main`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use transfer_domain::{Clock, Ids};
use transfer_store::Store;

use crate::{Config, Directory, RandomIds, SecretStore, SystemClock, sdk_config};

/// The parts that every function shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    /// What the environment says.
    pub config: Arc<Config>,
    /// The table.
    pub store: Store,
    /// Settings and integrations.
    pub directory: Directory,
    /// Integration secrets.
    pub secrets: SecretStore,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
}

impl Service {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let store = Store::new(dynamodb, config.table.clone(), Arc::clone(&ids));
        let directory = Directory::new(store.clone(), Arc::clone(&clock));
        let secrets = SecretStore::new(secrets, config.secrets_prefix.clone(), Arc::clone(&clock));
        Self { config: Arc::new(config), store, directory, secrets, clock, ids }
    }

    /// The parts as the process's environment describes them.
    pub async fn from_env() -> Result<(Self, aws_config::SdkConfig), crate::ConfigError> {
        let config = Config::from_env().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
        let sdk = sdk_config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk);
        let service = Self::new(config, dynamodb, secrets, Arc::new(SystemClock), Arc::new(RandomIds));
        Ok((service, sdk))
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
