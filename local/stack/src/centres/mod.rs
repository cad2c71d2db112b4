//! The simulated contact centres of a stack: a file a provider, and its line in [`SIMULATED`].

mod five9;
mod genesys;
mod salesforce;
mod servicenow;
mod smartassist;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use simulators::bus::EventBridgeHttp;
use simulators::{Control, Desk, Handle, Phase, State, WaitTimeout};
use tokio::net::TcpListener;
use transfer_domain::Provider;
use transfer_providers::{FIVE9, GENESYS, SALESFORCE, SERVICENOW, SMARTASSIST};

use crate::error::StackError;

/// OAuth client of the simulated centres. They know nothing that is worth keeping.
const CLIENT_ID: &str = "local-client";
const CLIENT_SECRET: &str = "local-client-secret";
/// How long a conversation may take to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// The simulators that come with the stack, in the order of their ports.
pub const SIMULATED: &[Simulated] = &[
    Simulated { provider: GENESYS, start: genesys::start },
    Simulated { provider: SERVICENOW, start: servicenow::start },
    Simulated { provider: FIVE9, start: five9::start },
    Simulated { provider: SMARTASSIST, start: smartassist::start },
    Simulated { provider: SALESFORCE, start: salesforce::start },
];

/// A simulator that can be started.
#[derive(Debug, Clone, Copy)]
pub struct Simulated {
    /// Which provider it plays.
    pub provider: Provider,
    /// Starts it.
    pub start: fn(Site) -> Result<Centre, StackError>,
}

/// What a simulator is started with.
#[derive(Debug)]
pub struct Site {
    /// Where it listens.
    pub listener: TcpListener,
    /// Where partner events go.
    pub bus: Arc<EventBridgeHttp>,
    /// How it behaves.
    pub options: simulators::Options,
}

/// One running contact centre.
#[derive(Debug)]
pub struct Centre {
    provider: Provider,
    desk: Handle<dyn Control>,
    integration: Value,
}

impl Centre {
    /// A running simulator, with the settings and credentials of an integration that points to it.
    pub fn new<C: simulators::Centre>(
        provider: Provider,
        desk: Handle<Desk<C>>,
        settings: &Value,
        credentials: &Value,
    ) -> Self {
        let integration = json!({ "settings": settings, "credentials": credentials });
        Self { provider, desk: desk.any(), integration }
    }

    /// Which provider it plays.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The simulator; its control API stands under `/_control` of its base URL.
    pub fn desk(&self) -> &Handle<dyn Control> {
        &self.desk
    }

    /// The body of `PUT …/integrations/{provider}` that points to it.
    pub fn integration(&self) -> Value {
        self.integration.clone()
    }

    /// The partner event source that its events come from, if it has one.
    pub fn partner_source(&self) -> Option<&str> {
        self.integration.pointer("/settings/partnerSource").and_then(Value::as_str)
    }

    /// Tells it where its callbacks go and what proves them.
    pub(crate) fn connect(&self, told: &Connected) {
        self.desk.set_webhook(told.webhook_url.expose_secret(), told.signing_secret.expose_secret());
        self.desk.set_relay(&told.relay_url, told.relay_secret.expose_secret());
    }

    /// Waits until a conversation, named by the transfer's uuid, is over; fails if it does not end in time.
    pub async fn ended(&self, transfer: &str) -> Result<(), WaitTimeout> {
        let over = |state: &State| state.conversation(transfer).is_some_and(|it| it.phase == Phase::Ended);
        self.desk.wait_until(PATIENCE, over).await.map(drop)
    }

    pub(crate) async fn shutdown(self) {
        self.desk.shutdown().await;
    }
}

fn client() -> Value {
    json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET })
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
