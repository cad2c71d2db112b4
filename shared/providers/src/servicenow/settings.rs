//! The fields of a ServiceNow integration (`docs/contracts/servicenow.md`, "Settings and what is not verified").

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::draft::{Faults, Fields, Given, Typed, words};
use crate::reading::target;
use crate::relay::RelayAuth;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    #[serde(default)]
    pub(crate) instance_url: String,
    #[serde(default)]
    pub(crate) app_inbound_id: String,
    pub(crate) auth_method: AuthMethod,
    /// How a token is asked for with `oauth2`.
    pub(crate) oauth_grant: OauthGrant,
    pub(crate) token_fallback_ttl_secs: u32,
    pub(crate) handoff_action: HandoffAction,
    pub(crate) handoff_text: String,
    pub(crate) agent_action_repeat: u8,
    pub(crate) accept_timeout_secs: u32,
    /// Passed through unchanged; they win over the ones that we set.
    pub(crate) context_variables: BTreeMap<String, String>,
    pub(crate) priority_variable: Option<String>,
    /// The context variable that gets the queue's name, for queue conditions to look at.
    pub(crate) queue_variable: Option<String>,
    pub(crate) correlation_order: Vec<CorrelationKey>,
    pub(crate) table_lookup: bool,
    pub(crate) resend_ambiguous_messages: bool,
    pub(crate) webhook_auth: WebhookAuth,
    /// The header of `header_secret`.
    pub(crate) webhook_header_name: String,
    /// The user of `basic`; the password is the webhook's secret.
    pub(crate) webhook_user: Option<String>,
    pub(crate) mtls: Mtls,
    /// Where a `System` item's text may stand, best first.
    pub(crate) system_text_field: Vec<String>,
    /// Texts that mean the end.
    pub(crate) end_texts: Vec<String>,
    /// Those of them that mean that nobody is there.
    pub(crate) no_agent_texts: Vec<String>,
    /// Those of them that mean that the contact centre is closed; each instance words them itself.
    pub(crate) outside_hours_texts: Vec<String>,
    /// Whether `completed` is the end.
    pub(crate) completed_ends: CompletedEnds,
    /// Whether a step follows when the representative is gone: then that is not yet the end.
    pub(crate) post_agent_step: bool,
    pub(crate) reconcile_idle_secs: u32,
    pub(crate) post_agent_timeout_secs: u32,
    pub(crate) relay_auth: RelayAuth,
}

words! {
    /// How we prove ourselves to the instance.
    AuthMethod { Basic = "basic", Oauth2 = "oauth2", MessageToken = "message_token", MessageHash = "message_hash" }

    /// How a token is asked for.
    OauthGrant { ClientCredentials = "client_credentials", Password = "password", RefreshToken = "refresh_token" }

    /// How a human is asked for (`docs/contracts/servicenow.md`, "Opening").
    HandoffAction {
        StartLiveAgentOnly = "start_live_agent_only",
        Agent = "agent",
        Text = "text",
        CreateThenStart = "create_then_start",
    }

    /// What names the session in an envelope.
    CorrelationKey {
        ClientSessionId = "clientSessionId",
        ClientVariables = "clientVariables",
        InteractionId = "interactionId",
    }

    /// What the instance proves itself by, beside the path.
    WebhookAuth { HeaderSecret = "header_secret", Basic = "basic", PathSecret = "path_secret" }

    /// When `completed` is the end: it also stands beside ordinary texts of a human.
    CompletedEnds {
        Always = "always",
        /// Unless the same envelope carries a text of a human.
        UnlessAgentText = "unless_agent_text",
        Never = "never",
    }

    /// Certificates of the instance's own; whether it can send any is unverified.
    Mtls { Off = "off" }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &table::FIELDS;

    fn check(given: &Given<'_>, faults: &mut Faults) {
        if given.is_on("tableLookup") && !matches!(given.word("authMethod"), Some("basic" | "oauth2")) {
            faults.setting("tableLookup", "needs authMethod basic or oauth2");
        }
    }

    fn targets(&self) -> Vec<String> {
        vec![target(&self.instance_url, &[&self.app_inbound_id])]
    }
}
