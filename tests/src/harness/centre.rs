//! The simulated contact centre of a world. Its human does nothing by itself and it calls nobody back: tests bring
//! every callback themselves, as often and in the order that they want.

use serde_json::{Value, json};
use simulators::genesys::{Genesys, GenesysConfig, GenesysHandle};
use simulators::servicenow::{Auth, ServiceNow, ServiceNowConfig, ServiceNowHandle};
use simulators::{Act, Conversation, Fault, Options, RequestRecord, Script};
use tokio::net::TcpListener;
use transfer_domain::Provider;
use transfer_providers::{GENESYS, SERVICENOW};

/// The id of the Open Messaging integration.
pub const GENESYS_ORGANISATION: &str = "9a58c219-0000-4000-8000-0000000000a1";
/// The partner event source of the organisation.
pub const PARTNER_SOURCE: &str = "aws.partner/genesys.com/cloud/32aa07aa-0000-4000-8000-000000000001/local";

const CLIENT_ID: &str = "client-1";
const CLIENT_SECRET: &str = "client-secret-1";
const INBOUND_ID: &str = "agent-transfer";

/// One contact centre.
#[derive(Debug)]
pub enum Centre {
    /// Genesys Cloud.
    Genesys(GenesysHandle),
    /// ServiceNow.
    ServiceNow(ServiceNowHandle),
}

impl Centre {
    pub(super) async fn start(provider: Provider) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let options = Options::brisk().with_script(Script::Manual);
        match provider {
            GENESYS => {
                let config = GenesysConfig::new(CLIENT_ID, CLIENT_SECRET, GENESYS_ORGANISATION);
                Self::Genesys(Genesys::start(config, listener, options).expect("a simulator"))
            }
            SERVICENOW => {
                let config = ServiceNowConfig {
                    client_id: CLIENT_ID.to_owned(),
                    client_secret: CLIENT_SECRET.to_owned(),
                    ..ServiceNowConfig::new(Auth::OAuth2, INBOUND_ID)
                };
                Self::ServiceNow(ServiceNow::start(config, listener, options).expect("a simulator"))
            }
            other => panic!("{other} has no simulator here"),
        }
    }

    pub(super) fn provider(&self) -> Provider {
        match self {
            Self::Genesys(_) => GENESYS,
            Self::ServiceNow(_) => SERVICENOW,
        }
    }

    pub(super) fn base_url(&self) -> &str {
        match self {
            Self::Genesys(handle) => handle.base_url(),
            Self::ServiceNow(handle) => handle.base_url(),
        }
    }

    /// The body that an integration is made with, with calls going to `base_url`.
    pub(super) fn integration(&self, base_url: &str) -> Value {
        let credentials = json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET });
        let settings = match self {
            Self::Genesys(_) => json!({
                "env": "mypurecloud.ie",
                "integrationId": GENESYS_ORGANISATION,
                "apiUrl": base_url,
                "loginUrl": base_url,
                "partnerSource": PARTNER_SOURCE,
                // A world's clock stands still, so a bucket would never flow out.
                "ratePerMin": 60_000,
            }),
            Self::ServiceNow(_) => json!({ "instanceUrl": base_url, "appInboundId": INBOUND_ID }),
        };
        json!({ "settings": settings, "credentials": credentials })
    }

    /// All conversations that were ever opened.
    pub fn conversations(&self) -> Vec<Conversation> {
        match self {
            Self::Genesys(handle) => handle.conversations(),
            Self::ServiceNow(handle) => handle.conversations(),
        }
    }

    /// Every request that arrived.
    pub fn requests(&self) -> Vec<RequestRecord> {
        match self {
            Self::Genesys(handle) => handle.requests(),
            Self::ServiceNow(handle) => handle.requests(),
        }
    }

    /// Lets something happen in a conversation.
    pub fn act(&self, conversation: &str, act: Act) {
        match self {
            Self::Genesys(handle) => handle.act(conversation, act),
            Self::ServiceNow(handle) => handle.act(conversation, act),
        }
        .expect("a possible act");
    }

    /// Plans faults at the provider itself.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        match self {
            Self::Genesys(handle) => handle.faults(faults),
            Self::ServiceNow(handle) => handle.faults(faults),
        }
    }

    /// Takes back all faults that are planned.
    pub fn clear_faults(&self) {
        match self {
            Self::Genesys(handle) => handle.clear_faults(),
            Self::ServiceNow(handle) => handle.clear_faults(),
        }
    }
}
