//! Whatever is sent, a parser answers: it never panics, and never invents a session.

use proptest::prelude::*;
use serde_json::{Value, json};
use transfer_domain::{Integration, SourceId};
use transfer_providers::{FIVE9, GENESYS, IntegrationSecrets, SERVICENOW, SMARTASSIST, relay};

use crate::support::{TRANSFER, adapter, header_map, integration, now, request};

fn integrations() -> [Integration; 6] {
    let genesys = json!({ "env": "usw2.pure.cloud", "integrationId": "int-1", "partnerSource": "s" });
    let action = json!({ "env": "usw2.pure.cloud", "integrationId": "int-1", "lifecycleSource": "data_action" });
    let servicenow = json!({ "instanceUrl": "https://acme.service-now.com", "appInboundId": "a" });
    let smartassist = json!({ "webhookUrl": "https://platform.kore.ai/hook", "postUrlHeader": "x-secret" });
    let five9 = json!({ "tenantName": "Acme Inc", "campaignName": "c", "webhookAuth": "header_secret" });
    let chats =
        json!({ "flavor": "open_messaging", "region": "us", "campaignName": "c", "webhookAuth": "header_secret" });
    [
        integration(GENESYS, &genesys),
        integration(GENESYS, &action),
        integration(SERVICENOW, &servicenow),
        integration(SMARTASSIST, &smartassist),
        integration(FIVE9, &five9),
        integration(FIVE9, &chats),
    ]
}

fn parse_everywhere(body: &[u8]) {
    for integration in integrations() {
        let bound = adapter(integration.provider).bind(&integration).unwrap();
        for rest in [&[][..], &["lifecycle"], &["a", "b"], &[TRANSFER, "conversations", "8f1c", "message"]] {
            let request = request(rest, &[("x-hub-signature-256", "sha256=AAAA"), ("authorization", "Bearer x")], body);
            let parsed = bound.parse_webhook(&request, now());
            for event in parsed.iter().flatten() {
                let kept = event.clone().fitted();
                assert!(serde_json::to_vec(&kept).is_ok_and(|json| serde_json::from_slice(&json).ok() == Some(kept)));
            }
            let secrets = IntegrationSecrets::default();
            assert!(bound.authenticate(&secrets, &request).is_err(), "no secret, no entry");
        }
        if let Ok(event) = serde_json::from_slice::<Value>(body) {
            drop(bound.parse_bus_event(&event, now()));
        }
        drop(relay::parse(&integration, &SourceId::new("e").unwrap(), body));
    }
}

#[test]
fn known_monsters_are_answered() {
    let deep = "[".repeat(100_000);
    let deep_parts = (0..100).fold(json!({ "value": "x" }), |inner, _| json!({ "values": [inner] }));
    let nested = json!({ "clientSessionId": TRANSFER, "body": [{ "uiType": "GroupedParts", "values": [deep_parts] }] });
    for body in [
        deep.as_bytes(),
        nested.to_string().as_bytes(),
        b"{\"a\":1e400}",
        b"\xef\xbb\xbf{}",
        b"{\"text\":\"\\ud800\"}",
        b"\xff\xfe\x00",
        b"{\"type\":\"Text\",\"type\":\"Event\",\"__proto__\":{}}",
        b"{\"detail\":{\"eventBody\":{\"eventTime\":9223372036854775807}}}",
        b"{\"text\":\"\\u0000\\u202e\"}",
        b"null",
        b"",
    ] {
        parse_everywhere(body);
    }
}

/// What the parsers look for.
const WORDS: &[&[&str]] = &[
    // The webhook of Genesys, and the life of its conversations.
    &["type", "Text", "Event", "Receipt", "text", "channel", "to", "id", "time", "events", "eventType", "Typing"],
    &["content", "attachment", "url", "conversationId", "detail", "eventBody", "detail-type", "source", "eventTime"],
    &["v2.detail.events.conversation.{id}.user.end", "mediaType", "MESSAGE", "messageType", "OPEN", "eventName"],
    &["user.end", "acd.end", "customer.end"],
    // The envelopes of ServiceNow.
    &["clientSessionId", "clientVariables", "transferId", "interactionId", "body", "uiType", "ActionMsg", "OutputText"],
    &["actionType", "System", "value", "values", "options", "label", "message", "messageId", "waitTime", "8 Seconds"],
    &["4294967295 hours", "StartSpinner", "spinnerType", "wait_time", "agentInfo", "sentFromAgent", "completed"],
    &["agentChat", "score", "requestId"],
    // The relay.
    &["v", "transfer_id", "occurred_at", "seq", "2026-01-12T10:00:05Z", "queued", "closed", "closed_by", "agent"],
    // The channel of SmartAssist.
    &["data", "val", "createdOn", "event", "SESSION_CLOSURE_SUCCESS"],
    // The callbacks of Five9.
    &[
        "correlationId",
        "externalId",
        "displayName",
        "agentData",
        "timestamp",
        "eventSerialNumber",
        "fileData",
        "chatId",
    ],
    &["messageSerialNumber", "payload", "MESSAGE", "TRANSFER_TO_GROUP", "errorCode", "8f1c", TRANSFER],
];

/// JSON of words that a parser looks for, in places where they do not belong.
pub(crate) fn json_of(words: &[&[&'static str]]) -> impl Strategy<Value = Value> {
    let word = prop::sample::select(words.concat());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone().prop_map(str::to_owned), inner), 0..10)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..512)) {
        parse_everywhere(&body);
    }

    #[test]
    fn json_is_answered(body in json_of(WORDS)) {
        parse_everywhere(body.to_string().as_bytes());
    }

    #[test]
    fn addressed_json_is_answered(body in json_of(WORDS)) {
        let mut body = body;
        if let Value::Object(fields) = &mut body {
            fields.insert("clientSessionId".to_owned(), TRANSFER.into());
            fields.insert("conversationId".to_owned(), "c-1".into());
            fields.insert("chatId".to_owned(), "c-1".into());
            fields.insert("eventType".to_owned(), "MESSAGE".into());
            fields.insert("to".to_owned(), TRANSFER.into());
        }
        parse_everywhere(body.to_string().as_bytes());
    }

    #[test]
    fn no_headers_pass_the_relay_by_chance(id in "[ -~]{0,40}", time in "[0-9]{0,14}", signature in "(v[0-9]{0,2},[A-Za-z0-9+/=]{0,44} ?){0,3}") {
        let mut secrets = IntegrationSecrets::default();
        secrets.relay_secrets.push("whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=".into());
        let headers = header_map(&[("webhook-id", &id), ("webhook-timestamp", &time), ("webhook-signature", &signature)]);
        let [integration, ..] = integrations();
        let verified = relay::verify(&integration, &secrets, &headers, b"body", now());
        prop_assert!(verified.is_err());
    }
}
