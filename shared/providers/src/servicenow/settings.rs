//! The fields of a ServiceNow integration (`docs/contracts/servicenow.md`, "Settings and what is not verified").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::draft::{Faults, decode, encode};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration, hosts};

/// Where instances live: the commercial cloud and the one for governments.
const DOMAINS: &[&str] = &["service-now.com", "servicenowservices.com"];

/// The header that carries the connection's secret, unless the integration names another.
const SECRET_HEADER: &str = "X-Handoff-Secret";

/// A day: no timer of a conversation is longer.
const MAX_SECS: u32 = 86_400;

const MAX_TEXTS: usize = 100;
const MAX_TEXT_CHARS: usize = 1000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) instance_url: String,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority_variable: Option<String>,
    /// The context variable that gets the queue's name, for queue conditions to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queue_variable: Option<String>,
    pub(crate) correlation_order: Vec<CorrelationKey>,
    pub(crate) table_lookup: bool,
    pub(crate) resend_ambiguous_messages: bool,
    pub(crate) webhook_auth: WebhookAuth,
    /// The header of `header_secret`.
    pub(crate) webhook_header_name: String,
    /// The user of `basic`; the password is the webhook's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// How we prove ourselves to the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    Basic,
    Oauth2,
    MessageToken,
    MessageHash,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OauthGrant {
    ClientCredentials,
    Password,
    RefreshToken,
}

/// How a human is asked for (`docs/contracts/servicenow.md`, "Opening").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HandoffAction {
    StartLiveAgentOnly,
    Agent,
    Text,
    CreateThenStart,
}

/// What names the session in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CorrelationKey {
    ClientSessionId,
    ClientVariables,
    InteractionId,
}

/// What the instance proves itself by, beside the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookAuth {
    HeaderSecret,
    Basic,
    PathSecret,
}

/// When `completed` is the end: it also stands beside ordinary texts of a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CompletedEnds {
    Always,
    /// Unless the same envelope carries a text of a human.
    UnlessAgentText,
    Never,
}

/// Certificates of the instance's own; whether it can send any is unverified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mtls {
    Off,
}

impl Default for Settings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Self {
            instance_url: String::new(),
            app_inbound_id: String::new(),
            auth_method: AuthMethod::Oauth2,
            oauth_grant: OauthGrant::ClientCredentials,
            token_fallback_ttl_secs: 1800,
            handoff_action: HandoffAction::StartLiveAgentOnly,
            handoff_text: "Live Agent Support.".to_owned(),
            agent_action_repeat: 1,
            accept_timeout_secs: 30,
            context_variables: BTreeMap::new(),
            priority_variable: None,
            queue_variable: None,
            correlation_order: vec![
                CorrelationKey::ClientSessionId,
                CorrelationKey::ClientVariables,
                CorrelationKey::InteractionId,
            ],
            table_lookup: false,
            resend_ambiguous_messages: true,
            webhook_auth: WebhookAuth::HeaderSecret,
            webhook_header_name: SECRET_HEADER.to_owned(),
            webhook_user: None,
            mtls: Mtls::Off,
            system_text_field: texts(&["message", "value", "label"]),
            end_texts: texts(&["There are no agents", "Thank you for using", "having technical issues and"]),
            no_agent_texts: texts(&["There are no agents"]),
            outside_hours_texts: Vec::new(),
            completed_ends: CompletedEnds::UnlessAgentText,
            post_agent_step: false,
            reconcile_idle_secs: 300,
            post_agent_timeout_secs: 300,
            relay_auth: RelayAuth::Signature,
        }
    }
}

/// Checks the fields, and says which are wrong.
pub(crate) fn validate(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let settings: Settings = decode(&draft.settings, &mut faults);
    check_connection(&settings, hosts, &mut faults);
    check_texts(&settings, &mut faults);
    check_numbers(&settings, &mut faults);
    let (required, optional) = credentials(&settings);
    faults.require_credentials(draft, required, optional);
    faults.or(ValidIntegration {
        warnings: warnings(&settings),
        targets: vec![target(&settings.instance_url, &[&settings.app_inbound_id])],
        settings: encode(&settings),
        partner_source: None,
    })
}

fn check_connection(settings: &Settings, hosts: HostPolicy, faults: &mut Faults) {
    faults.require_setting("instanceUrl", &settings.instance_url, MAX_TEXT_CHARS);
    if let Err(rule) = hosts::base_url(&settings.instance_url, hosts, DOMAINS) {
        faults.setting("instanceUrl", rule);
    }
    faults.require_setting("appInboundId", &settings.app_inbound_id, 128);
    if http::HeaderName::from_bytes(settings.webhook_header_name.as_bytes()).is_err() {
        faults.setting("webhookHeaderName", "must be the name of a header");
    }
    match (&settings.webhook_user, settings.webhook_auth) {
        (None, WebhookAuth::Basic) => faults.setting("webhookUser", "is required with webhookAuth basic"),
        (Some(user), _) if user.is_empty() || user.contains(':') || user.chars().any(char::is_control) => {
            faults.setting("webhookUser", "must not be empty or contain a colon or control characters");
        }
        (Some(_) | None, _) => {}
    }
    let order = &settings.correlation_order;
    let repeated = order.iter().enumerate().any(|(at, key)| order.iter().skip(at + 1).any(|other| other == key));
    if order.is_empty() || repeated {
        faults.setting("correlationOrder", "must name at least one key, and none twice");
    }
    let by_message = matches!(settings.auth_method, AuthMethod::MessageToken | AuthMethod::MessageHash);
    if settings.table_lookup && by_message {
        faults.setting("tableLookup", "needs authMethod basic or oauth2");
    }
}

fn check_texts(settings: &Settings, faults: &mut Faults) {
    faults.require_setting("handoffText", &settings.handoff_text, MAX_TEXT_CHARS);
    for (name, texts) in [
        ("systemTextField", &settings.system_text_field),
        ("endTexts", &settings.end_texts),
        ("noAgentTexts", &settings.no_agent_texts),
        ("outsideHoursTexts", &settings.outside_hours_texts),
    ] {
        let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS;
        if texts.len() > MAX_TEXTS || !texts.iter().all(fits) {
            faults.setting(name, format!("must be at most {MAX_TEXTS} texts of 1 to {MAX_TEXT_CHARS} characters"));
        }
    }
    let variables = &settings.context_variables;
    let named = |name: &String| !name.is_empty() && name.chars().count() <= 128;
    if variables.len() > MAX_TEXTS || !variables.keys().all(named) {
        faults.setting("contextVariables", format!("must be at most {MAX_TEXTS}, with names of 1 to 128 characters"));
    }
    for (name, variable) in
        [("priorityVariable", &settings.priority_variable), ("queueVariable", &settings.queue_variable)]
    {
        if let Some(variable) = variable {
            faults.require_setting(name, variable, 128);
        }
    }
}

fn check_numbers(settings: &Settings, faults: &mut Faults) {
    faults.require_seconds("tokenFallbackTtlSecs", settings.token_fallback_ttl_secs, 120, MAX_SECS);
    faults.require_seconds("acceptTimeoutSecs", settings.accept_timeout_secs, 5, MAX_SECS);
    faults.require_seconds("reconcileIdleSecs", settings.reconcile_idle_secs, 30, MAX_SECS);
    faults.require_seconds("postAgentTimeoutSecs", settings.post_agent_timeout_secs, 30, MAX_SECS);
    faults.require_seconds("agentActionRepeat", settings.agent_action_repeat.into(), 1, 2);
}

/// The credentials that the settings need, and those that they may carry along.
fn credentials(settings: &Settings) -> (&'static [&'static str], &'static [&'static str]) {
    match (settings.auth_method, settings.oauth_grant) {
        (AuthMethod::Basic, _) => (&["username", "password"], &[]),
        (AuthMethod::MessageToken, _) => (&["messageToken"], &[]),
        (AuthMethod::MessageHash, _) => (&["messageSecret"], &[]),
        (AuthMethod::Oauth2, OauthGrant::ClientCredentials) => (&["clientId", "clientSecret"], &[]),
        (AuthMethod::Oauth2, OauthGrant::Password) => (&["clientId", "clientSecret", "username", "password"], &[]),
        (AuthMethod::Oauth2, OauthGrant::RefreshToken) => (&["clientId", "clientSecret", "refreshToken"], &[]),
    }
}

fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    match settings.handoff_action {
        HandoffAction::StartLiveAgentOnly => {}
        HandoffAction::Agent | HandoffAction::Text | HandoffAction::CreateThenStart => warnings.push(
            "This handoffAction is not confirmed against a live instance; start_live_agent_only is the documented way."
                .to_owned(),
        ),
    }
    if settings.webhook_auth == WebhookAuth::PathSecret {
        warnings.push("Webhooks are protected by the secret in their path only.".to_owned());
    }
    match settings.completed_ends {
        CompletedEnds::UnlessAgentText => {}
        CompletedEnds::Always => warnings.push(
            "With completedEnds always, a human's text that the instance marks as completed ends the transfer."
                .to_owned(),
        ),
        CompletedEnds::Never => warnings.push(
            "With completedEnds never, a transfer that only a flag ends stays open until it is looked at or expires."
                .to_owned(),
        ),
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(settings: &Value, credentials: &[&str]) -> IntegrationDraft {
        let credentials = credentials.iter().map(|name| ((*name).to_owned(), "value".into())).collect();
        IntegrationDraft { settings: settings.as_object().cloned().unwrap(), credentials }
    }

    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut settings = json!({ "instanceUrl": "https://acme.service-now.com", "appInboundId": "acme-ai" });
        settings.as_object_mut().unwrap().insert(name.to_owned(), value.into());
        settings
    }

    fn pointers(settings: &Value, credentials: &[&str]) -> Vec<String> {
        let faults = validate(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    const OAUTH: &[&str] = &["clientId", "clientSecret"];

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let valid = validate(&draft(&with("mtls", "off"), OAUTH), HostPolicy::Public).unwrap();
        let expected = json!({
            "instanceUrl": "https://acme.service-now.com", "appInboundId": "acme-ai", "authMethod": "oauth2",
            "oauthGrant": "client_credentials", "tokenFallbackTtlSecs": 1800,
            "handoffAction": "start_live_agent_only", "handoffText": "Live Agent Support.", "agentActionRepeat": 1,
            "acceptTimeoutSecs": 30, "contextVariables": {},
            "correlationOrder": ["clientSessionId", "clientVariables", "interactionId"], "tableLookup": false,
            "resendAmbiguousMessages": true, "webhookAuth": "header_secret", "webhookHeaderName": "X-Handoff-Secret",
            "mtls": "off", "systemTextField": ["message", "value", "label"],
            "endTexts": ["There are no agents", "Thank you for using", "having technical issues and"],
            "noAgentTexts": ["There are no agents"], "outsideHoursTexts": [], "completedEnds": "unless_agent_text",
            "postAgentStep": false, "reconcileIdleSecs": 300, "postAgentTimeoutSecs": 300, "relayAuth": "signature",
        });
        assert_eq!(Value::Object(valid.settings.clone()), expected);
        let again = validate(&draft(&Value::Object(valid.settings.clone()), OAUTH), HostPolicy::Public).unwrap();
        assert_eq!(again, valid);
    }

    #[test]
    fn each_wrong_field_is_pointed_at() {
        for (name, value) in [
            ("instanceUrl", json!("https://acme.service-now.com.evil.example")),
            ("instanceUrl", json!("https://169.254.169.254")),
            ("instanceUrl", json!("")),
            ("appInboundId", json!("")),
            ("authMethod", json!("mtls")),
            ("oauthGrant", json!("implicit")),
            ("handoffAction", json!("call")),
            ("handoffText", json!("")),
            ("agentActionRepeat", json!(3)),
            ("acceptTimeoutSecs", json!(0)),
            ("contextVariables", json!({ "": "x" })),
            ("correlationOrder", json!([])),
            ("correlationOrder", json!(["interactionId", "interactionId"])),
            ("webhookAuth", json!("none")),
            ("webhookHeaderName", json!("no header")),
            ("webhookUser", json!("a:b")),
            ("mtls", json!("on")),
            ("completedEnds", json!(true)),
            ("endTexts", json!([" "])),
            ("priorityVariable", json!("")),
            ("unheardOf", json!(1)),
        ] {
            let found = pointers(&with(name, value.clone()), OAUTH);
            assert!(found.contains(&format!("/settings/{name}")), "{name}={value}: {found:?}");
        }
        assert_eq!(pointers(&with("contextVariables", json!({ "a": 1.0 })), OAUTH), ["/settings/contextVariables/a"]);
        assert_eq!(pointers(&with("webhookAuth", "basic"), OAUTH), ["/settings/webhookUser"]);
        assert_eq!(pointers(&json!({}), OAUTH), ["/settings/instanceUrl", "/settings/appInboundId"]);
    }

    #[test]
    fn what_completed_means_is_warned_of_where_it_is_not_the_usual() {
        for (value, warnings) in [("always", 1), ("unless_agent_text", 0), ("never", 1)] {
            let valid = validate(&draft(&with("completedEnds", value), OAUTH), HostPolicy::Public).unwrap();
            assert_eq!(valid.warnings.len(), warnings, "{value}");
        }
    }

    #[test]
    fn each_way_to_authenticate_has_its_credentials() {
        for (method, grant, needed) in [
            ("basic", "client_credentials", &["username", "password"][..]),
            ("message_token", "client_credentials", &["messageToken"]),
            ("message_hash", "client_credentials", &["messageSecret"]),
            ("oauth2", "client_credentials", OAUTH),
            ("oauth2", "password", &["clientId", "clientSecret", "username", "password"]),
            ("oauth2", "refresh_token", &["clientId", "clientSecret", "refreshToken"]),
        ] {
            let mut settings = with("authMethod", method);
            settings.as_object_mut().unwrap().insert("oauthGrant".to_owned(), grant.into());
            assert!(validate(&draft(&settings, needed), HostPolicy::Public).is_ok(), "{method} {grant}");
            let missing: Vec<String> = needed.iter().map(|name| format!("/credentials/{name}")).collect();
            assert_eq!(pointers(&settings, &[]), missing);
            assert_eq!(pointers(&settings, &[needed, &["other"]].concat()), ["/credentials/other"]);
        }
        let mut settings = with("authMethod", "message_hash");
        settings.as_object_mut().unwrap().insert("tableLookup".to_owned(), true.into());
        assert_eq!(pointers(&settings, &["messageSecret"]), ["/settings/tableLookup"]);
    }
}
