//! Inputs of the form that vendors document or that clients of real tenants use, each with its right reading.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use transfer_domain::{
    Author, Channel, Conversation, Correlation, Effect, EventKind, IncomingMessage, NewTransfer, Part, ProviderEvent,
    TransferRequest, TransferSettings,
};
use transfer_providers::{Carried, GENESYS, SALESFORCE, SERVICENOW, SMARTASSIST};

use crate::salesforce::settings as salesforce_settings;
use crate::support::{adapter, bound, integration, kinds, note, now, only, read_body, request};

macro_rules! case {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("cases/", $name, ".json"))).unwrap()
    };
}

fn read_one(provider: &Value, body: &Value) -> Vec<ProviderEvent> {
    let (provider, settings) = match provider.as_str().unwrap() {
        "genesys" => (GENESYS, json!({ "env": "usw2.pure.cloud", "integrationId": "int-1" })),
        "salesforce" => (SALESFORCE, salesforce_settings(&json!({ "channelAddressIdentifier": "ch" }))),
        "servicenow" => (SERVICENOW, json!({ "instanceUrl": "https://acme.service-now.com" })),
        "smartassist" => (SMARTASSIST, json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-1" })),
        other => panic!("{other}"),
    };
    bound(provider, &settings).parse_webhook(&request(&[], &[], body.to_string()), now()).unwrap()
}

fn messages_of(case: &Value) -> Vec<IncomingMessage> {
    let payload = &case["payload"];
    let bodies = payload.as_array().cloned().unwrap_or_else(|| vec![payload.clone()]);
    let events = bodies.iter().flat_map(|body| read_one(&case["provider"], body));
    let message =
        |event: ProviderEvent| if let EventKind::Message(message) = event.kind { Some(message) } else { None };
    events.filter_map(message).collect()
}

fn only_message(case: &Value) -> IncomingMessage {
    let messages = messages_of(case);
    let [message] = messages.try_into().unwrap();
    message
}

#[test]
fn each_text_says_all_that_was_sent() {
    for (case, expected) in [
        (case!("genesys-structured-human"), "Hello\nGood morning, what may I do for you?\nGoodbye"),
        (case!("genesys-quickreply"), "Do you want to proceed?\n- Yes\n- No"),
        (case!("genesys-caption"), "This is the caption"),
        (case!("salesforce-form"), "Your details\n- E-mail"),
        (case!("salesforce-links"), "A\nhttps://a.example.com"),
        (case!("salesforce-media"), "https://m.example.com/v.mp4"),
        (case!("salesforce-listpicker"), "Colours\nPlease choose a colour\n- Blue"),
        (case!("salesforce-richlink-text"), "Our shop\nShop\nhttps://shop.example.com"),
        (
            case!("servicenow-outputcard"),
            "Printer broken\nINC0000001\nState: New\nhttps://inst.example.com/incident.do",
        ),
        (case!("servicenow-outputtable"), "Table Title\nColumn 1 | Column 2\nfoo1 | foo2\nbar1 | bar2"),
        (
            case!("servicenow-html"),
            "First line,\nstep 1\nstep 2\n- A\n- B\nSalt & pepper article (https://kb.example.com/1)",
        ),
        (case!("servicenow-customcontrol"), "[something that cannot be shown: CustomControl]"),
        (case!("smartassist-stringified"), "Stringified?\n- Open: https://shop.example.com"),
    ] {
        let message = only_message(&case);
        assert_eq!(message.text, expected);
        let provider = case["provider"].as_str().unwrap().parse().unwrap();
        let carried = adapter(provider).capabilities().content_in;
        for kind in message.content.iter().map(Part::kind) {
            assert_eq!(carried.of(kind), Carried::Native, "{provider}: {kind:?}");
        }
    }
}

#[test]
fn files_arrive_wherever_they_stand() {
    for (case, expected) in [
        (case!("genesys-caption"), vec!["https://example.com/p.png"]),
        (case!("salesforce-media"), vec!["https://m.example.com/v.mp4"]),
        (
            case!("smartassist-media"),
            vec![
                "https://files.example.com/a.png",
                "https://files.example.com/a.mp3",
                "https://files.example.com/a.pdf",
            ],
        ),
    ] {
        let files: Vec<String> =
            messages_of(&case).into_iter().flat_map(|message| message.attachments).map(|file| file.url).collect();
        assert_eq!(files, expected);
    }
}

#[test]
fn who_speaks_is_taken_from_whoever_tells() {
    for (case, author, proves) in [
        (case!("genesys-human-before-join"), Author::Representative, true),
        (case!("genesys-structured-human"), Author::Representative, true),
        (case!("genesys-bot-after-join"), Author::Provider, false),
    ] {
        let message = only_message(&case);
        assert_eq!((message.author, message.proves_active.is_some()), (author, proves));
    }
}

#[test]
fn a_frame_is_read_in_each_of_its_forms() {
    let settings = json!({ "product": "miaw", "orgId15": "00Dxx0000000001", "esDeveloperName": "Handoff",
                           "scrtUrl": "https://acme.my.salesforce-scrt.com" });
    let read = |body: &Value| read_body(SALESFORCE, &settings, body.to_string());
    let case = case!("salesforce-sse-data-string");
    let as_text = read(&case["payload"]);
    let mut object = case["payload"].clone();
    object["data"] = serde_json::from_str(object["data"].as_str().unwrap()).unwrap();
    assert_eq!(as_text, read(&object));
    assert!(matches!(&as_text[0].kind, EventKind::Message(message) if message.text == "a text in a frame"));
}

#[test]
fn a_value_that_avro_wrapped_is_unwrapped() {
    let inner = case!("salesforce-richlink-text");
    let wrapped = json!({ "Payload__c": { "string": inner["payload"].to_string() }, "EventType__c": { "string": "Interaction" } });
    assert_eq!(read_one(&json!("salesforce"), &wrapped), read_one(&json!("salesforce"), &inner["payload"]));
}

#[test]
fn the_result_of_an_upload_is_told() {
    let case = case!("salesforce-updated-attachment");
    let events = read_one(&case["provider"], &case["payload"]);
    assert_eq!(kinds(events), [note("message_updated", Some("ErrorAttachmentUploadResult"))]);
}

#[test]
fn the_same_words_twice_are_two_messages() {
    let case = case!("servicenow-same-text-twice");
    let bodies = case["payload"].as_array().unwrap();
    let id = |body: &Value, second: i64| {
        let at = now() + chrono::TimeDelta::seconds(second);
        let events = bound(SERVICENOW, &json!({ "instanceUrl": "https://acme.service-now.com" }))
            .parse_webhook(&request(&[], &[], body.to_string()), at)
            .unwrap();
        events.into_iter().find(|event| matches!(event.kind, EventKind::Message(_))).unwrap().source_id
    };
    assert_ne!(id(&bodies[0], 0), id(&bodies[2], 9));
}

#[test]
fn the_same_words_twice_in_one_envelope_are_two_messages() {
    let ok = json!({ "uiType": "OutputText", "value": "ok" });
    let envelope =
        json!({ "clientSessionId": "01a22346-9f6b-7068-b7c9-ff948c8c2d3f", "agentChat": true, "body": [ok, ok] });
    let events = read_one(&json!("servicenow"), &envelope);
    let said: Vec<_> = events.into_iter().filter(|event| matches!(event.kind, EventKind::Message(_))).collect();
    assert_eq!(said.len(), 2);
    assert_ne!(said[0].source_id, said[1].source_id);
}

#[test]
fn a_body_that_names_nobody_is_read_for_nobody_not_dropped() {
    let case = case!("smartassist-no-to");
    let event = only(read_one(&case["provider"], &case["payload"]));
    assert_eq!(event.correlation, Correlation::default());
    assert!(matches!(&event.kind, EventKind::Message(message) if message.text == "Hello"));
}

#[test]
fn the_one_of_two_representatives_who_stays_is_shown() {
    let case = case!("domain-second-representative-leaves");
    let bodies = case["payload"].as_array().unwrap();
    let events: Vec<_> = bodies.iter().flat_map(|body| read_one(&json!("salesforce"), body)).collect();
    let identities: BTreeSet<_> = events.iter().map(|event| event.source_id.clone()).collect();
    assert_eq!(identities.len(), 3, "what happened to each is known apart");
    let (before, at) = opened();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut conversation = before.clone();
        for (step, index) in order.into_iter().enumerate() {
            let transition = transfer_domain::apply_events(&conversation, &events[index..=index], at);
            if step == 2 && index == 2 {
                assert_eq!(transition.timeline[0].effect, Effect::Applied, "that one left is told");
            }
            conversation = transition.conversation(&conversation.facts);
        }
        let shown = conversation.representative().unwrap();
        assert_eq!((shown.id.as_deref(), shown.name.as_deref()), (Some("005A"), Some("Agent One")), "{order:?}");
    }
}

fn opened() -> (Conversation, DateTime<Utc>) {
    let at = DateTime::from_timestamp_millis(1_795_888_897_481).unwrap();
    let request = NewTransfer {
        conversation_session_id: "c-1".parse().unwrap(),
        contact_id: "u-1".parse().unwrap(),
        channel: Channel::Chat,
        agent: "billing".parse().unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest::default(),
    };
    let id = "01a22346-9f6b-7068-b7c9-ff948c8c2d3f".parse().unwrap();
    let integration = integration(SALESFORCE, &json!({}));
    let (created, _) = transfer_domain::create(request, id, &integration, vec![], &TransferSettings::default(), at);
    (Conversation::untold(created.session), at)
}
