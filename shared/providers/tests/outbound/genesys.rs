//! Requests to Genesys.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use transfer_domain::{Call, EndReason, EndedBy, EventKind, Hearing, Order, ReceiptState, Representative};
use transfer_providers::{Answer, CallError};

use crate::support::{Stage, TRANSFER, answer_json, choice, message, ok_json, start, status_answer};

const CONVERSATION: &str = "0b1f8c1e-6a0a-4a0b-9d3e-2c7f4a5b6c7d";
const MESSAGES: &str = "/api/v2/conversations/messages";

fn opened(extra: Value) -> Stage {
    Stage::genesys(extra).named(CONVERSATION)
}

/// A stage whose conversation is a call that the runtime brought, looked at by asking.
fn brought(seen: Value) -> Stage {
    let mut stage = opened(json!({ "lifecycleSource": "poll", "callEvents": true })).told([ok_json(seen)]);
    stage.session.session.call = Some(Call { brought: true, hearing: Hearing::Asked, reported: None });
    stage
}

fn who(id: &str, name: &str) -> Representative {
    Representative { id: Some(id.to_owned()), name: Some(name.to_owned()) }
}

#[tokio::test]
async fn an_opening_is_the_first_message_with_its_attributes() {
    let stage = Stage::genesys(json!({}))
        .told([answer_json(202, &json!({ "id": "p-1", "conversationId": CONVERSATION, "unknown": [] }))]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), CONVERSATION);
    assert_eq!(Value::Object(opened.provider_data), json!({ "conversationId": CONVERSATION }));
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {MESSAGES}/int-1/inbound/open/message?prefetchConversationId=true"));
    assert_eq!(call.header("authorization"), Some("Bearer token-1"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    let expected = json!({
        "channel": {
            "messageId": format!("{TRANSFER}-m0"),
            "from": { "id": TRANSFER, "idType": "Opaque", "firstName": "Test", "lastName": "User",
                      "nickname": "Test User", "email": "user@example.com" },
            "time": "2026-01-12T10:00:00.000Z",
            "metadata": { "customAttributes": {
                "transferId": TRANSFER, "summary": "Refund for order 42, ID checked", "reason": "Card declined",
                "language": "de", "priority": "5", "skills": "billing,de", "queue": "billing",
            } },
        },
        "text": "AI summary: Refund for order 42, ID checked",
    });
    assert_eq!(call.json(), expected);
    let [token] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(token.line(), "POST /oauth/token");
    assert_eq!(token.header("authorization"), Some("Basic aWQ6c2VjcmV0"));
    assert_eq!(token.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(token.body, *b"grant_type=client_credentials");
}

#[tokio::test]
async fn too_large_attributes_lose_the_summary_first_and_never_the_id() {
    for (max, keeps_summary) in [(150, true), (115, false), (64, false)] {
        let mut stage = Stage::genesys(json!({ "attributeMaxBytes": max }));
        stage.request.summary = Some(format!("Refund for \u{e9}{}", "x".repeat(3000)));
        stage.script.answers(ok_json(json!({})));
        stage.open().await.unwrap();
        let body = stage.script.only_call().json();
        let attributes = body.pointer("/channel/metadata/customAttributes").unwrap().as_object().unwrap().clone();
        let size: usize = attributes.iter().map(|(name, value)| name.len() + value.as_str().unwrap().len()).sum();
        assert!(size <= max, "{size} > {max}: {attributes:?}");
        assert_eq!(attributes["transferId"], TRANSFER);
        assert_eq!(attributes.contains_key("summary"), keeps_summary, "{attributes:?}");
        assert_eq!(attributes.contains_key("skills"), max > 64, "a list is whole or absent: {attributes:?}");
    }
}

#[tokio::test]
async fn a_message_is_sent_with_ids_and_time_that_a_repetition_keeps() {
    let stage = opened(json!({})).told([status_answer(200), status_answer(200)]);
    let file =
        message("See this", &[("https://files.example/a.png", Some("image/png")), ("https://files.example/b", None)]);
    stage.send(&file).await.unwrap();
    stage.send(&file).await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls[0].body, calls[1].body);
    assert_eq!(calls[0].line(), format!("POST {MESSAGES}/int-1/inbound/open/message"));
    let expected = json!({
        "channel": { "messageId": format!("{TRANSFER}-m7"), "from": { "id": TRANSFER, "idType": "Opaque" },
                     "time": "2026-01-12T10:00:30.000Z" },
        "text": "See this\nhttps://files.example/b",
        "content": [{ "contentType": "Attachment", "attachment":
            { "id": "att-7", "mediaType": "Image", "url": "https://files.example/a.png", "mime": "image/png" } }],
    });
    assert_eq!(calls[0].json(), expected);
    assert_eq!(stage.script.token_calls().len(), 1, "the token is kept");
}

#[tokio::test]
async fn a_choice_answers_the_message_that_offered_it() {
    let stage = opened(json!({})).told([status_answer(200), status_answer(200)]);
    stage.send(&choice("yes-1", "Yes")).await.unwrap();
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {MESSAGES}/int-1/inbound/open/structured/response"));
    let expected = json!({
        "channel": { "messageId": format!("{TRANSFER}-m7"), "from": { "id": TRANSFER, "idType": "Opaque" },
                     "time": "2026-01-12T10:00:30.000Z" },
        "buttonResponse": { "type": "QuickReply", "text": "Yes", "payload": "yes-1" },
        "originatingMessageId": "3f6c1a52-0000-4000-8000-000000000001",
    });
    assert_eq!(call.json(), expected);
    let with_words = transfer_domain::Message { text: "Yes, and soon".to_owned(), ..choice("yes-1", "Yes") };
    stage.send(&with_words).await.unwrap();
    let said = stage.script.calls().pop().unwrap();
    assert_eq!(said.line(), format!("POST {MESSAGES}/int-1/inbound/open/message"));
    assert_eq!(said.json()["text"], "Yes, and soon");
}

#[tokio::test]
async fn a_refused_attachment_is_sent_as_a_link() {
    let stage = opened(json!({})).told([status_answer(400), status_answer(200)]);
    stage.send(&message("", &[("https://files.example/a.png", None)])).await.unwrap();
    let last = stage.script.calls().pop().unwrap().json();
    assert_eq!(last["text"], "https://files.example/a.png");
    assert_eq!(last.get("content"), None);
}

#[tokio::test]
async fn a_conversation_is_ended_by_each_method() {
    let seen = json!({ "participants": [
        { "id": "agent-1", "purpose": "agent", "state": "connected" }, { "id": "cust-1", "purpose": "customer", "state": "connected" },
    ] });
    let stage = opened(json!({})).told([answer_json(200, &seen), status_answer(204)]);
    stage.end().await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls[0].line(), format!("GET {MESSAGES}/{CONVERSATION}"));
    assert_eq!(calls[1].line(), format!("PATCH {MESSAGES}/{CONVERSATION}/participants/cust-1"));
    assert_eq!(calls[1].json(), json!({ "state": "disconnected" }));

    let stage = opened(json!({ "endMethod": "conversation_patch" })).told([status_answer(202)]);
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().line(), format!("PATCH {MESSAGES}/{CONVERSATION}"));
    assert_eq!(stage.script.only_call().json(), json!({ "state": "disconnected" }));

    let stage = opened(json!({ "endMethod": "disconnect" })).told([status_answer(200)]);
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().line(), format!("POST /api/v2/conversations/{CONVERSATION}/disconnect"));
}

#[tokio::test]
async fn ending_what_is_gone_is_a_success() {
    for status in [404, 409, 410] {
        let stage = opened(json!({})).told([status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
    }
    let stage = opened(json!({}));
    let gone = json!({ "participants": [{ "id": "cust-1", "purpose": "customer", "state": "disconnected" }] });
    stage.script.answers(ok_json(gone));
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(stage.script.calls().len(), 1);
    let stage = opened(json!({ "endGoneCodes": [404] })).told([status_answer(409)]);
    assert!(matches!(stage.end().await, Err(CallError::Refused { .. })));
    let never_told = Stage::genesys(json!({}));
    assert!(matches!(never_told.end().await, Err(CallError::Refused { .. })));
}

#[tokio::test]
async fn a_conversation_id_cannot_leave_its_place_in_the_path() {
    let stage =
        opened(json!({ "endMethod": "conversation_patch" })).named("../../users/x?a=b#c").told([status_answer(200)]);
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().line(), format!("PATCH {MESSAGES}/..%2F..%2Fusers%2Fx%3Fa=b%23c"));
}

#[tokio::test]
async fn looking_tells_each_participant_at_its_own_time() {
    let seen = json!({ "participants": [
        { "id": "c", "purpose": "customer", "state": "connected" },
        { "id": "q", "purpose": "acd", "state": "terminated" },
        { "id": "a1", "purpose": "agent", "state": "terminated", "user": { "id": "u-1", "name": "Agent One" },
          "connectedTime": "2026-01-12T10:01:00Z", "endTime": "2026-01-12T10:02:00Z", "disconnectType": "transfer" },
        { "id": "a2", "purpose": "agent", "state": "terminated", "user": { "id": "u-2" }, "endTime": "2026-01-12T10:02:30Z" },
        { "id": "a3", "purpose": "agent", "state": "connected", "user": { "id": "u-3" }, "connectedTime": "2026-01-12T10:03:00Z" },
    ] });
    let stage = opened(json!({})).told([ok_json(seen), ok_json(json!({ "name": "Agent Three" }))]);
    let events = stage.poll().await.unwrap();
    let expected = [
        EventKind::RepresentativeJoined(who("u-1", "Agent One")),
        EventKind::RepresentativeLeft { representative: Some(who("u-1", "Agent One")), transferred: true },
        EventKind::RepresentativeJoined(who("u-3", "Agent Three")),
    ];
    assert_eq!(events.iter().map(|event| event.kind.clone()).collect::<Vec<_>>(), expected);
    let at = |seconds| Order::Provider { at: start() + TimeDelta::seconds(seconds), sequence: 0 };
    assert_eq!(events.iter().map(|event| event.order).collect::<Vec<_>>(), [at(60), at(120), at(180)]);
    assert_eq!(stage.script.calls()[1].line(), "GET /api/v2/users/u-3");
}

#[tokio::test]
async fn looking_finds_a_closed_conversation_and_asks_for_the_wait_if_told_to() {
    let seen = json!({ "participants": [{ "id": "c", "purpose": "customer", "state": "disconnected", "endTime": "2026-01-12T10:01:00Z" }] });
    let stage = opened(json!({})).told([ok_json(seen)]);
    let ended = EventKind::Ended { by: EndedBy::System, reason: EndReason::Reconciled };
    assert_eq!(stage.poll().await.unwrap()[0].kind, ended);

    let seen = json!({ "participants": [{ "id": "q", "purpose": "acd", "state": "connected", "queue": { "id": "q-1" }, "connectedTime": "2026-01-12T10:00:10Z" }] });
    let wait = json!({ "results": [{ "estimatedWaitTimeSeconds": 45 }] });
    let stage = opened(json!({ "ewtSource": "routing_api" })).told([ok_json(seen), ok_json(wait)]);
    let queued = EventKind::Queued { queue: None, position: None, estimated_wait_seconds: Some(45) };
    assert_eq!(stage.poll().await.unwrap()[0].kind, queued);
    assert_eq!(stage.script.calls()[1].line(), "GET /api/v2/routing/queues/q-1/mediatypes/message/estimatedwaittime");
}

#[tokio::test]
async fn a_call_that_was_brought_is_looked_at_among_the_calls() {
    let stage = brought(json!({ "participants": [
        { "id": "a1", "purpose": "agent", "state": "connected", "user": { "id": "u-1", "name": "Agent One" }, "connectedTime": "2026-01-12T10:01:00Z" },
    ] }));
    let joined = EventKind::RepresentativeJoined(who("u-1", "Agent One"));
    assert_eq!(stage.poll().await.unwrap()[0].kind, joined);
    let asked = stage.script.only_call().line();
    assert!(asked.starts_with("GET /api/v2/conversations/calls/"), "{asked}");
}

#[tokio::test]
async fn of_a_call_it_is_found_who_hung_up() {
    for (told, by, reason) in [
        (json!("peer"), EndedBy::Representative, EndReason::RepresentativeEnded),
        (json!("client"), EndedBy::Contact, EndReason::ContactEnded),
        (json!("system"), EndedBy::System, EndReason::ProviderDisconnected),
        (json!("transport.failure"), EndedBy::System, EndReason::ProviderError),
        (json!(null), EndedBy::System, EndReason::Reconciled),
    ] {
        let customer = json!({ "id": "c", "purpose": "customer", "state": "terminated", "endTime": "2026-01-12T10:01:00Z",
            "disconnectType": told });
        let stage = brought(json!({ "participants": [customer] }));
        assert_eq!(stage.poll().await.unwrap()[0].kind, EventKind::Ended { by, reason }, "{told}");
    }
}

#[tokio::test]
async fn the_settings_of_outcomes_are_followed() {
    let stage = Stage::genesys(json!({ "openSuccessCodes": [202] })).told([ok_json(json!({}))]);
    assert!(matches!(stage.open().await, Err(CallError::Ambiguous { .. })));
    let limited = Answer { retry_after: Some(Duration::from_secs(9)), ..status_answer(429) };
    let stage = opened(json!({ "honourRetryAfter": false })).told([limited]);
    let not_sent = CallError::NotSent { what: "429".to_owned(), retry_after: None };
    assert_eq!(stage.send(&message("hi", &[])).await, Err(not_sent));
    let stage = opened(json!({ "ratePerMin": 1 })).told([status_answer(200)]);
    stage.send(&message("hi", &[])).await.unwrap();
    assert!(matches!(stage.send(&message("ho", &[])).await, Err(CallError::NotYet { .. })));
    assert_eq!(stage.script.calls().len(), 1);
}

#[tokio::test]
async fn typing_is_an_event_and_stopping_is_none() {
    let stage = opened(json!({})).told([status_answer(200)]);
    stage.typing(true).await.unwrap();
    stage.typing(false).await.unwrap();
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {MESSAGES}/int-1/inbound/open/event"));
    let expected = json!({
        "channel": { "from": { "id": TRANSFER, "idType": "Opaque" }, "time": "2026-01-12T10:00:00.000Z" },
        "events": [{ "eventType": "Typing" }],
    });
    assert_eq!(call.json(), expected);
}

#[tokio::test]
async fn a_receipt_is_a_call_of_its_own_for_each_message() {
    let stage = opened(json!({})).told([status_answer(200), status_answer(200)]);
    stage.acknowledge(&["5c1b", "5c1c"], ReceiptState::Delivered).await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].line(), format!("POST {MESSAGES}/int-1/inbound/open/receipt"));
    let expected = json!({
        "id": "5c1b", "channel": { "to": { "id": TRANSFER, "idType": "Opaque" }, "time": "2026-01-12T10:00:00.000Z" },
        "status": "Delivered", "isFinalReceipt": true,
    });
    assert_eq!(calls[0].json(), expected);
    assert_eq!(calls[1].json()["id"], "5c1c");
}
