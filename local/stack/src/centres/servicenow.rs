//! A ServiceNow instance.

use serde_json::json;
use simulators::servicenow::{Auth, ServiceNow, ServiceNowConfig};
use transfer_providers::SERVICENOW;

use super::{CLIENT_ID, CLIENT_SECRET, Centre, Site, client};
use crate::error::StackError;

const APP: &str = "agent-transfer-local";

pub(super) fn start(site: Site) -> Result<Centre, StackError> {
    let mut config = ServiceNowConfig::new(Auth::OAuth2, APP);
    CLIENT_ID.clone_into(&mut config.client_id);
    CLIENT_SECRET.clone_into(&mut config.client_secret);
    let desk = ServiceNow::start(config, site.listener, site.options)?;
    let settings = json!({ "instanceUrl": desk.base_url(), "appInboundId": APP });
    Ok(Centre::new(SERVICENOW, desk, &settings, &client()))
}
