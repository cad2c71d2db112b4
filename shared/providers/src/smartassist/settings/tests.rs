use secrecy::SecretString;
use serde_json::{Value, json};

use super::Settings;
use crate::draft::{held, validate};
use crate::{HostPolicy, IntegrationDraft};

const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n";
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAAA\n-----END PUBLIC KEY-----\n";
const CHANNEL: &[&str] = &["clientId", "clientSecret"];
const REST: &[&str] = &["clientId", "clientSecret", "restClientId", "restClientSecret"];

fn secret(name: &str) -> SecretString {
    match name {
        "privateKeyPem" => PRIVATE_KEY.into(),
        "jwePublicKeyPem" => PUBLIC_KEY.into(),
        _ => "value".into(),
    }
}

fn draft(settings: &Value, credentials: &[&str]) -> IntegrationDraft {
    let credentials = credentials.iter().map(|name| ((*name).to_owned(), secret(name))).collect();
    IntegrationDraft { settings: settings.as_object().cloned().unwrap(), credentials }
}

fn with(extra: &Value) -> Value {
    let mut settings = json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-b3a3" });
    settings.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
    settings
}

fn rest(extra: &Value) -> Value {
    let mut settings = with(&json!({ "host": "https://platform.kore.ai", "appId": "st-b3a3", "accountId": "acc-1" }));
    settings.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
    settings
}

fn pointers(settings: &Value, credentials: &[&str]) -> Vec<String> {
    let faults = validate::<Settings>(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn settings_and_page_are_those_of_the_table() {
    held::holds::<Settings>("smartassist");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let valid = validate::<Settings>(&draft(&with(&json!({})), CHANNEL), HostPolicy::Public).unwrap();
    let expected = json!({
        "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-b3a3",
        "lifecycleSource": "relay+poll", "agentTextSource": "channel", "relayAuth": "signature",
        "jwtAlg": "HS256", "jwtTtlSecs": 300, "jwtExtra": "none",
        "openEvent": "text", "openText": "talk to a person", "languageField": "interactiveLanguage",
        "availabilityCheck": false, "availabilityQueueIds": [], "availabilitySkillIds": [], "attachmentMaxMb": 25,
        "endMode": "text_then_closure", "endText": "The customer has left the chat.",
        "userIdPointer": ["/to", "/to/id"], "sessionLookup": "relay",
        "restStatusMap": { "OPEN": "queued", "OVERDUE": "requeued", "ACTIVE": "active", "CLOSED": "ended",
                           "TERMINATED": "ended", "IDLE": "keep" },
        "pollIntervalSecs": 10, "acceptTimeoutSecs": 120, "postAgentTimeoutSecs": 300, "confirmProactive": false,
    });
    assert_eq!(Value::Object(valid.settings.clone()), expected);
    let again =
        validate::<Settings>(&draft(&Value::Object(valid.settings.clone()), CHANNEL), HostPolicy::Public).unwrap();
    assert_eq!(again, valid);
}

#[test]
fn each_wrong_field_is_pointed_at() {
    for (name, value) in [
        ("webhookUrl", json!("")),
        ("webhookUrl", json!("https://platform.kore.ai")),
        ("webhookUrl", json!("https://platform.kore.ai.evil.example/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("http://platform.kore.ai/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("https://u:p@platform.kore.ai/chatbot/v2/webhook/st-1")),
        ("webhookUrl", json!("https://platform.kore.ai/chatbot/v2/webhook/st-1?x=1")),
        ("webhookUrl", json!("https://169.254.169.254/chatbot")),
        ("webhookUrl", json!("mailto:a@kore.ai")),
        ("host", json!("https://evil.example")),
        ("appId", json!("a/b")),
        ("accountId", json!("")),
        ("lifecycleSource", json!("channel")),
        ("agentTextSource", json!("both")),
        ("relayAuth", json!("none")),
        ("jwtAlg", json!("none")),
        ("jwtTtlSecs", json!(5)),
        ("jwtTtlSecs", json!(86_401)),
        ("jwtExtra", json!("jws")),
        ("openEvent", json!("call")),
        ("openText", json!("")),
        ("languageField", json!("language")),
        ("availabilityQueueIds", json!(["a b"])),
        ("availabilitySkillIds", json!([""])),
        ("attachmentMaxMb", json!(1025)),
        ("endMode", json!("hangup")),
        ("endText", json!("")),
        ("userIdPointer", json!([])),
        ("userIdPointer", json!(["to"])),
        ("postUrlHeader", json!("no header")),
        ("sessionLookup", json!("guess")),
        ("sessionMatchPointer", json!("transferId")),
        ("restStatusMap", json!({ "": "keep" })),
        ("pollIntervalSecs", json!(9)),
        ("acceptTimeoutSecs", json!(0)),
        ("postAgentTimeoutSecs", json!(0)),
        ("confirmProactive", json!("yes")),
        ("unheardOf", json!(1)),
    ] {
        let found = pointers(&rest(&json!({ name: value })), REST);
        assert_eq!(found, [format!("/settings/{name}")], "{value}");
    }
    assert_eq!(
        pointers(&rest(&json!({ "restStatusMap": { "OPEN": "gone" } })), REST),
        ["/settings/restStatusMap/OPEN"]
    );
    assert_eq!(pointers(&json!({}), CHANNEL), ["/settings/webhookUrl"]);
}

#[test]
fn each_alternative_of_each_setting_is_taken() {
    for extra in [
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
    ] {
        assert!(validate::<Settings>(&draft(&rest(&extra), REST), HostPolicy::Public).is_ok(), "{extra}");
    }
    let simulated = with(&json!({ "webhookUrl": "http://127.0.0.1:8081/chatbot/v2/webhook/st-1" }));
    assert!(validate::<Settings>(&draft(&simulated, CHANNEL), HostPolicy::Simulated).is_ok());
    assert_eq!(pointers(&simulated, CHANNEL), ["/settings/webhookUrl"]);
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
        assert!(validate::<Settings>(&draft(&with(&extra), needed), HostPolicy::Public).is_ok(), "{extra}");
        let missing: Vec<String> = needed.iter().map(|name| format!("/credentials/{name}")).collect();
        assert_eq!(pointers(&with(&extra), &[]), missing);
        assert_eq!(pointers(&with(&extra), &[needed, &["other"]].concat()), ["/credentials/other"]);
    }
    for wrong in
        ["no key", PUBLIC_KEY, "-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"]
    {
        let mut forged = draft(&with(&json!({ "jwtAlg": "RS256" })), &["clientId", "privateKeyPem"]);
        forged.credentials.insert("privateKeyPem".to_owned(), wrong.into());
        let faults = validate::<Settings>(&forged, HostPolicy::Public).unwrap_err();
        assert_eq!(faults[0].pointer, "/credentials/privateKeyPem", "{wrong}");
        assert!(!format!("{faults:?}").contains("no key"));
    }
}

#[test]
fn what_asks_the_rest_interface_needs_all_of_its_fields() {
    let fields = ["/settings/host", "/settings/appId", "/settings/accountId"];
    let all = [&fields[..], &["/credentials/restClientId", "/credentials/restClientSecret"]].concat();
    assert_eq!(pointers(&with(&json!({ "lifecycleSource": "poll" })), CHANNEL), all);
    assert_eq!(pointers(&with(&json!({ "availabilityCheck": true })), CHANNEL), all);
    assert_eq!(pointers(&with(&json!({})), REST), fields);
    assert_eq!(pointers(&with(&json!({ "host": "https://platform.kore.ai" })), CHANNEL), all[1..]);
    let unnamed = rest(&json!({ "sessionLookup": "list_match" }));
    assert_eq!(pointers(&unnamed, REST), ["/settings/sessionMatchPointer"]);
    assert!(validate::<Settings>(&draft(&with(&json!({ "appId": "st-b3a3" })), CHANNEL), HostPolicy::Public).is_ok());
}

#[test]
fn what_is_unverified_or_weak_is_warned_of() {
    let warned = |settings: &Value, credentials: &[&str], word: &str| {
        let valid = validate::<Settings>(&draft(settings, credentials), HostPolicy::Public).unwrap();
        valid.warnings.iter().any(|warning| warning.contains(word))
    };
    assert!(warned(&with(&json!({})), CHANNEL, "proactive"));
    assert!(!warned(&with(&json!({ "confirmProactive": true })), CHANNEL, "proactive"));
    assert!(warned(&with(&json!({})), CHANNEL, "polled"));
    assert!(!warned(&rest(&json!({})), REST, "polled"));
    assert!(warned(&rest(&json!({ "lifecycleSource": "poll" })), REST, "list_match"));
    assert!(warned(&with(&json!({ "relayAuth": "bearer" })), CHANNEL, "not signed"));
    assert!(warned(&with(&json!({})), CHANNEL, "path only"));
    assert!(!warned(&with(&json!({ "postUrlHeader": "x-secret" })), CHANNEL, "path only"));
    assert!(warned(
        &with(&json!({ "jwtExtra": "jwe" })),
        &["clientId", "clientSecret", "jwePublicKeyPem"],
        "assumption"
    ));
}
