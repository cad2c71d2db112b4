//! What the fields may be, what they are by default, and what follows from them.

use serde_json::{Value, json};

use super::{Meaning, Settings, host_url};
use crate::draft::{held, typed, validate};
use crate::{HostPolicy, IntegrationDraft};

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
    let faults = validate::<Settings>(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn settings_and_page_are_those_of_the_table() {
    held::holds::<Settings>("five9");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let valid = validate::<Settings>(&draft(&classic(), &[]), HostPolicy::Public).unwrap();
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
    let again = validate::<Settings>(&draft(&Value::Object(valid.settings.clone()), &[]), HostPolicy::Public).unwrap();
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
        ("fieldAliases", json!({ "farmId": "farm.id", "attributeSkills": "Custom.skills", "attributeSummary": "" })),
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
        assert!(validate::<Settings>(&draft(&settings, KEYS), HostPolicy::Public).is_ok(), "{name}={value}");
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
        assert!(validate::<Settings>(&draft(&settings, KEYS), HostPolicy::Public).is_ok(), "{name}={value}");
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
    let valid = validate::<Settings>(&draft(&open_messaging(), KEYS), HostPolicy::Public).unwrap();
    assert_eq!(valid.warnings.len(), 2);
    assert_eq!(pointers(&classic(), &["password"]), ["/credentials/password"]);
}

#[test]
fn a_host_is_five9s_own_with_or_without_its_port() {
    let url = |host| host_url(host, HostPolicy::Public).map(|url| url.to_string());
    for host in ["app-scl.five9.com:443", "app-scl.five9.com", "https://app-scl.five9.com"] {
        assert_eq!(url(host).as_deref(), Ok("https://app-scl.five9.com/"), "{host}");
    }
    for host in [
        "",
        "five9.com.evil.example",
        "evilfive9.com",
        "app.five9.com/x",
        "app.five9.com@evil.example",
        "http://app.five9.com",
        "app.five9.com:8443",
        "127.0.0.1:80",
        "169.254.169.254",
    ] {
        assert!(url(host).is_err(), "{host}");
    }
}

#[test]
fn a_simulated_host_is_on_this_machine() {
    let url = |host| host_url(host, HostPolicy::Simulated).map(|url| url.to_string());
    assert_eq!(url("127.0.0.1:8081").as_deref(), Ok("http://127.0.0.1:8081/"));
    assert_eq!(url("http://localhost:8081").as_deref(), Ok("http://localhost:8081/"));
    assert_eq!(url("app.five9.com").as_deref(), Ok("https://app.five9.com/"));
    for host in ["evil.example", "http://app.five9.com", "169.254.169.254"] {
        assert!(url(host).is_err(), "{host}");
    }
}

#[test]
fn events_mean_what_the_contract_or_the_setting_says() {
    let mut settings: Settings = typed(classic().as_object().unwrap()).unwrap();
    assert_eq!(settings.meaning("TRANSFER_TO_GROUP"), Some(Meaning::Queued));
    assert_eq!(settings.meaning("whisper"), None);
    settings.event_map.insert("Terminate".to_owned(), Meaning::AgentLeft);
    assert_eq!(settings.meaning("terminate"), Some(Meaning::AgentLeft));
    assert_eq!(settings.meaning("TERMINATE"), Some(Meaning::AgentLeft));
}
