//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::draft::{held, validate};
use crate::{HostPolicy, IntegrationDraft};

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
    let faults = validate::<Settings>(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

const OAUTH: &[&str] = &["clientId", "clientSecret"];

#[test]
fn settings_and_page_are_those_of_the_table() {
    held::holds::<Settings>("servicenow");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let valid = validate::<Settings>(&draft(&with("mtls", "off"), OAUTH), HostPolicy::Public).unwrap();
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
    let again =
        validate::<Settings>(&draft(&Value::Object(valid.settings.clone()), OAUTH), HostPolicy::Public).unwrap();
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
        assert!(validate::<Settings>(&draft(&settings, needed), HostPolicy::Public).is_ok(), "{method} {grant}");
        let missing: Vec<String> = needed.iter().map(|name| format!("/credentials/{name}")).collect();
        assert_eq!(pointers(&settings, &[]), missing);
        assert_eq!(pointers(&settings, &[needed, &["other"]].concat()), ["/credentials/other"]);
    }
    let mut settings = with("authMethod", "message_hash");
    settings.as_object_mut().unwrap().insert("tableLookup".to_owned(), true.into());
    assert_eq!(pointers(&settings, &["messageSecret"]), ["/settings/tableLookup"]);
}

#[test]
fn what_completed_means_is_warned_of_where_it_is_not_the_usual() {
    for (value, warnings) in [("always", 1), ("unless_agent_text", 0), ("never", 1)] {
        let valid = validate::<Settings>(&draft(&with("completedEnds", value), OAUTH), HostPolicy::Public).unwrap();
        assert_eq!(valid.warnings.len(), warnings, "{value}");
    }
}
