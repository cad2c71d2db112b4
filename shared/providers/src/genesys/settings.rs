//! The fields of a Genesys integration (`docs/contracts/genesys.md`, "Settings and what is not verified").

mod table;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::draft::{Fields, Typed, words};
use crate::reading::target;
use crate::relay::RelayAuth;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    #[serde(default)]
    pub(crate) env: String,
    #[serde(default)]
    pub(crate) integration_id: String,
    pub(crate) api_url: Option<String>,
    pub(crate) login_url: Option<String>,
    pub(crate) static_header_name: Option<String>,
    pub(crate) partner_source: Option<String>,
    pub(crate) lifecycle_source: LifecycleSource,
    pub(crate) token_fallback_ttl_secs: u32,
    pub(crate) attribute_max_bytes: usize,
    /// Empty means every 2xx.
    pub(crate) open_success_codes: Vec<u16>,
    pub(crate) resend_ambiguous_messages: bool,
    pub(crate) end_method: EndMethod,
    pub(crate) end_gone_codes: Vec<u16>,
    pub(crate) lifecycle_user_id_field: UserIdField,
    pub(crate) promote_on_user_start: bool,
    pub(crate) ewt_source: EwtSource,
    pub(crate) survey_source: SurveySource,
    pub(crate) reconcile_idle_secs: u32,
    pub(crate) post_agent_timeout_secs: u32,
    pub(crate) rate_per_min: u32,
    pub(crate) honour_retry_after: bool,
    pub(crate) relay_auth: RelayAuth,
}

words! {
    /// Where lifecycle events are taken from. Those of another source are read and dropped, so none counts twice.
    LifecycleSource { Eventbridge = "eventbridge", DataAction = "data_action", Relay = "relay", Poll = "poll" }

    /// How a conversation is ended.
    EndMethod { Participant = "participant", ConversationPatch = "conversation_patch", Disconnect = "disconnect" }

    /// Which address of a lifecycle event is our user id.
    UserIdField { None = "none", AddressTo = "addressTo", AddressFrom = "addressFrom" }

    /// Where an expected wait comes from.
    EwtSource { None = "none", RoutingApi = "routing_api" }

    /// Where surveys come from.
    SurveySource { Ours = "ours" }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &table::FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![self.target()]
    }
}

impl Settings {
    /// What the integration points to.
    fn target(&self) -> String {
        target(&self.api_base(), &[&self.integration_id])
    }

    /// Base URL of the API.
    pub(crate) fn api_base(&self) -> String {
        self.api_url.clone().unwrap_or_else(|| format!("https://api.{}", self.env))
    }

    /// Base URL of the token endpoint.
    #[cfg(feature = "outbound")]
    pub(crate) fn login_base(&self) -> String {
        self.login_url.clone().unwrap_or_else(|| format!("https://login.{}", self.env))
    }
}
