//! Simulated contact centres of any setup, each beside the stack.

use std::sync::{Arc, LazyLock};

use agent_transfer::Stack;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use serde_json::{Value, json};
use simulators::bus::EventBridgeHttp;
use simulators::five9::{Five9, Five9Config, Flavor};
use simulators::genesys::{Genesys, GenesysConfig};
use simulators::salesforce::{EndApi, Salesforce, SalesforceConfig};
use simulators::servicenow::{Auth, ServiceNow, ServiceNowConfig};
use simulators::smartassist::{ChannelKey, SmartAssist, SmartAssistConfig};
use simulators::{Centre, Control, Desk, Handle};
use tokio::net::TcpListener;

const CLIENT_ID: &str = "local-client";
const CLIENT_SECRET: &str = "local-client-secret";
const HEADER: &str = "x-handoff-secret";
/// Its private and its public half, in PEM.
static KEY_PAIR: LazyLock<[String; 2]> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private = AsDer::<Pkcs8V1Der>::as_der(&pair).unwrap();
    let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
    [("PRIVATE KEY", private.as_ref()), ("PUBLIC KEY", public.as_ref())]
        .map(|(tag, der)| pem::encode(&pem::Pem::new(tag, der)))
});

/// A place for a contact centre.
pub struct Plot {
    listener: TcpListener,
    bus: Arc<EventBridgeHttp>,
    /// No other plot has it.
    number: usize,
    options: simulators::Options,
}

impl Plot {
    /// A free one at a stack.
    pub(super) async fn new(stack: &Stack, number: usize, options: &simulators::Options) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let bus = Arc::new(EventBridgeHttp::new(stack.aws_endpoint()).unwrap());
        let seed = options.seed.wrapping_add(u64::try_from(number).unwrap());
        Self { listener, bus, number, options: simulators::Options { seed, ..options.clone() } }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }
}

/// A running contact centre, and what an integration has to know of it.
pub struct Site {
    /// The simulator.
    pub desk: Handle<dyn Control>,
    /// Settings and credentials, as the API takes them.
    pub integration: Value,
}

impl Site {
    fn new<C: Centre>(desk: Handle<Desk<C>>, settings: &Value, credentials: &Value) -> Self {
        Self { desk: desk.any(), integration: json!({ "settings": settings, "credentials": credentials }) }
    }

    /// The same with further settings.
    #[must_use]
    pub fn with(mut self, settings: &Value) -> Self {
        let own = self.integration["settings"].as_object_mut().unwrap();
        own.extend(settings.as_object().cloned().unwrap());
        self
    }

    /// The same with further credentials.
    #[must_use]
    pub fn knowing(mut self, credentials: &Value) -> Self {
        let own = self.integration["credentials"].as_object_mut().unwrap();
        own.extend(credentials.as_object().cloned().unwrap());
        self
    }

    /// The same with these credentials instead of its own.
    #[must_use]
    pub fn only_knowing(mut self, credentials: &Value) -> Self {
        self.integration["credentials"] = credentials.clone();
        self
    }
}

/// The client that all of them know.
pub(super) fn client() -> Value {
    json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET })
}

/// The halves of the key pair that they trust, private and public, in PEM.
pub(super) fn key_pair() -> &'static [String; 2] {
    &KEY_PAIR
}

/// Genesys Cloud.
pub(super) fn genesys(plot: Plot, change: impl FnOnce(&mut GenesysConfig)) -> Site {
    let url = plot.url();
    let mut config = GenesysConfig::new(CLIENT_ID, CLIENT_SECRET, "6a1f2d3c-0000-4000-8000-000000000001");
    config.partner_source =
        format!("aws.partner/genesys.com/cloud/32aa07aa-0000-4000-8000-000000000001/{}", plot.number);
    config.bus = Some(plot.bus);
    change(&mut config);
    let settings = json!({
        "env": "mypurecloud.com", "integrationId": config.integration_id, "apiUrl": url, "loginUrl": url,
        "partnerSource": config.partner_source,
    });
    Site::new(Genesys::start(config, plot.listener, plot.options).unwrap(), &settings, &client())
}

/// A ServiceNow instance.
pub(super) fn servicenow(plot: Plot, auth: Auth, change: impl FnOnce(&mut ServiceNowConfig)) -> Site {
    let mut config = ServiceNowConfig::new(auth, "agent-transfer-local");
    CLIENT_ID.clone_into(&mut config.client_id);
    CLIENT_SECRET.clone_into(&mut config.client_secret);
    change(&mut config);
    let settings = json!({ "instanceUrl": plot.url(), "appInboundId": config.app_inbound_id });
    Site::new(ServiceNow::start(config, plot.listener, plot.options).unwrap(), &settings, &client())
}

/// A SmartAssist account.
pub(super) fn smartassist(plot: Plot, change: impl FnOnce(&mut SmartAssistConfig)) -> Site {
    let key = ChannelKey::Secret(CLIENT_SECRET.to_owned());
    let mut config = SmartAssistConfig::new("st-00000000-0000-4000-8000-000000000001", CLIENT_ID, key);
    config.post_url_header = Some(HEADER.to_owned());
    change(&mut config);
    let (app, header) = (config.stream_id.clone(), config.post_url_header.clone());
    let desk = SmartAssist::start(config, plot.listener, plot.options).unwrap();
    let settings = json!({ "webhookUrl": desk.channel_url(), "appId": app, "postUrlHeader": header });
    Site::new(desk, &settings, &client())
}

/// A Five9 tenant of the classic generation.
pub(super) fn five9_classic(plot: Plot, change: impl FnOnce(&mut Five9Config)) -> Site {
    let mut config = Five9Config::new(Flavor::Classic);
    change(&mut config);
    let settings =
        json!({ "tenantName": config.tenant_name, "campaignName": config.campaign_name, "host": plot.url() });
    Site::new(Five9::start(config, plot.listener, plot.options).unwrap(), &settings, &json!({}))
}

/// A Five9 domain with Open Messaging.
pub(super) fn five9_open_messaging(plot: Plot, change: impl FnOnce(&mut Five9Config)) -> Site {
    let mut config = Five9Config::new(Flavor::OpenMessaging);
    change(&mut config);
    let settings = json!({
        "flavor": "open_messaging", "region": "us", "apiUrl": plot.url(), "domainId": config.domain_id,
        "deliveryProfileId": config.delivery_profile_id, "campaignName": config.campaign_name,
        "campaignHandle": config.campaign_handle,
    });
    let credentials = json!({ "clientKey": config.client_key, "clientSecret": config.client_secret });
    Site::new(Five9::start(config, plot.listener, plot.options).unwrap(), &settings, &credentials)
}

/// A Salesforce organisation with a channel of Bring Your Own Channel.
pub(super) fn salesforce_byoc(plot: Plot, change: impl FnOnce(&mut SalesforceConfig)) -> Site {
    let url = plot.url();
    let (desk, config) = salesforce(plot, change);
    let settings = json!({
        "orgId15": config.org_id, "myDomain": "local", "apiUrl": url, "loginUrl": url,
        "consumerKey": config.consumer_key, "username": config.username, "authContext": config.auth_context,
        "eventApiName": config.event_api_name, "eventTypeField": config.event_type_field,
        "payloadField": config.payload_field, "channelAddressIdentifier": config.channel_address_identifier,
        "partnerSource": config.partner_source,
    });
    let [private, _] = key_pair();
    Site { desk, integration: json!({ "settings": settings, "credentials": { "privateKeyPem": private } }) }
}

/// A Salesforce organisation with a deployment of Enhanced Chat.
pub(super) fn salesforce_chat(plot: Plot, change: impl FnOnce(&mut SalesforceConfig)) -> Site {
    let url = plot.url();
    let (desk, config) = salesforce(plot, change);
    let settings = json!({
        "product": "miaw", "orgId15": config.org_id, "scrtUrl": url,
        "esDeveloperName": config.chat.es_developer_name,
    });
    Site { desk, integration: json!({ "settings": settings, "credentials": {} }) }
}

fn salesforce(plot: Plot, change: impl FnOnce(&mut SalesforceConfig)) -> (Handle<dyn Control>, SalesforceConfig) {
    let [_, public] = key_pair();
    let mut config = SalesforceConfig::new("local-connected-app", "integration@example.com", public);
    config.partner_source = format!("aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx{}", plot.number);
    config.bus = Some(plot.bus);
    // Whether the product can be told to end is not documented; here it can, so that the ends are seen.
    config.end_api = EndApi::Works;
    config.typing_events = true;
    change(&mut config);
    (Salesforce::start(config.clone(), plot.listener, plot.options).unwrap().any(), config)
}
