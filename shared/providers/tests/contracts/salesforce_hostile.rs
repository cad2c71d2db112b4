//! Whatever an organisation sends, the parser answers and forwards no whisper.

use proptest::prelude::*;
use serde_json::{Value, json};
use transfer_domain::EventKind;
use transfer_providers::SALESFORCE;

use crate::salesforce::settings;
use crate::support::{TRANSFER, adapter, integration, now, request};

fn parse_everywhere(body: &Value) {
    let miaw = json!({ "product": "miaw", "outboundTyping": true, "useWorkClosed": "post_agent" });
    for extra in [json!({}), json!({ "relayPayloadPointer": "" }), miaw] {
        let integration = integration(SALESFORCE, &settings(&extra));
        let adapter = adapter(SALESFORCE);
        let envelope = |name: &str, fields: &Value| json!({ "source": integration.partner_source, "detail-type": name, "detail": { "payload": fields } });
        let interaction = json!({ "EventType__c": "Interaction", "Payload__c": body.to_string() });
        let request = request(&[], &[], body.to_string());
        let mut parsed = adapter.bind(&integration).unwrap().parse_webhook(&request, now()).unwrap_or_default();
        for event in [envelope("Handoff_Outbound__e", &interaction), envelope("Handoff_Status__e", body)] {
            parsed.extend(adapter.bind(&integration).unwrap().parse_bus_event(&event, now()).unwrap_or_default());
        }
        for event in &parsed {
            assert!(!matches!(&event.kind, EventKind::Message(message) if message.text.contains("WHISPER")));
        }
    }
}

/// JSON of the words that the parser looks for, in places where they do not belong.
fn words() -> impl Strategy<Value = Value> {
    const WORDS: &[&str] = &[
        "conversationIdentifier",
        "recipient",
        "subject",
        "payload",
        "entryPayload",
        "entryType",
        "identifier",
        "Message",
        "ParticipantChanged",
        "RoutingResult",
        "RoutingWorkResult",
        "SessionStatusChanged",
        "QueuePosition",
        "Note",
        "MessageUpdated",
        "updatedMessage",
        "TypingStartedIndicator",
        "sender",
        "role",
        "Agent",
        "EndUser",
        "entries",
        "operation",
        "add",
        "remove",
        "participant",
        "displayName",
        "abstractMessage",
        "staticContent",
        "text",
        "attachments",
        "url",
        "https://files.example/a",
        "choices",
        "optionItems",
        "titleItem",
        "title",
        "messageReason",
        "transcriptedTimestamp",
        "clientTimestamp",
        "sessionStatus",
        "Ended",
        "Inactive",
        "sessionEndTime",
        "position",
        "estimatedWaitTime",
        "isEWTRequested",
        "estimatedWaitTimeInSeconds",
        "failureType",
        "routingType",
        "Transfer",
        "workType",
        "Accepted",
        "Closed",
        "conversationId",
        "conversationEntry",
        "data",
        "event",
        "EventType__c",
        "CONVERSATION_CLOSE_CONVERSATION",
        "Payload__c",
        "Interaction",
        "Status__c",
        "TransferId__c",
        "OwnerId__c",
        "005xx0000012345AAA",
        "{\"entryType\":\"Note\"}",
        TRANSFER,
    ];
    let word = prop::sample::select(WORDS);
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
    fn json_is_answered(body in words()) {
        parse_everywhere(&body);
    }

    #[test]
    fn addressed_json_is_answered_and_whispers_stay(body in words(), kind in prop::sample::select(vec!["Note", "Message"])) {
        let whisper = json!({ "entryType": "Note", "text": "WHISPER",
            "abstractMessage": { "staticContent": { "text": "WHISPER" } } });
        let mut body = body;
        if let Value::Object(fields) = &mut body {
            fields.insert("recipient".to_owned(), json!({ "subject": TRANSFER }));
            fields.insert("entryType".to_owned(), kind.into());
            fields.insert("entryPayload".to_owned(), whisper);
        }
        parse_everywhere(&body);
        parse_everywhere(&json!({ "conversationIdentifier": "c-1", "payload": body }));
    }
}

#[test]
fn a_deep_payload_in_a_text_is_answered() {
    for encoded in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "\u{0}".to_owned(), String::new()] {
        parse_everywhere(&json!({ "conversationIdentifier": "c-1", "entryType": "Message", "entryPayload": encoded }));
    }
}
