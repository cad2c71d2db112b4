//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::draft::{held, validate};
use crate::{HostPolicy, IntegrationDraft};

const SOURCE: &str = "aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx0000000001EAA";

/// In the form of a key, without being one: a sequence in base64.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAAA\nAAAA\n-----END PRIVATE KEY-----\n";

fn draft(settings: &Value, credentials: &[(&str, &str)]) -> IntegrationDraft {
    IntegrationDraft {
        settings: settings.as_object().cloned().unwrap(),
        credentials: credentials.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
    }
}

fn byoc() -> Value {
    json!({
        "orgId15": "00Dxx0000000001", "myDomain": "acme", "consumerKey": "key-1", "username": "bot@example.com",
        "authContext": "acme_Handoff", "channelAddressIdentifier": "72a6a4ec-acbc-44f6-b2b9-e444248ca843",
        "eventApiName": "Handoff_Outbound__e", "partnerSource": SOURCE,
    })
}

fn miaw() -> Value {
    json!({ "product": "miaw", "orgId15": "00Dxx0000000001", "scrtUrl": "https://acme.my.salesforce-scrt.com",
            "esDeveloperName": "Handoff" })
}

fn with(mut settings: Value, name: &str, value: impl Into<Value>) -> Value {
    settings.as_object_mut().unwrap().insert(name.to_owned(), value.into());
    settings
}

fn pointers_with(settings: &Value, credentials: &[(&str, &str)]) -> Vec<String> {
    let faults = validate::<Settings>(&draft(settings, credentials), HostPolicy::Public).unwrap_err();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

fn pointers(settings: &Value) -> Vec<String> {
    pointers_with(settings, &[("privateKeyPem", KEY)])
}

#[test]
fn settings_and_page_are_those_of_the_table() {
    held::holds::<Settings>("salesforce");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let valid = validate::<Settings>(&draft(&byoc(), &[("privateKeyPem", KEY)]), HostPolicy::Public).unwrap();
    let mut expected = json!({
        "product": "byoc", "loginHost": "login.salesforce.com", "eventTypeField": "EventType__c", "payloadField": "Payload__c",
        "scrtUrl": "", "esDeveloperName": "", "eventTransport": "event_relay", "lifecycleRelay": "required",
        "agentTextSource": "provider", "jwtExpUnit": "seconds", "tokenCacheSecs": 900, "openMode": "interactions",
        "routingAttributes": ["TransferId", "Summary", "Language", "Priority"], "routingAttributeMaxChars": 255,
        "resendAmbiguousMessages": true, "ackTimestampFormat": "number", "outboundTyping": false, "endMode": "try_end_api",
        "endText": "The customer has left the chat.", "useWorkClosed": "annotate", "relayPayloadPointer": "/detail/payload",
        "pollActiveMs": 2000, "pollQueuedMs": 7000, "postAgentTimeoutSecs": 300, "confirmByocLicence": false,
        "confirmRelayAcceptsByocEvent": false, "confirmRelayPauseOnly": false, "confirmTriggerAllocation": false,
        "confirmFlowTriggers": false, "relayAuth": "signature",
    });
    expected.as_object_mut().unwrap().extend(byoc().as_object().cloned().unwrap());
    assert_eq!(Value::Object(valid.settings.clone()), expected);
    assert_eq!(valid.partner_source.as_deref(), Some(SOURCE));
    let again = draft(&Value::Object(valid.settings.clone()), &[("privateKeyPem", KEY)]);
    assert_eq!(validate::<Settings>(&again, HostPolicy::Public), Ok(valid));

    let chat = validate::<Settings>(&draft(&miaw(), &[]), HostPolicy::Public).unwrap();
    assert_eq!((chat.settings["eventTransport"].as_str(), chat.partner_source), (Some("poll"), None));
}

#[test]
fn each_wrong_field_is_pointed_at() {
    for (name, value) in [
        ("product", json!("ccaas")),
        ("orgId15", json!("00Dxx0000000001EAA")),
        ("orgId15", json!("001xx0000000001")),
        ("myDomain", json!("evil.example/x")),
        ("myDomain", json!("Acme")),
        ("myDomain", json!("")),
        ("apiUrl", json!("https://acme.salesforce-scrt.com.evil.example")),
        ("apiUrl", json!("http://127.0.0.1:1")),
        ("loginUrl", json!("https://evil.example")),
        ("loginHost", json!("login.evil.example")),
        ("loginHost", json!("evil.example#.salesforce.com")),
        ("loginHost", json!(".salesforce.com")),
        ("consumerKey", json!("")),
        ("username", json!("a\nb")),
        ("authContext", json!("acme Handoff")),
        ("authContext", json!("")),
        ("channelAddressIdentifier", json!("")),
        ("eventApiName", json!("1_e")),
        ("eventTypeField", json!("a/b")),
        ("payloadField", json!("")),
        ("partnerSource", Value::Null),
        ("partnerSource", json!("aws.partner/genesys.com/cloud/x/y")),
        ("partnerSource", json!("aws.partner/salesforce.com/00Dxx")),
        ("eventTransport", json!("webhook")),
        ("eventTransport", json!("poll")),
        ("eventTransport", json!("sse")),
        ("lifecycleRelay", json!("maybe")),
        ("agentTextSource", json!("both")),
        ("jwtExpUnit", json!("hours")),
        ("tokenCacheSecs", json!(1)),
        ("openMode", json!("later")),
        ("routingAttributes", json!(["TransferId", "TransferId"])),
        ("routingAttributeMaxChars", json!(0)),
        ("ackTimestampFormat", json!("date")),
        ("endMode", json!("never")),
        ("endText", json!("")),
        ("useWorkClosed", json!("end")),
        ("relayPayloadPointer", json!("detail")),
        ("pollActiveMs", json!(1)),
        ("pollQueuedMs", json!("7000")),
        ("postAgentTimeoutSecs", json!(0)),
        ("confirmByocLicence", json!("yes")),
        ("relayAuth", json!("none")),
        ("unheardOf", json!(1)),
    ] {
        let found = pointers(&with(byoc(), name, value.clone()));
        assert!(found.contains(&format!("/settings/{name}")), "{name}={value}: {found:?}");
    }
    assert_eq!(pointers(&with(byoc(), "routingAttributes", json!(["Colour"]))), ["/settings/routingAttributes/0"]);
    for (name, value) in [
        ("scrtUrl", json!("https://acme.my.salesforce-scrt.com/path")),
        ("scrtUrl", json!("")),
        ("esDeveloperName", json!("")),
        ("identityIssuer", json!("")),
        ("identityKeyId", json!("a\nb")),
        ("eventTransport", json!("event_relay")),
        ("eventTransport", json!("apex_callout")),
        ("eventTransport", json!("pubsub")),
    ] {
        let found = pointers_with(&with(miaw(), name, value.clone()), &[]);
        assert!(found.contains(&format!("/settings/{name}")), "{name}={value}: {found:?}");
    }
}

#[test]
fn each_product_has_its_credentials() {
    assert_eq!(pointers_with(&byoc(), &[]), ["/credentials/privateKeyPem"]);
    assert_eq!(pointers_with(&byoc(), &[("privateKeyPem", KEY), ("password", "x")]), ["/credentials/password"]);
    assert_eq!(pointers_with(&miaw(), &[("privateKeyPem", KEY)]), ["/credentials/privateKeyPem"]);
    assert!(validate::<Settings>(&draft(&miaw(), &[("identityKeyPem", KEY)]), HostPolicy::Public).is_ok());
    assert_eq!(pointers_with(&miaw(), &[("identityKeyPem", "x")]), ["/credentials/identityKeyPem"]);
    let pkcs1 = KEY.replace("PRIVATE", "RSA PRIVATE").replace('\n', "\r\n");
    assert!(validate::<Settings>(&draft(&byoc(), &[("privateKeyPem", &pkcs1)]), HostPolicy::Public).is_ok());
    for key in [
        "",
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n%%%%\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END RSA PRIVATE KEY-----",
        &KEY.replace("PRIVATE", "PUBLIC"),
        &KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        &format!("{KEY}\u{0}"),
    ] {
        assert_eq!(pointers_with(&byoc(), &[("privateKeyPem", key)]), ["/credentials/privateKeyPem"], "{key:?}");
    }
}

#[test]
fn a_partner_source_is_asked_for_by_its_transport_only() {
    for transport in ["apex_callout", "pubsub"] {
        let settings = with(with(byoc(), "partnerSource", Value::Null), "eventTransport", transport);
        assert!(
            validate::<Settings>(&draft(&settings, &[("privateKeyPem", KEY)]), HostPolicy::Public).is_ok(),
            "{transport}"
        );
        let kept = with(byoc(), "eventTransport", transport);
        let valid = validate::<Settings>(&draft(&kept, &[("privateKeyPem", KEY)]), HostPolicy::Public).unwrap();
        assert_eq!(valid.partner_source, None, "not listened to with {transport}");
    }
}

#[test]
fn what_is_unconfirmed_is_warned_of_where_it_matters() {
    let warnings = |settings: &Value| {
        let key: &[_] = if settings["product"] == "miaw" { &[] } else { &[("privateKeyPem", KEY)] };
        validate::<Settings>(&draft(settings, key), HostPolicy::Public).unwrap().warnings.join("\n")
    };
    let named = |settings: &Value| {
        let all = warnings(settings);
        let confirms = ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "TriggerAllocation", "FlowTriggers"];
        confirms.iter().filter(|name| all.contains(&format!("confirm{name}"))).copied().collect::<Vec<_>>()
    };
    assert_eq!(named(&byoc()), ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "FlowTriggers"]);
    assert_eq!(
        named(&with(byoc(), "eventTransport", "apex_callout")),
        ["ByocLicence", "TriggerAllocation", "FlowTriggers"]
    );
    assert_eq!(named(&miaw()), ["FlowTriggers"]);
    let mut confirmed = byoc();
    for name in ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "FlowTriggers"] {
        confirmed = with(confirmed, &format!("confirm{name}"), true);
    }
    assert_eq!(warnings(&confirmed), "");
    assert!(warnings(&with(confirmed.clone(), "eventTransport", "pubsub")).contains("runs all the time"));
    assert!(warnings(&with(miaw(), "eventTransport", "sse")).contains("runs all the time"));
    assert!(warnings(&with(confirmed.clone(), "lifecycleRelay", "off")).contains("stay open"));
    assert!(warnings(&with(confirmed, "openMode", "conversation_first")).contains("before the first message"));
}

#[test]
fn simulations_may_stand_on_this_machine() {
    let local = with(with(byoc(), "apiUrl", "http://127.0.0.1:8081"), "loginUrl", "http://127.0.0.1:8081");
    assert!(validate::<Settings>(&draft(&local, &[("privateKeyPem", KEY)]), HostPolicy::Simulated).is_ok());
    assert!(
        validate::<Settings>(&draft(&with(miaw(), "scrtUrl", "http://127.0.0.1:8081"), &[]), HostPolicy::Simulated)
            .is_ok()
    );
}
