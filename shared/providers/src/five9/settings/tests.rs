//! What the fields may be, what they are by default, and what follows from them.

use serde_json::json;

use super::{Meaning, Settings, host_url};
use crate::HostPolicy;
use crate::draft::{held::Sent, typed};

const KEYS: &[(&str, &str)] = &[("clientKey", "value"), ("clientSecret", "value")];

fn classic() -> Sent<Settings> {
    Sent::new(json!({ "tenantName": "Acme Inc", "campaignName": "AI Handoff" }), KEYS)
}

fn open_messaging() -> Sent<Settings> {
    let settings = json!({ "flavor": "open_messaging", "region": "eu", "domainId": "131096", "deliveryProfileId": "dp-1",
                           "campaignName": "AI Handoff", "campaignHandle": "Chat" });
    Sent::new(settings, KEYS)
}

#[test]
fn the_table_is_kept_with_the_defaults_of_the_contract() {
    let defaults = json!({
        "flavor": "classic", "host": "app.five9.com",
        "authMode": "anonymous", "authScheme": "bearer_hyphen", "on401": "end", "oauthStyle": "basic",
        "oauthScope": "openmessaging:read openmessaging:write", "pathOverrides": {}, "fieldAliases": {},
        "availabilityCheck": "off", "conversationType": "Generic", "sendPriority": false, "routingFields": {},
        "historyMaxBytes": 4000, "waitActive": 6, "waitActiveIntervalSecs": 3, "attachments": "off",
        "sendAcks": false, "endMethod": "post_terminate", "endParticipantSource": "accept_from", "eventMap": {},
        "webhookAuth": "path_secret", "webhookHeaderName": "X-Handoff-Secret", "ipAllowList": [],
        "agentChangeByName": true, "ratePerMin": 60, "relayAuth": "signature",
    });
    classic().by(&[]).holds("five9", &defaults);
    assert_eq!(classic().valid().warnings.len(), 1);
}

#[test]
fn each_alternative_is_valid() {
    classic().takes(&[
        json!({ "host": "app-scl.five9.com:443" }),
        json!({ "host": "app.nld1.eu.five9.com" }),
        json!({ "host": "app.eu.five9.eu" }),
        json!({ "host": "app.ca.five9.eu" }),
        json!({ "host": "app.five9.eu" }),
        json!({ "host": "app.five9.ca" }),
        json!({ "authScheme": "bearer" }),
        json!({ "on401": "fail_call" }),
        json!({ "pathOverrides": { "info": "/v2/{conversationId}", "anonymousAuth": "/auth?x=1" } }),
        json!({ "fieldAliases": { "farmId": "farm.id", "attributeSkills": "Custom.skills", "attributeSummary": "" } }),
        json!({ "conversationType": "RCS" }),
        json!({ "conversationType": "WHATSAPP" }),
        json!({ "sendPriority": true }),
        json!({ "routingFields": { "skill": "billing" } }),
        json!({ "historyMaxBytes": 0 }),
        json!({ "waitActive": 0 }),
        json!({ "attachments": "upload" }),
        json!({ "sendAcks": true }),
        json!({ "endMethod": "none" }),
        json!({ "eventMap": { "terminate": "agent_left", "WHISPER": "annotation" } }),
        json!({ "webhookAuth": "header_secret" }),
        json!({ "ipAllowList": ["198.51.100.0/24", "2001:db8::1"] }),
        json!({ "agentChangeByName": false }),
    ]);
    open_messaging().takes(&[
        json!({ "region": "in" }),
        json!({ "apiUrl": "https://api.prod.uk.five9.net" }),
        json!({ "oauthStyle": "body" }),
        json!({ "oauthScope": "api" }),
        json!({ "endParticipantSource": "omit" }),
        json!({ "endParticipantSource": "skip" }),
    ]);
}

#[test]
fn each_wrong_field_is_pointed_at() {
    classic().by(&[]).refuses(&[
        ("tenantName", json!("")),
        ("host", json!("five9.com.evil.example")),
        ("host", json!("169.254.169.254")),
        ("pathOverrides", json!({ "info": "//evil.example" })),
        ("pathOverrides", json!({ "dance": "/x" })),
        ("fieldAliases", json!({ "farmId": "a..b" })),
        ("fieldAliases", json!({ "farmId": "" })),
        ("fieldAliases", json!({ "dance": "x" })),
        ("eventMap", json!({ "create": "dance" })),
        ("ipAllowList", json!(["five9.com"])),
    ]);
    let nothing = Sent::<Settings>::new(json!({}), &[]).wrong();
    assert_eq!(nothing, ["/settings/campaignName", "/settings/tenantName"]);
}

#[test]
fn open_messaging_needs_its_own_fields_and_credentials() {
    let bare = Sent::<Settings>::new(json!({ "flavor": "open_messaging", "campaignName": "AI Handoff" }), &[]);
    let missing = [
        "/settings/region",
        "/settings/domainId",
        "/settings/deliveryProfileId",
        "/settings/campaignHandle",
        "/credentials/clientKey",
        "/credentials/clientSecret",
    ];
    assert_eq!(bare.wrong(), missing);
    let further = |name| [KEYS, &[(name, "value")]].concat();
    assert_eq!(open_messaging().by(&further("username")).wrong(), ["/credentials/username"]);
    open_messaging().refuses(&[("apiUrl", json!("https://api.evil.example"))]);
    assert_eq!(open_messaging().valid().warnings.len(), 2);
    assert_eq!(classic().by(&[("password", "value")]).wrong(), ["/credentials/password"]);
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
    let mut settings: Settings = typed(&classic().valid().settings).unwrap();
    assert_eq!(settings.meaning("TRANSFER_TO_GROUP"), Some(Meaning::Queued));
    assert_eq!(settings.meaning("whisper"), None);
    settings.event_map.insert("Terminate".to_owned(), Meaning::AgentLeft);
    assert_eq!(settings.meaning("terminate"), Some(Meaning::AgentLeft));
    assert_eq!(settings.meaning("TERMINATE"), Some(Meaning::AgentLeft));
}
