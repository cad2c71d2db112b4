//! A Salesforce organisation with Bring Your Own Channel, and the key that its connected app trusts.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use simulators::salesforce::{EndApi, Salesforce, SalesforceConfig};
use transfer_providers::SALESFORCE;

use super::{Centre, Site};
use crate::error::StackError;

const APP: &str = "local-connected-app";
const USER: &str = "integration@example.com";

pub(super) fn start(site: Site) -> Result<Centre, StackError> {
    let key = AppKey::of_this_process()?;
    let mut config = SalesforceConfig::new(APP, USER, &key.public_pem).with_bus(site.bus);
    // Whether the product can be told to end is not documented; here it can, so that the ends are seen.
    config.end_api = EndApi::Works;
    config.typing_events = true;
    let org = config.clone();
    let desk = Salesforce::start(config, site.listener, site.options)?;
    let settings = json!({
        "orgId15": org.org_id,
        "myDomain": "local",
        "apiUrl": desk.base_url(),
        "loginUrl": desk.base_url(),
        "consumerKey": APP,
        "username": USER,
        "authContext": org.auth_context,
        "eventApiName": org.event_api_name,
        "outboundTyping": true,
        "eventTypeField": org.event_type_field,
        "payloadField": org.payload_field,
        "channelAddressIdentifier": org.channel_address_identifier,
        "partnerSource": org.partner_source,
    });
    Ok(Centre::new(SALESFORCE, desk, &settings, &json!({ "privateKeyPem": key.private_pem.expose_secret() })))
}

/// The key pair of the connected app.
struct AppKey {
    private_pem: SecretString,
    public_pem: String,
}

impl AppKey {
    /// Made anew for each process, and once only: it takes longer than starting a whole stack.
    fn of_this_process() -> Result<&'static Self, StackError> {
        static MADE: OnceLock<AppKey> = OnceLock::new();
        if MADE.get().is_none() {
            // Of two that are made at the same time, one is used.
            drop(MADE.set(Self::generate()?));
        }
        MADE.get().ok_or(StackError::Unsettled("no key pair could be made"))
    }

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
