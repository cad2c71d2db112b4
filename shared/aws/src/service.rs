//! What a function works with: the use cases' parts, and what the environment says.

use std::ops::Deref;
use std::sync::Arc;

use aws_types::SdkConfig;
use transfer_domain::{Clock, Ids};
use transfer_store::Store;

use transfer_app::Secrets;

use crate::clients::{dynamodb, sdk_config};
use crate::{Config, ConfigError, RandomIds, SystemClock};

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
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let store = Store::new(dynamodb, config.table.clone(), Arc::clone(&ids));
        let (callbacks, hosts) = (config.callback_limit, config.host_policy);
        let app = transfer_app::Service::new(store, secrets, callbacks, hosts, clock, ids);
        Self { config: Arc::new(config), app }
    }

    /// The same parts, keeping what they measure.
    #[must_use]
    pub fn measured(self) -> Self {
        Self { app: self.app.measured(), ..self }
    }

    /// The parts of the real world.
    pub(crate) async fn of(config: Config) -> Result<(Self, SdkConfig), ConfigError> {
        let sdk = sdk_config()?;
        let dynamodb = dynamodb(&sdk);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let secrets = secrets(&config, &sdk, &clock);
        let service = Self::new(config, dynamodb, secrets, clock, Arc::new(RandomIds));
        // While Lambda still gives a whole processor. Whoever cannot connect finds out when there is work.
        if let Err(error) = service.store.connect().await {
            tracing::debug!(%error, "the table was not reached at the start");
        }
        Ok((service, sdk))
    }
}

#[cfg(feature = "secrets")]
fn secrets(config: &Config, sdk: &SdkConfig, clock: &Arc<dyn Clock>) -> Arc<dyn Secrets> {
    let sdk = sdk.clone();
    Arc::new(crate::SecretStore::new(move || aws_sdk_secretsmanager::Client::new(&sdk), config, Arc::clone(clock)))
}

#[cfg(not(feature = "secrets"))]
fn secrets(_config: &Config, _sdk: &SdkConfig, _clock: &Arc<dyn Clock>) -> Arc<dyn Secrets> {
    Arc::new(transfer_app::NoSecrets)
}

/// A function's service is what its use case works with.
impl Deref for Service {
    type Target = transfer_app::Service;

    fn deref(&self) -> &transfer_app::Service {
        &self.app
    }
}
