//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::HostPolicy;
use crate::draft::held::Sent;

const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n";
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAAA\n-----END PUBLIC KEY-----\n";
const CHANNEL: &[&str] = &["clientId", "clientSecret"];
const REST: &[&str] = &["clientId", "clientSecret", "restClientId", "restClientSecret"];

fn by(credentials: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let secret = |name: &str| match name {
        "privateKeyPem" => PRIVATE_KEY,
        "jwePublicKeyPem" => PUBLIC_KEY,
        _ => "value",
    };
    credentials.iter().map(|name| (*name, secret(name))).collect()
}

fn with(extra: Value) -> Sent<Settings> {
    let webhook = json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-b3a3" });
    Sent::new(webhook, &by(CHANNEL)).with(extra)
}

fn rest(extra: Value) -> Sent<Settings> {
    let interface = json!({ "host": "https://platform.kore.ai", "appId": "st-b3a3", "accountId": "acc-1" });
    with(interface).by(&by(REST)).with(extra)
}

#[test]
fn the_table_is_kept_with_the_defaults_of_the_contract() {
    let defaults = json!({
        "lifecycleSource": "relay+poll", "agentTextSource": "channel", "relayAuth": "signature",
        "jwtAlg": "HS256", "jwtTtlSecs": 300, "jwtExtra": "none",
        "openEvent": "text", "openText": "talk to a person", "languageField": "interactiveLanguage",
        "availabilityCheck": false, "availabilityQueueIds": [], "availabilitySkillIds": [], "attachmentMaxMb": 25,
        "endMode": "text_then_closure", "endText": "The customer has left the chat.",
        "userIdPointer": ["/to", "/to/id"], "sessionLookup": "relay",
        "restStatusMap": { "OPEN": "queued", "OVERDUE": "requeued", "ACTIVE": "active", "CLOSED": "ended",
                           "TERMINATED": "ended", "IDLE": "keep" },
        "pollIntervalSecs": 10, "confirmProactive": false,
    });
    rest(json!({})).holds("smartassist", &defaults);
    assert_eq!(Value::Object(with(json!({})).valid().settings)["host"], Value::Null);
}

#[test]
fn each_wrong_field_is_pointed_at() {
    rest(json!({})).refuses(&[
        ("webhookUrl", json!("")),
        ("webhookUrl", json!("https://platform.kore.ai")),
        ("webhookUrl", json!("https://platform.kore.ai.evil.example/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("http://platform.kore.ai/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("https://u:p@platform.kore.ai/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("https://platform.kore.ai/chatbot/v2/webhook/st-1?x=1")),
        ("webhookUrl", json!("https://169.254.169.254/chatbot")),
        ("webhookUrl", json!("mailto:a@kore.ai")),
        ("accountId", json!("")),
        ("jwtTtlSecs", json!(5)),
    ]);
    let mapped = rest(json!({ "restStatusMap": { "OPEN": "gone" } }));
    assert_eq!(mapped.wrong(), ["/settings/restStatusMap/OPEN"]);
    assert_eq!(Sent::<Settings>::new(json!({}), &by(CHANNEL)).wrong(), ["/settings/webhookUrl"]);
}

#[test]
fn each_alternative_of_each_setting_is_taken() {
    rest(json!({})).takes(&[
        json!({ "webhookUrl": "https://jp-platform.kore.ai/chatbot/v2/webhook/st-1/hookInstance/ivr-2" }),
        json!({ "lifecycleSource": "relay" }),
        json!({ "lifecycleSource": "poll" }),
        json!({ "agentTextSource": "relay" }),
        json!({ "relayAuth": "bearer" }),
        json!({ "relayAuth": "standard_webhooks" }),
        json!({ "jwtAlg": "HS512" }),
        json!({ "jwtTtlSecs": 0 }),
        json!({ "jwtExtra": "jti" }),
        json!({ "openEvent": "on_connect" }),
        json!({ "languageField": "InteractiveLanguage" }),
        json!({ "availabilityCheck": true, "availabilityQueueIds": ["qu-a820"], "availabilitySkillIds": ["sk-1"] }),
        json!({ "attachmentMaxMb": 0 }),
        json!({ "endMode": "closure" }),
        json!({ "endMode": "text" }),
        json!({ "userIdPointer": ["/user/id"] }),
        json!({ "postUrlHeader": "X-Handoff-Secret" }),
        json!({ "sessionLookup": "list_match", "sessionMatchPointer": "/customData/transferId" }),
        json!({ "sessionLookup": "off" }),
        json!({ "restStatusMap": { "WAITING": "queued" } }),
    ]);
    let simulated = with(json!({ "webhookUrl": "http://127.0.0.1:8081/chatbot/v2/webhook/st-1" }));
    assert!(simulated.checked(HostPolicy::Simulated).is_ok());
    assert_eq!(simulated.wrong(), ["/settings/webhookUrl"]);
}

#[test]
fn each_way_to_sign_has_its_credentials() {
    for (extra, needed) in [
        (json!({ "jwtAlg": "HS512" }), &["clientId", "clientSecret"][..]),
        (json!({ "jwtAlg": "RS256" }), &["clientId", "privateKeyPem"]),
        (json!({ "jwtAlg": "RS512" }), &["clientId", "privateKeyPem"]),
        (json!({ "jwtExtra": "jwe" }), &["clientId", "clientSecret", "jwePublicKeyPem"]),
        (json!({ "jwtExtra": "jti_jwe" }), &["clientId", "clientSecret", "jwePublicKeyPem"]),
    ] {
        let sent = with(extra);
        sent.by(&by(needed)).valid();
        let missing: Vec<String> = needed.iter().map(|name| format!("/credentials/{name}")).collect();
        assert_eq!(sent.by(&[]).wrong(), missing);
        assert_eq!(sent.by(&by(&[needed, &["other"]].concat())).wrong(), ["/credentials/other"]);
    }
    for wrong in
        ["no key", PUBLIC_KEY, "-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"]
    {
        let forged = with(json!({ "jwtAlg": "RS256" })).by(&[("clientId", "value"), ("privateKeyPem", wrong)]);
        let faults = forged.checked(HostPolicy::Public).unwrap_err();
        assert_eq!(faults[0].pointer, "/credentials/privateKeyPem", "{wrong}");
        assert!(!format!("{faults:?}").contains("no key"));
    }
}

#[test]
fn what_asks_the_rest_interface_needs_all_of_its_fields() {
    let fields = ["/settings/host", "/settings/appId", "/settings/accountId"];
    let all = [&fields[..], &["/credentials/restClientId", "/credentials/restClientSecret"]].concat();
    assert_eq!(with(json!({ "lifecycleSource": "poll" })).wrong(), all);
    assert_eq!(with(json!({ "availabilityCheck": true })).wrong(), all);
    assert_eq!(with(json!({})).by(&by(REST)).wrong(), fields);
    assert_eq!(with(json!({ "host": "https://platform.kore.ai" })).wrong(), all[1..]);
    assert_eq!(rest(json!({ "sessionLookup": "list_match" })).wrong(), ["/settings/sessionMatchPointer"]);
    with(json!({ "appId": "st-b3a3" })).valid();
}

#[test]
fn what_is_unverified_or_weak_is_warned_of() {
    let encrypted = by(&["clientId", "clientSecret", "jwePublicKeyPem"]);
    for (sent, word, is_warned) in [
        (with(json!({})), "proactive", true),
        (with(json!({ "confirmProactive": true })), "proactive", false),
        (with(json!({})), "polled", true),
        (rest(json!({})), "polled", false),
        (rest(json!({ "lifecycleSource": "poll" })), "list_match", true),
        (with(json!({ "relayAuth": "bearer" })), "not signed", true),
        (with(json!({})), "path only", true),
        (with(json!({ "postUrlHeader": "x-secret" })), "path only", false),
        (with(json!({ "jwtExtra": "jwe" })).by(&encrypted), "assumption", true),
    ] {
        let warnings = sent.valid().warnings;
        assert_eq!(warnings.iter().any(|warning| warning.contains(word)), is_warned, "{word}: {sent:?}");
    }
}
