//! Genesys Cloud, with its events on a partner bus.

use serde_json::json;
use simulators::genesys::{Genesys, GenesysConfig};
use transfer_providers::GENESYS;

use super::{CLIENT_ID, CLIENT_SECRET, Centre, Site, client};
use crate::error::StackError;

const INTEGRATION: &str = "6a1f2d3c-0000-4000-8000-000000000001";

pub(super) fn start(site: Site) -> Result<Centre, StackError> {
    let config = GenesysConfig::new(CLIENT_ID, CLIENT_SECRET, INTEGRATION).with_bus(site.bus);
    let partner_source = config.partner_source.clone();
    let desk = Genesys::start(config, site.listener, site.options)?;
    let settings = json!({
        "env": "mypurecloud.com",
        "integrationId": INTEGRATION,
        "apiUrl": desk.base_url(),
        "loginUrl": desk.base_url(),
        "partnerSource": partner_source,
    });
    Ok(Centre::new(GENESYS, desk, &settings, &client()))
}
