//! Whatever an organisation sends, the parser answers and forwards no whisper.

use proptest::prelude::*;
use serde_json::{Value, json};
use transfer_domain::EventKind;
use transfer_providers::SALESFORCE;

use crate::hostile::json_of;
use crate::salesforce::settings;
use crate::support::{TRANSFER, adapter, integration, now, request};

fn parse_everywhere(body: &Value) {
    let miaw = json!({ "product": "miaw", "outboundTyping": true, "useWorkClosed": "post_agent" });
    for extra in [json!({}), json!({ "relayPayloadPointer": "" }), miaw] {
        let integration = integration(SALESFORCE, &settings(&extra));
        let bound = adapter(SALESFORCE).bind(&integration).unwrap();
        let envelope = |name: &str, fields: &Value| json!({ "source": integration.partner_source, "detail-type": name, "detail": { "payload": fields } });
        let interaction = json!({ "EventType__c": "Interaction", "Payload__c": body.to_string() });
        let request = request(&[], &[], body.to_string());
        let mut parsed = bound.parse_webhook(&request, now()).unwrap_or_default();
        for event in [envelope("Handoff_Outbound__e", &interaction), envelope("Handoff_Status__e", body)] {
            parsed.extend(bound.parse_bus_event(&event, now()).unwrap_or_default());
        }
        for event in &parsed {
            assert!(!matches!(&event.kind, EventKind::Message(message) if message.text.contains("WHISPER")));
        }
    }
}

/// What the parser looks for.
const WORDS: &[&[&str]] = &[
    // What is around an entry.
    &[
        "conversationIdentifier",
        "recipient",
        "subject",
        "payload",
        "conversationId",
        "conversationEntry",
        "data",
        "event",
    ],
    &["CONVERSATION_CLOSE_CONVERSATION", "EventType__c", "Payload__c", "Interaction", "Status__c", "TransferId__c"],
    &["OwnerId__c", "005xx0000012345AAA", TRANSFER],
    // Entries, and who sent them.
    &["entryPayload", "entryType", "identifier", "Message", "ParticipantChanged", "RoutingResult", "RoutingWorkResult"],
    &["SessionStatusChanged", "QueuePosition", "Note", "MessageUpdated", "updatedMessage", "TypingStartedIndicator"],
    &["sender", "role", "Agent", "EndUser", "transcriptedTimestamp", "clientTimestamp", "{\"entryType\":\"Note\"}"],
    // What they say.
    &[
        "entries",
        "operation",
        "add",
        "remove",
        "participant",
        "displayName",
        "abstractMessage",
        "staticContent",
        "text",
    ],
    &["attachments", "url", "https://files.example/a", "choices", "optionItems", "titleItem", "title", "messageReason"],
    &["sessionStatus", "Ended", "Inactive", "sessionEndTime", "position", "estimatedWaitTime", "isEWTRequested"],
    &["estimatedWaitTimeInSeconds", "failureType", "routingType", "Transfer", "workType", "Accepted", "Closed"],
];

proptest! {
    #[test]
    fn json_is_answered(body in json_of(WORDS)) {
        parse_everywhere(&body);
    }

    #[test]
    fn addressed_json_is_answered_and_whispers_stay(body in json_of(WORDS), kind in prop::sample::select(vec!["Note", "Message"])) {
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
