//! The simulated contact centres of a stack, one for every provider that this build can speak to.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::genesys::{EventBridgeHttp, Genesys, GenesysConfig, GenesysHandle};
use simulators::servicenow::{Auth, ServiceNow, ServiceNowConfig, ServiceNowHandle};
use simulators::{Phase, Script, State, WaitTimeout};
use transfer_domain::Provider;

use crate::error::StackError;
use crate::listen;

/// OAuth client of the simulated centres. They know nothing that is worth keeping.
const CLIENT_ID: &str = "local-client";
const CLIENT_SECRET: &str = "local-client-secret";
/// How long a conversation may take to end.
const PATIENCE: Duration = Duration::from_secs(15);
const GENESYS_INTEGRATION: &str = "6a1f2d3c-0000-4000-8000-000000000001";
const SERVICENOW_APP: &str = "agent-transfer-local";

/// One running contact centre.
#[derive(Debug)]
pub enum Centre {
    /// Genesys Cloud.
    Genesys(GenesysHandle),
    /// A ServiceNow instance.
    ServiceNow(ServiceNowHandle),
}

impl Centre {
    /// Starts the simulator of a provider; `None` if there is none. `bus` is where partner events go.
    pub(crate) async fn start(
        provider: Provider,
        port: u16,
        bus: &str,
        options: simulators::Options,
    ) -> Result<Option<Self>, StackError> {
        Ok(match provider {
            Provider::Genesys => {
                let listener = listen::near(port, 3).await?;
                let bus = EventBridgeHttp::new(bus).map_err(simulators::StartError::from)?;
                let config = GenesysConfig::new(CLIENT_ID, CLIENT_SECRET, GENESYS_INTEGRATION).with_bus(Arc::new(bus));
                Some(Self::Genesys(Genesys::start(config, listener, options)?))
            }
            Provider::ServiceNow => {
                let listener = listen::near(port, 4).await?;
                let mut config = ServiceNowConfig::new(Auth::OAuth2, SERVICENOW_APP);
                CLIENT_ID.clone_into(&mut config.client_id);
                CLIENT_SECRET.clone_into(&mut config.client_secret);
                Some(Self::ServiceNow(ServiceNow::start(config, listener, options)?))
            }
            Provider::SmartAssist | Provider::Salesforce | Provider::Five9 => None,
        })
    }

    /// Which provider it plays.
    pub fn provider(&self) -> Provider {
        match self {
            Self::Genesys(_) => Provider::Genesys,
            Self::ServiceNow(_) => Provider::ServiceNow,
        }
    }

    /// Where it is; its control API stands under `/_control`.
    pub fn base_url(&self) -> &str {
        match self {
            Self::Genesys(centre) => centre.base_url(),
            Self::ServiceNow(centre) => centre.base_url(),
        }
    }

    /// The body of `PUT …/integrations/{provider}` that points to it.
    pub fn integration(&self) -> Value {
        let credentials = json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET });
        match self {
            Self::Genesys(centre) => json!({
                "settings": {
                    "env": "mypurecloud.com",
                    "integrationId": GENESYS_INTEGRATION,
                    "apiUrl": centre.base_url(),
                    "loginUrl": centre.base_url(),
                    "partnerSource": self.partner_source(),
                },
                "credentials": credentials,
            }),
            Self::ServiceNow(centre) => json!({
                "settings": { "instanceUrl": centre.base_url(), "appInboundId": SERVICENOW_APP },
                "credentials": credentials,
            }),
        }
    }

    /// The partner event source that its lifecycle events come from, if it has one.
    pub fn partner_source(&self) -> Option<String> {
        match self {
            Self::Genesys(_) => Some(GenesysConfig::new("", "", "").partner_source),
            Self::ServiceNow(_) => None,
        }
    }

    /// Tells it where its callbacks go and what proves them.
    pub fn set_webhook(&self, url: &str, secret: &str) {
        match self {
            Self::Genesys(centre) => centre.set_webhook(url, secret),
            Self::ServiceNow(centre) => centre.set_webhook(url, secret),
        }
    }

    /// Chooses the script of conversations that open from now on.
    pub fn script(&self, script: Script) {
        match self {
            Self::Genesys(centre) => centre.script(script),
            Self::ServiceNow(centre) => centre.script(script),
        }
    }

    /// Waits until a conversation, named by the transfer's uuid, is over; fails if it does not end in time.
    pub async fn ended(&self, transfer: &str) -> Result<(), WaitTimeout> {
        let over = |state: &State| state.conversation(transfer).is_some_and(|it| it.phase == Phase::Ended);
        match self {
            Self::Genesys(centre) => centre.wait_until(PATIENCE, over).await.map(drop),
            Self::ServiceNow(centre) => centre.wait_until(PATIENCE, over).await.map(drop),
        }
    }

    /// Waits until its human and its callbacks have nothing left to do but wait.
    pub async fn quiet(&self) {
        match self {
            Self::Genesys(centre) => centre.quiet().await,
            Self::ServiceNow(centre) => centre.quiet().await,
        }
    }

    pub(crate) async fn shutdown(self) {
        match self {
            Self::Genesys(centre) => centre.shutdown().await,
            Self::ServiceNow(centre) => centre.shutdown().await,
        }
    }
}

/// What an integration's provider was told: shown to people, kept out of `Debug`.
pub struct Connected {
    /// Which provider.
    pub provider: Provider,
    /// Where the provider sends its webhooks, with the secret in it.
    pub webhook_url: SecretString,
    /// What it signs or proves them with.
    pub signing_secret: SecretString,
    /// Where senders of our own webhook contract send.
    pub relay_url: String,
    /// What they sign with.
    pub relay_secret: SecretString,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("provider", &self.provider).finish_non_exhaustive()
    }
}
