//! The fields of a Genesys integration (`docs/contracts/genesys.md`, "Settings and what is not verified").

use serde::{Deserialize, Serialize};

use super::{DATA_ACTION_BEARER, INBOUND_CREDENTIALS, STATIC_HEADER_VALUE};
use crate::draft::{Faults, decode, encode};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration, hosts, secret};
use secrecy::ExposeSecret;

/// The vendor's regions.
const ENVS: &[&str] = &[
    "mypurecloud.com",
    "mypurecloud.ie",
    "mypurecloud.de",
    "mypurecloud.com.au",
    "mypurecloud.jp",
    "usw2.pure.cloud",
    "cac1.pure.cloud",
    "euw2.pure.cloud",
    "apne2.pure.cloud",
    "apne3.pure.cloud",
    "aps1.pure.cloud",
    "apse1.pure.cloud",
    "sae1.pure.cloud",
    "mec1.pure.cloud",
    "euc2.pure.cloud",
    "mxc1.pure.cloud",
    "use2.us-gov-pure.cloud",
];

/// Every partner event source of the vendor starts with it.
const SOURCE_PREFIX: &str = "aws.partner/genesys.com/cloud/";

/// What the vendor calls the integration has no documented grammar; ours keeps it fit for a URL path.
const MAX_ID_CHARS: usize = 64;

/// A day: no timer of a conversation is longer.
const MAX_SECS: u32 = 86_400;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) env: String,
    pub(crate) integration_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) static_header_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// Where lifecycle events are taken from. Those of another source are read and dropped, so none counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LifecycleSource {
    Eventbridge,
    DataAction,
    Relay,
    Poll,
}

/// How a conversation is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndMethod {
    Participant,
    ConversationPatch,
    Disconnect,
}

/// Which address of a lifecycle event is our user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum UserIdField {
    None,
    AddressTo,
    AddressFrom,
}

/// Where an expected wait comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EwtSource {
    None,
    RoutingApi,
}

/// Where surveys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SurveySource {
    Ours,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            env: String::new(),
            integration_id: String::new(),
            api_url: None,
            login_url: None,
            static_header_name: None,
            partner_source: None,
            lifecycle_source: LifecycleSource::Eventbridge,
            token_fallback_ttl_secs: 3600,
            attribute_max_bytes: 1900,
            open_success_codes: Vec::new(),
            resend_ambiguous_messages: true,
            end_method: EndMethod::Participant,
            end_gone_codes: vec![404, 409, 410],
            lifecycle_user_id_field: UserIdField::None,
            promote_on_user_start: false,
            ewt_source: EwtSource::None,
            survey_source: SurveySource::Ours,
            reconcile_idle_secs: 300,
            post_agent_timeout_secs: 300,
            rate_per_min: 300,
            honour_retry_after: true,
            relay_auth: RelayAuth::Signature,
        }
    }
}

impl Settings {
    /// What the integration points to.
    fn target(&self) -> String {
        target(&self.api_base(), &[&self.integration_id])
    }

    /// The partner event source whose events are taken.
    pub(crate) fn partner_source(&self) -> Option<&str> {
        match self.lifecycle_source {
            LifecycleSource::Eventbridge => self.partner_source.as_deref(),
            LifecycleSource::DataAction | LifecycleSource::Relay | LifecycleSource::Poll => None,
        }
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

/// Checks the fields, and says which are wrong.
pub(crate) fn validate(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let settings: Settings = decode(&draft.settings, &mut faults);
    check_hosts(&settings, hosts, &mut faults);
    check_names(&settings, &mut faults);
    check_numbers(&settings, &mut faults);
    check_credentials(&settings, draft, &mut faults);
    let partner_source = settings.partner_source().map(str::to_owned);
    faults.or(ValidIntegration {
        warnings: warnings(&settings),
        targets: vec![settings.target()],
        settings: encode(&settings),
        partner_source,
    })
}

fn check_hosts(settings: &Settings, hosts: HostPolicy, faults: &mut Faults) {
    if settings.env.is_empty() {
        faults.setting("env", "is required");
    } else if !ENVS.contains(&settings.env.as_str()) {
        faults.setting("env", format!("must be one of {}", ENVS.join(", ")));
    }
    for (name, url) in [("apiUrl", &settings.api_url), ("loginUrl", &settings.login_url)] {
        if let Some(Err(rule)) = url.as_ref().map(|url| hosts::base_url(url, hosts, ENVS)) {
            faults.setting(name, rule);
        }
    }
}

fn check_names(settings: &Settings, faults: &mut Faults) {
    let id = &settings.integration_id;
    faults.require_setting("integrationId", id, MAX_ID_CHARS);
    if !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        faults.setting("integrationId", "must be of A-Z a-z 0-9 _ -");
    }
    if let Some(name) = &settings.static_header_name
        && http::HeaderName::from_bytes(name.as_bytes()).is_err()
    {
        faults.setting("staticHeaderName", "must be the name of a header");
    }
    match (&settings.partner_source, settings.lifecycle_source) {
        (None, LifecycleSource::Eventbridge) => {
            faults.setting("partnerSource", "is required with lifecycleSource eventbridge");
        }
        (Some(source), _) if !is_partner_source(source) => {
            faults.setting("partnerSource", format!("must be {SOURCE_PREFIX}<organisation id>/<suffix>"));
        }
        (Some(_) | None, _) => {}
    }
}

fn is_partner_source(source: &str) -> bool {
    let Some((organisation, suffix)) = source.strip_prefix(SOURCE_PREFIX).and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let fits = |text: &str| {
        (1..=64).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    fits(organisation) && fits(suffix)
}

fn check_numbers(settings: &Settings, faults: &mut Faults) {
    faults.require_seconds("tokenFallbackTtlSecs", settings.token_fallback_ttl_secs, 120, 172_800);
    faults.require_seconds("reconcileIdleSecs", settings.reconcile_idle_secs, 30, MAX_SECS);
    faults.require_seconds("postAgentTimeoutSecs", settings.post_agent_timeout_secs, 30, MAX_SECS);
    if !(64..=65_536).contains(&settings.attribute_max_bytes) {
        faults.setting("attributeMaxBytes", "must be 64 to 65536");
    }
    if !(1..=60_000).contains(&settings.rate_per_min) {
        faults.setting("ratePerMin", "must be 1 to 60000");
    }
    if settings.open_success_codes.iter().any(|code| !(200..300).contains(code)) {
        faults.setting("openSuccessCodes", "must be of 200 to 299");
    }
    if settings.end_gone_codes.iter().any(|code| !(400..500).contains(code)) {
        faults.setting("endGoneCodes", "must be of 400 to 499");
    }
}

fn check_credentials(settings: &Settings, draft: &IntegrationDraft, faults: &mut Faults) {
    let mut required = vec!["clientId", "clientSecret"];
    if settings.static_header_name.is_some() {
        required.push(STATIC_HEADER_VALUE);
    }
    if settings.lifecycle_source == LifecycleSource::DataAction {
        required.push(DATA_ACTION_BEARER);
    }
    faults.require_credentials(draft, &required, &INBOUND_CREDENTIALS);
    for name in INBOUND_CREDENTIALS {
        let short = |value: &secrecy::SecretString| value.expose_secret().chars().count() < secret::MIN_SECRET_CHARS;
        if draft.credentials.get(name).is_some_and(short) {
            faults.credential(name, format!("must be at least {} characters", secret::MIN_SECRET_CHARS));
        }
    }
}

fn warnings(settings: &Settings) -> Vec<String> {
    let by_source = match settings.lifecycle_source {
        LifecycleSource::Eventbridge | LifecycleSource::Relay => None,
        LifecycleSource::DataAction => Some(
            "Let the data action also post interactingDurationMs: without it, a representative who leaves cannot be \
             told from one who declined.",
        ),
        LifecycleSource::Poll => Some("With lifecycleSource poll, joining and leaving are noticed only by polling."),
    };
    let rings = settings.promote_on_user_start.then_some("With promoteOnUserStart a session is active while it rings.");
    let teardown = (settings.end_method == EndMethod::Disconnect)
        .then_some("The vendor advises against endMethod disconnect for routine use.");
    [by_source, rings, teardown].into_iter().flatten().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(settings: &Value) -> IntegrationDraft {
        let credentials = [("clientId", "id"), ("clientSecret", "secret")];
        IntegrationDraft {
            settings: settings.as_object().cloned().unwrap(),
            credentials: credentials.map(|(name, value)| (name.to_owned(), value.into())).into(),
        }
    }

    fn minimal() -> Value {
        json!({ "env": "usw2.pure.cloud", "integrationId": "int-1",
                "partnerSource": "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod" })
    }

    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut settings = minimal();
        settings.as_object_mut().unwrap().insert(name.to_owned(), value.into());
        settings
    }

    fn pointers(settings: &Value) -> Vec<String> {
        let faults = validate(&draft(settings), HostPolicy::Public).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let valid = validate(&draft(&minimal()), HostPolicy::Public).unwrap();
        let expected = json!({
            "env": "usw2.pure.cloud", "integrationId": "int-1",
            "partnerSource": "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod",
            "lifecycleSource": "eventbridge", "tokenFallbackTtlSecs": 3600, "attributeMaxBytes": 1900,
            "openSuccessCodes": [], "resendAmbiguousMessages": true, "endMethod": "participant",
            "endGoneCodes": [404, 409, 410], "lifecycleUserIdField": "none", "promoteOnUserStart": false,
            "ewtSource": "none", "surveySource": "ours", "reconcileIdleSecs": 300, "postAgentTimeoutSecs": 300,
            "ratePerMin": 300, "honourRetryAfter": true, "relayAuth": "signature",
        });
        assert_eq!(Value::Object(valid.settings), expected);
        assert_eq!(valid.partner_source.as_deref(), Some("aws.partner/genesys.com/cloud/32aa07aa/handoff-prod"));
        assert_eq!(valid.warnings, Vec::<String>::new());
    }

    #[test]
    fn validated_settings_are_valid_again() {
        let valid = validate(&draft(&minimal()), HostPolicy::Public).unwrap();
        let again = validate(&draft(&Value::Object(valid.settings.clone())), HostPolicy::Public).unwrap();
        assert_eq!(again, valid);
    }

    #[test]
    fn each_wrong_field_is_pointed_at() {
        for (name, value) in [
            ("env", json!("evil.example")),
            ("integrationId", json!("a/b")),
            ("integrationId", json!("")),
            ("apiUrl", json!("https://api.evil.example")),
            ("apiUrl", json!("http://127.0.0.1:1")),
            ("loginUrl", json!("https://usw2.pure.cloud.evil.example")),
            ("staticHeaderName", json!("no header")),
            ("partnerSource", json!("aws.partner/other.com/cloud/x/y")),
            ("partnerSource", Value::Null),
            ("lifecycleSource", json!("webhook")),
            ("tokenFallbackTtlSecs", json!(1)),
            ("attributeMaxBytes", json!(1)),
            ("endMethod", json!("hangup")),
            ("ratePerMin", json!(0)),
            ("surveySource", json!("theirs")),
            ("reconcileIdleSecs", json!("300")),
            ("unheardOf", json!(1)),
        ] {
            let found = pointers(&with(name, value.clone()));
            assert!(found.contains(&format!("/settings/{name}")), "{name}={value}: {found:?}");
        }
        assert_eq!(pointers(&with("openSuccessCodes", json!([200, 404]))), ["/settings/openSuccessCodes"]);
        assert_eq!(pointers(&with("endGoneCodes", json!([404, "x"]))), ["/settings/endGoneCodes/1"]);
        assert_eq!(pointers(&json!({})), ["/settings/env", "/settings/integrationId", "/settings/partnerSource"]);
    }

    #[test]
    fn a_setting_that_needs_a_secret_asks_for_it() {
        assert_eq!(pointers(&with("lifecycleSource", "data_action")), ["/credentials/dataActionBearer"]);
        assert_eq!(pointers(&with("staticHeaderName", "x-tenant")), ["/credentials/staticHeaderValue"]);
        let mut short = draft(&with("lifecycleSource", "data_action"));
        short.credentials.insert("dataActionBearer".to_owned(), "short".into());
        assert!(validate(&short, HostPolicy::Public).is_err());
        short.credentials.insert("dataActionBearer".to_owned(), "bearer-of-16-chars".into());
        let valid = validate(&short, HostPolicy::Public).unwrap();
        assert_eq!(valid.partner_source, None);
    }

    #[test]
    fn other_hosts_are_allowed_for_the_vendor_and_for_simulations() {
        assert!(validate(&draft(&with("apiUrl", "https://api.mypurecloud.de")), HostPolicy::Public).is_ok());
        assert!(validate(&draft(&with("apiUrl", "http://127.0.0.1:8081")), HostPolicy::Simulated).is_ok());
    }
}
