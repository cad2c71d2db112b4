//! What the fields may be, and what they are by default.

use serde_json::json;

use super::Settings;
use crate::draft::held::Sent;

const OAUTH: &[&str] = &["clientId", "clientSecret"];

fn by(credentials: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    credentials.iter().map(|name| (*name, "value")).collect()
}

fn minimal() -> Sent<Settings> {
    Sent::new(json!({ "instanceUrl": "https://acme.service-now.com", "appInboundId": "acme-ai" }), &by(OAUTH))
}

#[test]
fn the_table_is_kept_with_the_defaults_of_the_contract() {
    let defaults = json!({
        "authMethod": "oauth2", "oauthGrant": "client_credentials", "tokenFallbackTtlSecs": 1800,
        "handoffAction": "start_live_agent_only", "handoffText": "Live Agent Support.", "agentActionRepeat": 1, "contextVariables": {},
        "correlationOrder": ["clientSessionId", "clientVariables", "interactionId"], "tableLookup": false,
        "resendAmbiguousMessages": true, "webhookAuth": "header_secret", "webhookHeaderName": "X-Handoff-Secret",
        "mtls": "off", "systemTextField": ["message", "value", "label"],
        "endTexts": ["There are no agents", "Thank you for using", "having technical issues and"],
        "noAgentTexts": ["There are no agents"], "outsideHoursTexts": [], "completedEnds": "unless_agent_text",
        "postAgentStep": false, "relayAuth": "signature",
    });
    minimal().holds("servicenow", &defaults);
}

#[test]
fn each_wrong_field_is_pointed_at() {
    minimal().refuses(&[
        ("instanceUrl", json!("https://acme.service-now.com.evil.example")),
        ("instanceUrl", json!("https://169.254.169.254")),
        ("instanceUrl", json!("")),
        ("webhookUser", json!("a:b")),
    ]);
    let wrong = |extra| minimal().with(extra).wrong();
    assert_eq!(wrong(json!({ "contextVariables": { "a": 1.0 } })), ["/settings/contextVariables/a"]);
    assert_eq!(wrong(json!({ "webhookAuth": "basic" })), ["/settings/webhookUser"]);
    let nothing = Sent::<Settings>::new(json!({}), &by(OAUTH)).wrong();
    assert_eq!(nothing, ["/settings/instanceUrl", "/settings/appInboundId"]);
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
        let sent = minimal().with(json!({ "authMethod": method, "oauthGrant": grant }));
        sent.by(&by(needed)).valid();
        let missing: Vec<String> = needed.iter().map(|name| format!("/credentials/{name}")).collect();
        assert_eq!(sent.by(&[]).wrong(), missing);
        assert_eq!(sent.by(&by(&[needed, &["other"]].concat())).wrong(), ["/credentials/other"]);
    }
    let lookup = minimal().with(json!({ "authMethod": "message_hash", "tableLookup": true }));
    assert_eq!(lookup.by(&by(&["messageSecret"])).wrong(), ["/settings/tableLookup"]);
}

#[test]
fn what_completed_means_is_warned_of_where_it_is_not_the_usual() {
    for (value, warnings) in [("always", 1), ("unless_agent_text", 0), ("never", 1)] {
        let valid = minimal().with(json!({ "tableLookup": true, "completedEnds": value })).valid();
        assert_eq!(valid.warnings.len(), warnings, "{value}");
    }
}

#[test]
fn that_nobody_can_be_asked_about_an_end_is_warned_of() {
    let warned = minimal().valid().warnings;
    assert!(warned.iter().any(|it| it.starts_with("Without tableLookup")), "{warned:?}");
    assert_eq!(minimal().with(json!({ "tableLookup": true })).valid().warnings, Vec::<String>::new());
}
