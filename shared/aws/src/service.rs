//! What a function works with, made once in its `main`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use transfer_domain::{Clock, Ids};
use transfer_store::Store;

use crate::{Config, Directory, Metrics, RandomIds, SecretStore, SystemClock, Throttle, sdk_config};

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
    /// How many callbacks of one address an integration takes.
    pub callbacks: Throttle,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// Where measurements go; nowhere, unless [`Self::measured`].
    pub metrics: Metrics,
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
        let secrets = SecretStore::new(secrets, config.secrets_prefix.clone(), Arc::clone(&clock))
            .encrypted_with(config.secrets_key_arn.clone());
        let callbacks = Throttle::new(config.callback_limit);
        let metrics = Metrics::default();
        Self { config: Arc::new(config), store, directory, secrets, callbacks, clock, ids, metrics }
    }

    /// The same parts, keeping what they measure.
    #[must_use]
    pub fn measured(self) -> Self {
        let (store, meter) = self.store.metered();
        let directory = Directory::new(store.clone(), Arc::clone(&self.clock));
        Self { store, directory, metrics: Metrics::collecting(meter), ..self }
    }

    /// The parts of the real world.
    pub(crate) async fn of(config: Config) -> (Self, aws_config::SdkConfig) {
        let sdk = sdk_config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk);
        (Self::new(config, dynamodb, secrets, Arc::new(SystemClock), Arc::new(RandomIds)), sdk)
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
