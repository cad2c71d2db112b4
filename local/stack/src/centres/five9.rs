//! A Five9 tenant with classic messaging.

use serde_json::json;
use simulators::five9::{Five9, Five9Config, Flavor};
use transfer_providers::FIVE9;

use super::{Centre, Site};
use crate::error::StackError;

pub(super) fn start(site: Site) -> Result<Centre, StackError> {
    let config = Five9Config::new(Flavor::Classic);
    let (tenant, campaign) = (config.tenant_name.clone(), config.campaign_name.clone());
    let desk = Five9::start(config, site.listener, site.options)?;
    let settings = json!({ "tenantName": tenant, "campaignName": campaign, "host": desk.base_url() });
    Ok(Centre::new(FIVE9, desk, &settings, &json!({})))
}
