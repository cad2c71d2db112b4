//! The simulated contact centres of a stack, one for every provider.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use simulators::bus::EventBridgeHttp;
use simulators::five9::{Five9, Five9Config, Five9Handle, Flavor};
use simulators::genesys::{Genesys, GenesysConfig, GenesysHandle};
use simulators::salesforce::{EndApi, Salesforce, SalesforceConfig, SalesforceHandle};
use simulators::servicenow::{Auth, ServiceNow, ServiceNowConfig, ServiceNowHandle};
use simulators::smartassist::{ChannelKey, SmartAssist, SmartAssistConfig, SmartAssistHandle};
use simulators::{Act, ActError, Conversation, Fault, Phase, Script, State, WaitTimeout};
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
const SMARTASSIST_APP: &str = "st-00000000-0000-4000-8000-000000000001";
/// The static header that the channel adds to its callbacks.
const SMARTASSIST_HEADER: &str = "x-handoff-secret";
const SALESFORCE_APP: &str = "local-connected-app";
const SALESFORCE_USER: &str = "integration@example.com";

/// One running contact centre.
#[derive(Debug)]
pub enum Centre {
    /// Genesys Cloud.
    Genesys(GenesysHandle),
    /// A ServiceNow instance.
    ServiceNow(ServiceNowHandle),
    /// A Five9 tenant.
    Five9(Five9Handle),
    /// A SmartAssist account.
    SmartAssist(SmartAssistHandle),
    /// A Salesforce organisation, with the key that its connected app trusts.
    Salesforce(SalesforceHandle, SecretString),
}

/// The same call for whichever centre it is.
macro_rules! each {
    ($self:expr, $centre:ident => $call:expr) => {
        match $self {
            Centre::Genesys($centre) => $call,
            Centre::ServiceNow($centre) => $call,
            Centre::Five9($centre) => $call,
            Centre::SmartAssist($centre) => $call,
            Centre::Salesforce($centre, _) => $call,
        }
    };
}

impl Centre {
    /// Starts the simulator of a provider. `bus` is where partner events go.
    pub(crate) async fn start(
        provider: Provider,
        port: u16,
        bus: &str,
        options: simulators::Options,
    ) -> Result<Self, StackError> {
        let bus = || EventBridgeHttp::new(bus).map(Arc::new).map_err(simulators::StartError::from);
        Ok(match provider {
            Provider::Genesys => {
                let listener = listen::near(port, 3).await?;
                let config = GenesysConfig::new(CLIENT_ID, CLIENT_SECRET, GENESYS_INTEGRATION).with_bus(bus()?);
                Self::Genesys(Genesys::start(config, listener, options)?)
            }
            Provider::ServiceNow => {
                let listener = listen::near(port, 4).await?;
                let mut config = ServiceNowConfig::new(Auth::OAuth2, SERVICENOW_APP);
                CLIENT_ID.clone_into(&mut config.client_id);
                CLIENT_SECRET.clone_into(&mut config.client_secret);
                Self::ServiceNow(ServiceNow::start(config, listener, options)?)
            }
            Provider::Five9 => {
                let listener = listen::near(port, 5).await?;
                Self::Five9(Five9::start(Five9Config::new(Flavor::Classic), listener, options)?)
            }
            Provider::SmartAssist => {
                let listener = listen::near(port, 6).await?;
                let key = ChannelKey::Secret(CLIENT_SECRET.to_owned());
                let mut config = SmartAssistConfig::new(SMARTASSIST_APP, CLIENT_ID, key);
                config.post_url_header = Some(SMARTASSIST_HEADER.to_owned());
                Self::SmartAssist(SmartAssist::start(config, listener, options)?)
            }
            Provider::Salesforce => {
                let listener = listen::near(port, 7).await?;
                let key = AppKey::generate()?;
                let mut config =
                    SalesforceConfig::new(SALESFORCE_APP, SALESFORCE_USER, &key.public_pem).with_bus(bus()?);
                // Whether the product can be told to end is not documented; here it can, so that the ends are seen.
                config.end_api = EndApi::Works;
                config.typing_events = true;
                Self::Salesforce(Salesforce::start(config, listener, options)?, key.private_pem)
            }
        })
    }

    /// Which provider it plays.
    pub fn provider(&self) -> Provider {
        match self {
            Self::Genesys(_) => Provider::Genesys,
            Self::ServiceNow(_) => Provider::ServiceNow,
            Self::Five9(_) => Provider::Five9,
            Self::SmartAssist(_) => Provider::SmartAssist,
            Self::Salesforce(..) => Provider::Salesforce,
        }
    }

    /// Where it is; its control API stands under `/_control`.
    pub fn base_url(&self) -> &str {
        each!(self, centre => centre.base_url())
    }

    /// The body of `PUT …/integrations/{provider}` that points to it.
    pub fn integration(&self) -> Value {
        let client = json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET });
        let (settings, credentials) = match self {
            Self::Genesys(centre) => (
                json!({
                    "env": "mypurecloud.com",
                    "integrationId": GENESYS_INTEGRATION,
                    "apiUrl": centre.base_url(),
                    "loginUrl": centre.base_url(),
                    "partnerSource": self.partner_source(),
                }),
                client,
            ),
            Self::ServiceNow(centre) => {
                (json!({ "instanceUrl": centre.base_url(), "appInboundId": SERVICENOW_APP }), client)
            }
            Self::Five9(centre) => {
                let tenant = Five9Config::new(Flavor::Classic);
                let settings = json!({
                    "tenantName": tenant.tenant_name,
                    "campaignName": tenant.campaign_name,
                    "host": centre.base_url(),
                });
                (settings, json!({}))
            }
            Self::SmartAssist(centre) => {
                let settings = json!({
                    "webhookUrl": centre.channel_url(),
                    "appId": SMARTASSIST_APP,
                    "postUrlHeader": SMARTASSIST_HEADER,
                });
                (settings, client)
            }
            Self::Salesforce(centre, key) => {
                let org = SalesforceConfig::new(SALESFORCE_APP, SALESFORCE_USER, "");
                let settings = json!({
                    "orgId15": org.org_id,
                    "myDomain": "local",
                    "apiUrl": centre.base_url(),
                    "loginUrl": centre.base_url(),
                    "consumerKey": SALESFORCE_APP,
                    "username": SALESFORCE_USER,
                    "authContext": org.auth_context,
                    "eventApiName": org.event_api_name,
                    "outboundTyping": true,
                    "eventTypeField": org.event_type_field,
                    "payloadField": org.payload_field,
                    "channelAddressIdentifier": org.channel_address_identifier,
                    "partnerSource": self.partner_source(),
                });
                (settings, json!({ "privateKeyPem": key.expose_secret() }))
            }
        };
        json!({ "settings": settings, "credentials": credentials })
    }

    /// The partner event source that its events come from, if it has one.
    pub fn partner_source(&self) -> Option<String> {
        match self {
            Self::Genesys(_) => Some(GenesysConfig::new("", "", "").partner_source),
            Self::Salesforce(..) => Some(SalesforceConfig::new("", "", "").partner_source),
            Self::ServiceNow(_) | Self::Five9(_) | Self::SmartAssist(_) => None,
        }
    }

    /// Tells it where its callbacks go and what proves them.
    pub(crate) fn connect(&self, told: &Connected) {
        let (webhook, signing) = (told.webhook_url.expose_secret(), told.signing_secret.expose_secret());
        let relay = told.relay_secret.expose_secret();
        match self {
            Self::Genesys(centre) => centre.set_webhook(webhook, signing),
            Self::ServiceNow(centre) => centre.set_webhook(webhook, signing),
            Self::Five9(centre) => centre.set_webhook(webhook, signing),
            Self::SmartAssist(centre) => {
                centre.set_webhook(webhook, signing);
                centre.set_relay(&told.relay_url, relay);
            }
            Self::Salesforce(centre, _) => centre.set_webhook(&told.relay_url, relay),
        }
    }

    /// Chooses the script of conversations that open from now on.
    pub fn script(&self, script: Script) {
        each!(self, centre => centre.script(script));
    }

    /// Commands its human in one conversation, named by the transfer's uuid.
    pub fn act(&self, transfer: &str, act: Act) -> Result<(), ActError> {
        each!(self, centre => centre.act(transfer, act))
    }

    /// Its conversations.
    pub fn conversations(&self) -> Vec<Conversation> {
        each!(self, centre => centre.conversations())
    }

    /// Adds faults.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        each!(self, centre => centre.faults(faults));
    }

    /// Waits until a conversation, named by the transfer's uuid, is over; fails if it does not end in time.
    pub async fn ended(&self, transfer: &str) -> Result<(), WaitTimeout> {
        let over = |state: &State| state.conversation(transfer).is_some_and(|it| it.phase == Phase::Ended);
        each!(self, centre => centre.wait_until(PATIENCE, over).await.map(drop))
    }

    /// Waits until its human and its callbacks have nothing left to do but wait.
    pub async fn quiet(&self) {
        each!(self, centre => centre.quiet().await);
    }

    pub(crate) async fn shutdown(self) {
        each!(self, centre => centre.shutdown().await);
    }
}

/// A key pair of a connected app, made anew for each stack.
struct AppKey {
    private_pem: SecretString,
    public_pem: String,
}

impl AppKey {
    fn generate() -> Result<Self, StackError> {
        let failed = |_| StackError::Unsettled("no key pair could be made");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let private = AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(failed)?;
        let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).map_err(failed)?;
        let text = |tag: &str, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        Ok(Self {
            private_pem: text("PRIVATE KEY", private.as_ref()).into(),
            public_pem: text("PUBLIC KEY", public.as_ref()),
        })
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
