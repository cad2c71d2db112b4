//! What a function works with: the use cases' parts, and what the environment says.

use std::ops::Deref;
use std::sync::Arc;

use transfer_domain::{Clock, Ids};
use transfer_store::Store;

use crate::clients::sdk_config;
use crate::{Config, RandomIds, SecretStore, SystemClock};

/// The parts that every function shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    /// What the environment says.
    pub config: Arc<Config>,
    /// What use cases work with.
    pub app: transfer_app::Service,
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
        let secrets = SecretStore::new(secrets, config.secrets_prefix.clone(), Arc::clone(&clock))
            .encrypted_with(config.secrets_key_arn.clone());
        let (callbacks, hosts) = (config.callback_limit, config.host_policy);
        let app = transfer_app::Service::new(store, Arc::new(secrets), callbacks, hosts, clock, ids);
        Self { config: Arc::new(config), app }
    }

    /// The same parts, keeping what they measure.
    #[must_use]
    pub fn measured(self) -> Self {
        Self { app: self.app.measured(), ..self }
    }

    /// The parts of the real world.
    pub(crate) async fn of(config: Config) -> (Self, aws_config::SdkConfig) {
        let sdk = sdk_config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk);
        (Self::new(config, dynamodb, secrets, Arc::new(SystemClock), Arc::new(RandomIds)), sdk)
    }
}

/// A function's service is what its use case works with.
impl Deref for Service {
    type Target = transfer_app::Service;

    fn deref(&self) -> &transfer_app::Service {
        &self.app
    }
}
