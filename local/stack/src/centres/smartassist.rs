//! A SmartAssist account behind a webhook channel.

use serde_json::json;
use simulators::smartassist::{ChannelKey, SmartAssist, SmartAssistConfig};
use transfer_providers::SMARTASSIST;

use super::{CLIENT_ID, CLIENT_SECRET, Centre, Site};
use crate::error::StackError;

const APP: &str = "st-00000000-0000-4000-8000-000000000001";
/// The static header that the channel adds to its callbacks.
const HEADER: &str = "x-handoff-secret";

pub(super) fn start(site: Site) -> Result<Centre, StackError> {
    let key = ChannelKey::Secret(CLIENT_SECRET.to_owned());
    let mut config = SmartAssistConfig::new(APP, CLIENT_ID, key);
    config.post_url_header = Some(HEADER.to_owned());
    // So that it can be tried (`sessionLookup` `list_match`) how a conversation is found of which no relay told the id.
    config.rest_shows_custom_data = true;
    let account = config.account_id.clone();
    let credentials = json!({
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "restClientId": config.rest_client_id,
        "restClientSecret": config.rest_client_secret,
    });
    let desk = SmartAssist::start(config, site.listener, site.options)?;
    let settings = json!({
        "webhookUrl": desk.channel_url(),
        "appId": APP,
        "postUrlHeader": HEADER,
        "host": desk.base_url(),
        "accountId": account,
        "availabilityCheck": true,
    });
    Ok(Centre::new(SMARTASSIST, desk, &settings, &credentials))
}
