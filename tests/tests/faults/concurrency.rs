//! Many at once: creates, repetitions, webhooks, messages.

use agent_transfer::Stack;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::Act;
use simulators::genesys::signature;
use test_database::{EmbeddedOnly, skipped};
use tokio::task::JoinSet;
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, stack, transfer, uuid};

/// Sends the same request many times at once.
async fn post_at_once(
    api: &Api,
    count: usize,
    path: &str,
    body: &Value,
    headers: &'static [(&str, &str)],
) -> Vec<Answer> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (api, path, body) = (api.clone(), path.to_owned(), body.clone());
        calls.spawn(async move { api.call(Method::POST, &path, Some(&body), headers).await });
    }
    calls.join_all().await
}

async fn genesys_session(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_creates_for_one_conversation_give_one_session_and_one_provider_conversation() {
    if skipped(EmbeddedOnly::Crowd) {
        return;
    }
    let (stack, api) = stack().await;
    let answers = post_at_once(&api, 200, "/transfers", &transfer("conv-1", "genesys"), &[]).await;
    let created: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(created.len(), 1);
    let session = created[0].str("sessionId");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((answer.status, answer.problem()), (409, "transfer-already-open"), "{}", answer.text);
        assert_eq!(answer.str("openSessionId"), session);
    }
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 1);
    let listed = api.get("/transfers").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_idempotency_key_gives_the_first_answer_and_another_body_is_refused() {
    if skipped(EmbeddedOnly::Crowd) {
        return;
    }
    let (stack, api) = stack().await;
    let key: &[(&str, &str)] = &[("idempotency-key", "key-1")];
    let answers = post_at_once(&api, 64, "/transfers", &transfer("conv-1", "genesys"), key).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    let first = answers.iter().find(|answer| answer.status == 201).unwrap();
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text);
        assert_eq!(answer.text, first.text, "byte for byte");
    }
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 1);

    let mut other = transfer("conv-1", "genesys");
    other["priority"] = json!(9);
    let refused = api.call(Method::POST, "/transfers", Some(&other), key).await;
    assert_eq!((refused.status, refused.problem()), (422, "idempotency-key-reused"));

    api.post(&format!("/transfers/{}/end", first.str("sessionId")), &json!({})).await;
    let repeated = api.call(Method::POST, "/transfers", Some(&transfer("conv-1", "genesys")), key).await;
    assert_eq!((repeated.status, repeated.text == first.text), (200, true), "also after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_repeated_fifty_times_in_parallel_gives_one_message() {
    if skipped(EmbeddedOnly::Crowd) {
        return;
    }
    let (stack, api) = stack().await;
    let session = genesys_session(&stack, &api).await;
    let connected = stack.connected().iter().find(|one| one.provider.as_str() == "genesys").unwrap();
    let (url, secret) = (connected.webhook_url.expose_secret(), connected.signing_secret.expose_secret());
    let body = json!({
        "id": "text-1", "type": "Text", "text": "Once", "direction": "Outbound",
        "channel": { "id": "x", "platform": "Open", "type": "Private", "messageId": "text-1",
            "to": { "id": uuid(&session) }, "from": { "id": "x", "idType": "Opaque" }, "time": "2026-11-22T10:05:01.276Z" },
    })
    .to_string();
    let proof = signature(secret, body.as_bytes());
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let request = reqwest::Client::new().post(url).body(body.clone()).header("x-hub-signature-256", &proof);
        calls.spawn(async move {
            request.header("content-type", "application/json").send().await.unwrap().status().as_u16()
        });
    }
    assert!(calls.join_all().await.iter().all(|status| *status == 200));
    stack.settle().await.unwrap();
    let once = api.messages(&session).await.into_iter().filter(|(_, _, text, _)| text == "Once").count();
    assert_eq!(once, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_at_once_are_all_accepted_or_told_to_come_again_and_none_is_lost_or_doubled() {
    if skipped(EmbeddedOnly::Crowd) {
        return;
    }
    let (stack, api) = stack().await;
    let session = genesys_session(&stack, &api).await;
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let (api, session) = (api.clone(), session.clone());
        calls.spawn(async move {
            for _ in 0..20 {
                let answer = api.say(&session, &format!("m-{number}"), &format!("line {number}")).await;
                if answer.status == 202 {
                    return;
                }
                assert_eq!(answer.status, 503, "{}", answer.text);
                assert!(answer.headers.contains_key("retry-after"));
            }
            panic!("never accepted");
        });
    }
    calls.join_all().await;
    stack.settle().await.unwrap();
    let conversation = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    let mut lines: Vec<_> = conversation.contact_texts().into_iter().filter(|text| text.starts_with("line")).collect();
    assert_eq!(lines.len(), 40);
    let accepted: Vec<_> = api.messages(&session).await.into_iter().filter(|(way, ..)| way == "outbound").collect();
    let order: Vec<_> = accepted.iter().map(|(_, _, text, _)| text.as_str()).collect();
    assert_eq!(lines, order, "in the order of acceptance");
    assert!(accepted.iter().all(|(.., state)| state == "delivered"));
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ends_at_once_give_one_end() {
    if skipped(EmbeddedOnly::Crowd) {
        return;
    }
    let (stack, api) = stack().await;
    let session = genesys_session(&stack, &api).await;
    let answers =
        post_at_once(&api, 20, &format!("/transfers/{session}/end"), &json!({ "endedBy": "contact" }), &[]).await;
    assert!(answers.iter().all(|answer| answer.status == 202 && answer.str("status") == "ended"));
    stack.settle().await.unwrap();
    let ends = transfer_tests::api::event_types(&stack, &session).into_iter().filter(|kind| kind == "transfer.ended");
    assert_eq!(ends.count(), 1);
}
