//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::HostPolicy;
use crate::draft::held::Sent;

const SOURCE: &str = "aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx0000000001EAA";

/// In the form of a key, without being one: a sequence in base64.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAAA\nAAAA\n-----END PRIVATE KEY-----\n";

fn byoc() -> Sent<Settings> {
    let settings = json!({
        "orgId15": "00Dxx0000000001", "myDomain": "acme", "consumerKey": "key-1", "username": "bot@example.com",
        "authContext": "acme_Handoff", "channelAddressIdentifier": "72a6a4ec-acbc-44f6-b2b9-e444248ca843",
        "eventApiName": "Handoff_Outbound__e", "partnerSource": SOURCE,
    });
    Sent::new(settings, &[("privateKeyPem", KEY)])
}

fn miaw() -> Sent<Settings> {
    let settings = json!({ "product": "miaw", "orgId15": "00Dxx0000000001", "esDeveloperName": "Handoff",
                           "scrtUrl": "https://acme.my.salesforce-scrt.com" });
    Sent::new(settings, &[])
}

#[test]
fn the_table_is_kept_with_the_defaults_of_the_contract() {
    let defaults = json!({
        "product": "byoc", "loginHost": "login.salesforce.com", "eventTypeField": "EventType__c",
        "payloadField": "Payload__c", "scrtUrl": "", "esDeveloperName": "", "eventTransport": "event_relay",
        "lifecycleRelay": "required", "agentTextSource": "provider", "jwtExpUnit": "seconds", "tokenCacheSecs": 900,
        "openMode": "interactions", "routingAttributes": ["TransferId", "Summary", "Language", "Priority"],
        "routingAttributeMaxChars": 255, "resendAmbiguousMessages": true, "ackTimestampFormat": "number",
        "outboundTyping": false, "endMode": "try_end_api", "endText": "The customer has left the chat.",
        "useWorkClosed": "annotate", "relayPayloadPointer": "/detail/payload", "pollActiveMs": 2000,
        "pollQueuedMs": 7000, "confirmByocLicence": false,
        "confirmRelayAcceptsByocEvent": false, "confirmRelayPauseOnly": false, "confirmTriggerAllocation": false,
        "confirmFlowTriggers": false, "relayAuth": "signature",
    });
    byoc().holds("salesforce", &defaults);
    assert_eq!(byoc().valid().partner_source.as_deref(), Some(SOURCE));
    let chat = miaw().valid();
    assert_eq!((chat.settings["eventTransport"].as_str(), chat.partner_source), (Some("poll"), None));
}

#[test]
fn each_wrong_field_is_pointed_at() {
    byoc().refuses(&[
        ("orgId15", json!("00Dxx0000000001EAA")),
        ("orgId15", json!("001xx0000000001")),
        ("myDomain", json!("evil.example/x")),
        ("myDomain", json!("Acme")),
        ("myDomain", json!("")),
        ("apiUrl", json!("https://acme.salesforce-scrt.com.evil.example")),
        ("loginHost", json!("login.evil.example")),
        ("loginHost", json!("evil.example#.salesforce.com")),
        ("loginHost", json!(".salesforce.com")),
        ("consumerKey", json!("")),
        ("authContext", json!("acme Handoff")),
        ("authContext", json!("")),
        ("channelAddressIdentifier", json!("")),
        ("eventApiName", json!("1_e")),
        ("eventTypeField", json!("a/b")),
        ("payloadField", json!("")),
        ("partnerSource", Value::Null),
        ("partnerSource", json!("aws.partner/genesys.com/cloud/x/y")),
        ("partnerSource", json!("aws.partner/salesforce.com/00Dxx")),
        ("eventTransport", json!("poll")),
        ("eventTransport", json!("sse")),
        ("relayPayloadPointer", json!("detail")),
    ]);
    let unknown = byoc().with(json!({ "routingAttributes": ["Colour"] }));
    assert_eq!(unknown.wrong(), ["/settings/routingAttributes/0"]);
    miaw().refuses(&[
        ("scrtUrl", json!("https://acme.my.salesforce-scrt.com/path")),
        ("scrtUrl", json!("")),
        ("esDeveloperName", json!("")),
        ("identityIssuer", json!("")),
        ("identityKeyId", json!("a\nb")),
    ]);
    for transport in ["event_relay", "apex_callout", "pubsub"] {
        let found = miaw().with(json!({ "eventTransport": transport })).wrong();
        assert!(found.contains(&"/settings/eventTransport".to_owned()), "{transport}: {found:?}");
    }
}

#[test]
fn each_product_has_its_credentials() {
    assert_eq!(byoc().by(&[]).wrong(), ["/credentials/privateKeyPem"]);
    assert_eq!(byoc().by(&[("privateKeyPem", KEY), ("password", "x")]).wrong(), ["/credentials/password"]);
    assert_eq!(miaw().by(&[("privateKeyPem", KEY)]).wrong(), ["/credentials/privateKeyPem"]);
    miaw().by(&[("identityKeyPem", KEY)]).valid();
    assert_eq!(miaw().by(&[("identityKeyPem", "x")]).wrong(), ["/credentials/identityKeyPem"]);
    let pkcs1 = KEY.replace("PRIVATE", "RSA PRIVATE").replace('\n', "\r\n");
    byoc().by(&[("privateKeyPem", &pkcs1)]).valid();
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
        assert_eq!(byoc().by(&[("privateKeyPem", key)]).wrong(), ["/credentials/privateKeyPem"], "{key:?}");
    }
}

#[test]
fn a_partner_source_is_asked_for_by_its_transport_only() {
    for transport in ["apex_callout", "pubsub"] {
        byoc().with(json!({ "partnerSource": null, "eventTransport": transport })).valid();
        let kept = byoc().with(json!({ "eventTransport": transport })).valid();
        assert_eq!(kept.partner_source, None, "not listened to with {transport}");
    }
}

#[test]
fn what_is_unconfirmed_is_warned_of_where_it_matters() {
    let warnings = |sent: &Sent<Settings>| sent.valid().warnings.join("\n");
    let named = |sent: &Sent<Settings>| {
        let all = warnings(sent);
        let confirms = ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "TriggerAllocation", "FlowTriggers"];
        confirms.iter().filter(|name| all.contains(&format!("confirm{name}"))).copied().collect::<Vec<_>>()
    };
    assert_eq!(named(&byoc()), ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "FlowTriggers"]);
    let callout = byoc().with(json!({ "eventTransport": "apex_callout" }));
    assert_eq!(named(&callout), ["ByocLicence", "TriggerAllocation", "FlowTriggers"]);
    assert_eq!(named(&miaw()), ["FlowTriggers"]);
    let confirmed = byoc().with(json!({ "confirmByocLicence": true, "confirmRelayAcceptsByocEvent": true,
                                        "confirmRelayPauseOnly": true, "confirmFlowTriggers": true }));
    assert_eq!(warnings(&confirmed), "");
    for (sent, extra, expected) in [
        (&confirmed, json!({ "eventTransport": "pubsub" }), "runs all the time"),
        (&miaw(), json!({ "eventTransport": "sse" }), "runs all the time"),
        (&confirmed, json!({ "lifecycleRelay": "off" }), "stay open"),
        (&confirmed, json!({ "openMode": "conversation_first" }), "before the first message"),
    ] {
        assert!(warnings(&sent.with(extra)).contains(expected), "{expected}");
    }
}

#[test]
fn simulations_may_stand_on_this_machine() {
    let local = "http://127.0.0.1:8081";
    for sent in [byoc().with(json!({ "apiUrl": local, "loginUrl": local })), miaw().with(json!({ "scrtUrl": local }))] {
        assert!(sent.checked(HostPolicy::Simulated).is_ok());
    }
}
