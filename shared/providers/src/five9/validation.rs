//! The rules for the fields of a Five9 integration.

use serde_json::Value;

use super::allow_list::is_range;
use super::fields::Field;
use super::settings::{Flavor, OPEN_MESSAGING_DOMAINS, Settings, WebhookAuth, host_url};
use crate::draft::{Faults, decode, encode};
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration, hosts};

const MAX_NAME_CHARS: usize = 128;
const MAX_ENTRIES: usize = 100;
const MAX_PATH_CHARS: usize = 256;
const MAX_ROUTING_BYTES: usize = 4096;

/// A day: no timer of a conversation is longer.
const MAX_SECS: u32 = 86_400;

/// Checks the fields, and says which are wrong.
pub(super) fn validate(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let settings: Settings = decode(&draft.settings, &mut faults);
    faults.require_setting("campaignName", &settings.campaign_name, MAX_NAME_CHARS);
    if let Err(rule) = host_url(&settings.host, hosts) {
        faults.setting("host", rule);
    }
    let open_messaging: &[&str] = &["clientKey", "clientSecret"];
    match settings.flavor {
        Flavor::Classic => {
            faults.require_setting("tenantName", &settings.tenant_name, MAX_NAME_CHARS);
            // Kept from a time with the other flavour.
            faults.require_credentials(draft, &[], open_messaging);
        }
        Flavor::OpenMessaging => {
            check_open_messaging(&settings, hosts, &mut faults);
            faults.require_credentials(draft, open_messaging, &[]);
        }
    }
    check_overrides(&settings, &mut faults);
    check_webhook(&settings, &mut faults);
    check_numbers(&settings, &mut faults);
    faults.or(ValidIntegration {
        warnings: warnings(&settings),
        targets: settings.targets(),
        settings: encode(&settings),
        partner_source: None,
    })
}

fn check_open_messaging(settings: &Settings, hosts: HostPolicy, faults: &mut Faults) {
    if settings.region.is_none() {
        faults.setting("region", "is required with flavor open_messaging");
    }
    if let Some(Err(rule)) = settings.api_url.as_ref().map(|url| hosts::base_url(url, hosts, OPEN_MESSAGING_DOMAINS)) {
        faults.setting("apiUrl", rule);
    }
    for (name, value) in [
        ("domainId", &settings.domain_id),
        ("deliveryProfileId", &settings.delivery_profile_id),
        ("campaignHandle", &settings.campaign_handle),
        ("oauthScope", &settings.oauth_scope),
    ] {
        faults.require_setting(name, value, MAX_NAME_CHARS);
    }
}

fn check_overrides(settings: &Settings, faults: &mut Faults) {
    if !settings.path_overrides.are_valid() {
        faults.setting("pathOverrides", "must be absolute paths of URL characters, with known places in braces");
    }
    let is_path = |path: &String| {
        let parts = path.split('.').all(|part| !part.is_empty());
        parts && path.chars().count() <= MAX_PATH_CHARS && !path.chars().any(char::is_control)
    };
    let fits = |(field, path): (&Field, &String)| is_path(path) || (path.is_empty() && field.is_attribute());
    if !settings.field_aliases.0.iter().all(fits) {
        faults.setting("fieldAliases", format!("must be names of 1 to {MAX_PATH_CHARS} characters, with dots between"));
    }
    if settings.event_map.len() > MAX_ENTRIES || !settings.event_map.keys().all(|event| is_word(event)) {
        faults.setting("eventMap", format!("must be at most {MAX_ENTRIES} events of A-Z a-z 0-9 _ -"));
    }
    if !is_word(&settings.conversation_type) {
        faults.setting("conversationType", "must be of A-Z a-z 0-9 _ -");
    }
    if Value::Object(settings.routing_fields.clone()).to_string().len() > MAX_ROUTING_BYTES {
        faults.setting("routingFields", format!("must be at most {MAX_ROUTING_BYTES} bytes of JSON"));
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn check_webhook(settings: &Settings, faults: &mut Faults) {
    if http::HeaderName::from_bytes(settings.webhook_header_name.as_bytes()).is_err() {
        faults.setting("webhookHeaderName", "must be the name of a header");
    }
    let ranges = &settings.ip_allow_list;
    if ranges.len() > MAX_ENTRIES || !ranges.iter().all(|range| is_range(range)) {
        faults.setting(
            "ipAllowList",
            format!("must be at most {MAX_ENTRIES} addresses or ranges such as 198.51.100.0/24"),
        );
    }
}

fn check_numbers(settings: &Settings, faults: &mut Faults) {
    faults.require_seconds("waitActive", settings.wait_active.into(), 0, 20);
    faults.require_seconds("waitActiveIntervalSecs", settings.wait_active_interval_secs, 1, 30);
    faults.require_seconds("reconcileIdleSecs", settings.reconcile_idle_secs, 30, MAX_SECS);
    faults.require_seconds("ratePerMin", settings.rate_per_min, 1, 60_000);
    if settings.history_max_bytes > 65_536 {
        faults.setting("historyMaxBytes", "must be 0 to 65536");
    }
}

fn warnings(settings: &Settings) -> Vec<String> {
    let unverified = match settings.flavor {
        Flavor::Classic => {
            "Paths and fields of Five9's classic interface come from other implementations: compare them with Five9's \
             own reference, and correct them by pathOverrides and fieldAliases."
        }
        Flavor::OpenMessaging => {
            "Paths and fields of Five9 Open Messaging come from one public implementation: compare them with Five9's own \
             reference, and correct them by pathOverrides and fieldAliases."
        }
    };
    let unsigned = (settings.flavor == Flavor::OpenMessaging && settings.webhook_auth == WebhookAuth::PathSecret)
        .then_some("Webhooks are protected by the secret in their path only.");
    std::iter::once(unverified).chain(unsigned).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const KEYS: &[&str] = &["clientKey", "clientSecret"];

    fn draft(settings: &Value, credentials: &[&str]) -> IntegrationDraft {
        let credentials = credentials.iter().map(|name| ((*name).to_owned(), "value".into())).collect();
        IntegrationDraft { settings: settings.as_object().cloned().unwrap(), credentials }
    }

    fn classic() -> Value {
        json!({ "tenantName": "Acme Inc", "campaignName": "AI Handoff" })
    }

    fn open_messaging() -> Value {
        json!({ "flavor": "open_messaging", "region": "eu", "domainId": "131096", "deliveryProfileId": "dp-1",
                "campaignName": "AI Handoff", "campaignHandle": "Chat" })
    }

    fn with(mut settings: Value, name: &str, value: impl Into<Value>) -> Value {
        settings.as_object_mut().unwrap().insert(name.to_owned(), value.into());
        settings
    }

    fn pointers(settings: &Value, credentials: &[&str]) -> Vec<String> {
        let faults = validate(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let valid = validate(&draft(&classic(), &[]), HostPolicy::Public).unwrap();
        let expected = json!({
            "flavor": "classic", "tenantName": "Acme Inc", "campaignName": "AI Handoff", "host": "app.five9.com",
            "authMode": "anonymous", "authScheme": "bearer_hyphen", "on401": "end", "oauthStyle": "basic",
            "oauthScope": "openmessaging:read openmessaging:write", "pathOverrides": {}, "fieldAliases": {},
            "availabilityCheck": "off", "conversationType": "Generic", "sendPriority": false, "routingFields": {},
            "historyMaxBytes": 4000, "waitActive": 6, "waitActiveIntervalSecs": 3, "attachments": "off",
            "sendAcks": false, "endMethod": "post_terminate", "endParticipantSource": "accept_from", "eventMap": {},
            "webhookAuth": "path_secret", "webhookHeaderName": "X-Handoff-Secret", "ipAllowList": [],
            "agentChangeByName": true, "reconcileIdleSecs": 120, "ratePerMin": 60, "relayAuth": "signature",
        });
        assert_eq!(Value::Object(valid.settings.clone()), expected);
        assert_eq!(valid.warnings.len(), 1);
        let again = validate(&draft(&Value::Object(valid.settings.clone()), &[]), HostPolicy::Public).unwrap();
        assert_eq!(again, valid);
    }

    #[test]
    fn each_alternative_is_valid() {
        for (name, value) in [
            ("host", json!("app-scl.five9.com:443")),
            ("host", json!("app.nld1.eu.five9.com")),
            ("host", json!("app.eu.five9.eu")),
            ("host", json!("app.ca.five9.eu")),
            ("host", json!("app.five9.eu")),
            ("host", json!("app.five9.ca")),
            ("authScheme", json!("bearer")),
            ("on401", json!("fail_call")),
            ("pathOverrides", json!({ "info": "/v2/{conversationId}", "anonymousAuth": "/auth?x=1" })),
            (
                "fieldAliases",
                json!({ "farmId": "farm.id", "attributeSkills": "Custom.skills", "attributeSummary": "" }),
            ),
            ("conversationType", json!("RCS")),
            ("conversationType", json!("WHATSAPP")),
            ("sendPriority", json!(true)),
            ("routingFields", json!({ "skill": "billing" })),
            ("historyMaxBytes", json!(0)),
            ("waitActive", json!(0)),
            ("attachments", json!("upload")),
            ("sendAcks", json!(true)),
            ("endMethod", json!("none")),
            ("eventMap", json!({ "terminate": "agent_left", "WHISPER": "annotation" })),
            ("webhookAuth", json!("header_secret")),
            ("ipAllowList", json!(["198.51.100.0/24", "2001:db8::1"])),
            ("agentChangeByName", json!(false)),
        ] {
            let settings = with(classic(), name, value.clone());
            assert!(validate(&draft(&settings, KEYS), HostPolicy::Public).is_ok(), "{name}={value}");
        }
        for (name, value) in [
            ("region", json!("in")),
            ("apiUrl", json!("https://api.prod.uk.five9.net")),
            ("oauthStyle", json!("body")),
            ("oauthScope", json!("api")),
            ("endParticipantSource", json!("omit")),
            ("endParticipantSource", json!("skip")),
        ] {
            let settings = with(open_messaging(), name, value.clone());
            assert!(validate(&draft(&settings, KEYS), HostPolicy::Public).is_ok(), "{name}={value}");
        }
    }

    #[test]
    fn each_wrong_field_is_pointed_at() {
        for (name, value) in [
            ("flavor", json!("legacy")),
            ("tenantName", json!("")),
            ("campaignName", json!("a\nb")),
            ("host", json!("five9.com.evil.example")),
            ("host", json!("169.254.169.254")),
            ("authMode", json!("supervisor")),
            ("authScheme", json!("basic")),
            ("on401", json!("retry")),
            ("region", json!("mars")),
            ("oauthStyle", json!("header")),
            ("pathOverrides", json!({ "info": "//evil.example" })),
            ("fieldAliases", json!({ "farmId": "a..b" })),
            ("fieldAliases", json!({ "farmId": "" })),
            ("availabilityCheck", json!("on")),
            ("conversationType", json!("a b")),
            ("routingFields", json!([])),
            ("historyMaxBytes", json!(70_000)),
            ("waitActive", json!(21)),
            ("waitActiveIntervalSecs", json!(0)),
            ("attachments", json!("inline")),
            ("endMethod", json!("hangup")),
            ("endParticipantSource", json!("guess")),
            ("eventMap", json!({ "": "queued" })),
            ("webhookAuth", json!("none")),
            ("webhookHeaderName", json!("no header")),
            ("ipAllowList", json!(["five9.com"])),
            ("reconcileIdleSecs", json!(1)),
            ("ratePerMin", json!(0)),
            ("unheardOf", json!(1)),
        ] {
            let found = pointers(&with(classic(), name, value.clone()), &[]);
            let pointer = format!("/settings/{name}");
            assert!(found.contains(&pointer), "{name}={value}: {found:?}");
        }
        for (name, value) in [
            ("pathOverrides", json!({ "dance": "/x" })),
            ("fieldAliases", json!({ "dance": "x" })),
            ("eventMap", json!({ "create": "dance" })),
        ] {
            let found = pointers(&with(classic(), name, value.clone()), &[]);
            assert!(found.iter().any(|found| found.starts_with(&format!("/settings/{name}"))), "{name}: {found:?}");
        }
        assert_eq!(pointers(&json!({}), &[]), ["/settings/campaignName", "/settings/tenantName"]);
    }

    #[test]
    fn open_messaging_needs_its_own_fields_and_credentials() {
        let bare = json!({ "flavor": "open_messaging", "campaignName": "AI Handoff" });
        let missing = [
            "/settings/region",
            "/settings/domainId",
            "/settings/deliveryProfileId",
            "/settings/campaignHandle",
            "/credentials/clientKey",
            "/credentials/clientSecret",
        ];
        assert_eq!(pointers(&bare, &[]), missing);
        assert_eq!(pointers(&open_messaging(), &["clientKey", "clientSecret", "username"]), ["/credentials/username"]);
        let elsewhere = with(open_messaging(), "apiUrl", "https://api.evil.example");
        assert_eq!(pointers(&elsewhere, KEYS), ["/settings/apiUrl"]);
        let valid = validate(&draft(&open_messaging(), KEYS), HostPolicy::Public).unwrap();
        assert_eq!(valid.warnings.len(), 2);
        assert_eq!(pointers(&classic(), &["password"]), ["/credentials/password"]);
    }
}
