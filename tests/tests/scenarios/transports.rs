//! Whatever a request or a contact centre writes, the bus and the queues take what follows from it.

use std::path::Path;

use aws_loopback::MAX_REQUEST_BYTES;
use serde_json::{Value, json};
use simulators::Act;
use transfer_domain::{Attachment, Author, Change, Event, SequencedChange, Session};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::api::{event_types, events, minutes, stack, transfer, uuid};
use transfer_tests::harness::{Case, PARKED_QUEUE, Stage, World, start_of_time};

/// What XML has no character for, and what JSON escapes.
const ODD: &str = "a\u{0}\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}\u{1fffe}é漢😀\"\\";

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_a_queue_refuses_stop_nobody() {
    let (stack, api) = stack().await;
    let mut body = transfer("conv-1", "genesys");
    let odd = "U+FFFF \u{ffff} and U+FFFE \u{fffe}";
    for field in ["summary", "reason"] {
        body[field] = json!(odd);
    }
    body["metadata"] = json!({ odd: odd });
    body["contact"] = json!({ "name": odd });
    let created = api.post("/transfers", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let session = created.str("sessionId");
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say(ODD.to_owned())] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    let told = events(&stack, &session);
    let said = told.iter().find(|event| event["detail-type"] == "message.received").unwrap();
    assert_eq!(said["detail"]["message"]["text"], json!(ODD.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")));
    assert_eq!(api.messages(&session).await[0].2, ODD, "the record has it verbatim");

    // Once because it ended, once because it expired, and the retention of both is over.
    let other = api
        .post("/transfers", &{
            body["conversationSessionId"] = json!("conv-2");
            body.clone()
        })
        .await;
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
    stack.advance(minutes(2 * 24 * 60));
    stack.sweep_expired().await.unwrap();
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&session).await.status, 404);
    assert_eq!(api.detail(&other.str("sessionId")).await.status, 404);
    let next = api.create("conv-3", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!(event_types(&stack, &next), ["transfer.requested", "transfer.accepted"]);
    let counts = (stack.parked_records().counts().unwrap().visible, stack.commands().counts().unwrap().visible);
    assert_eq!(counts, (0, 0));
}

fn received(text: String, attachments: Vec<Attachment>) -> SequencedChange {
    let message_id = "m-1".parse().unwrap();
    let change = Change::MessageReceived {
        message_id,
        author: Author::Provider,
        text,
        truncated: false,
        attachments,
        representative: None,
        content: Vec::new(),
        late: false,
    };
    SequencedChange { sequence: 7, occurred_at: start_of_time(), status: transfer_domain::Status::Active, change }
}

fn files(count: usize) -> Vec<Attachment> {
    let file = |number| Attachment {
        url: format!("https://files.example.com/{number}?{}", "q".repeat(150)),
        name: Some(format!("{number}.png")),
        content_type: Some("image/png".to_owned()),
    };
    (0..count).map(file).collect()
}

/// The event of a change, and the bytes that its detail takes with every character escaped.
fn event_of(session: &Session, change: &SequencedChange) -> (Value, usize) {
    let [event] = Event::of_change(session, change, &transfer_domain::Aftermath::default()).try_into().unwrap();
    let detail = transfer_aws::commands::fitted(&event.detail);
    let written = detail.to_string();
    let escaped = written.chars().map(|letter| if letter.is_ascii() { 1 } else { 6 * letter.len_utf16() }).sum();
    assert_described(&detail);
    (detail, escaped)
}

fn assert_described(detail: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/schemas/message.received.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let faults: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(detail).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[tokio::test]
async fn an_event_thins_out_by_its_size_and_says_where_the_rest_is() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Created).await;
    let session = world.session_of("conv-1").await;
    let path = format!("/v1/projects/demo/transfers/{}", case.session);

    let (small, _) = event_of(&session, &received("Hello".to_owned(), files(100)));
    assert_eq!(small["message"]["attachments"].as_array().unwrap().len(), 100);
    assert!(small.get("thinned").is_none());

    let (detail, bytes) = event_of(&session, &received("Hello".to_owned(), files(2_000)));
    assert!(bytes < MAX_REQUEST_BYTES, "{bytes}");
    assert_eq!(detail["message"]["attachments"], json!([]));
    assert_eq!((&detail["message"]["text"], &detail["message"]["truncated"]), (&json!("Hello"), &json!(false)));
    let thinned = json!({ "transfer": path, "messages": format!("{path}/messages"), "attachmentsLeftOut": 2_000 });
    assert_eq!(detail["thinned"], thinned);

    for letter in ["\u{1}", "é", "漢", "😀", "\""] {
        let text = letter.repeat(100_000);
        let (detail, bytes) = event_of(&session, &received(text.clone(), vec![]));
        assert!(bytes < MAX_REQUEST_BYTES, "{bytes}");
        let kept = detail["message"]["text"].as_str().unwrap();
        assert!(text.starts_with(kept), "cut at a character");
        assert_eq!(detail["message"]["truncated"], json!(kept.len() < text.len()));
        assert!(bytes > MAX_REQUEST_BYTES * 8 / 10 || kept == text, "as much as there is room for: {bytes}");
    }
}

/// A signed callback of Genesys with files, as large as an API takes it.
fn large_webhook(world: &World, case: &Case) -> lambda_http::Request {
    let file = |number: usize| {
        let url = format!("https://files.example.com/{number}?{}", "q".repeat(540));
        json!({ "contentType": "Attachment", "attachment": { "url": url } })
    };
    case.webhook_with(world, "in-1", "Here they are.", &json!({ "content": (0..410).map(file).collect::<Vec<_>>() }))
}

#[tokio::test]
async fn a_callback_just_below_the_limit_of_the_api_holds_up_nobody() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "large", Stage::Active).await;
    let webhook = large_webhook(&world, &case);
    let service = &world.steady().service;
    assert_eq!(provider_webhook::handle(service, &Adapters::inbound(), webhook).await.status(), 200);
    let other = Case::at(&world, "other", Stage::Created).await;
    world.settle().await;
    assert_eq!(world.story_of(&other.session), ["transfer.requested", "transfer.accepted"]);
    let told = world.events_of(&case.session);
    let message = told.iter().find(|event| event.detail_type == "message.received").unwrap();
    assert_eq!(message.detail["message"]["text"], "Here they are.");
    assert_eq!(world.queue(PARKED_QUEUE).counts().unwrap().visible, 0);
    assert_eq!(message.detail["thinned"]["attachmentsLeftOut"], 410);
    let kept = world.messages_of(&case.session).await;
    assert_eq!(kept[0].attachments.len(), 410, "where the event says");
}
