//! Each fault does what its name says, and the control API reaches all of it.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use simulators::{
    Act, CallbackFault, Effect, Fault, Operation, Outcome, Phase, RequestFault, Script, Taken,
    bus::{EventBridgeHttp, PartnerBus as _, PartnerEvent},
};

use crate::{
    receiver::{PATIENCE, Receiver},
    sites::{GenesysSite, ServiceNowSite, inbound, message, start_conversation},
    support::{acts, answer, assert_has, by_status, on_callback, on_request, status_of},
};

async fn manual() -> GenesysSite {
    GenesysSite::start(Script::Manual).await
}

#[tokio::test]
async fn a_429_comes_with_retry_after_and_without_effect_as_often_as_planned() {
    let site = manual().await;
    site.handle.faults([Fault::Request {
        operation: Some(Operation::Open),
        skip: 0,
        times: 2,
        fault: by_status(429, Some(7), Taken::No),
    }]);
    for _ in 0..2 {
        let response = site.open_request("tr_1").send().await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["code"], "too.many.requests");
    }
    assert!(site.handle.conversations().is_empty());
    site.open("tr_1").await;
    assert!(site.handle.faults_left().is_empty());
    let state = site.handle.state();
    let faulted: Vec<bool> = state.requests_for(Operation::Open).map(|it| it.faulted).collect();
    assert_eq!(faulted, [true, true, false]);
}

#[tokio::test]
async fn a_503_can_hide_that_the_request_was_taken() {
    let site = manual().await;
    site.handle.faults([on_request(Operation::Open, by_status(503, None, Taken::Yes))]);
    let response = site.open_request("tr_1").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(!response.headers().contains_key("retry-after"));
    let state = site.handle.state();
    assert_eq!(state.conversations.len(), 1);
    let open = state.requests_for(Operation::Open).next().unwrap();
    assert_eq!((open.status, &open.effect), (Some(503), &Effect::Taken));
}

#[tokio::test]
async fn bodies_can_be_malformed_or_huge_and_answers_redirects() {
    let site = manual().await;
    let location = "http://169.254.169.254/".to_owned();
    site.handle.faults([
        on_request(Operation::Open, RequestFault::MalformedBody),
        on_request(Operation::Open, RequestFault::HugeBody { bytes: 300 * 1024 }),
        on_request(Operation::Open, RequestFault::OtherBody { body: "<html>".to_owned(), taken: Taken::No }),
        on_request(Operation::Send, RequestFault::Redirect { location }),
    ]);
    let malformed = site.open_request("tr_1").send().await.unwrap();
    assert_eq!(malformed.status(), 200);
    assert!(malformed.json::<Value>().await.is_err());
    let huge = site.open_request("tr_2").send().await.unwrap();
    assert!(huge.bytes().await.unwrap().len() > 256 * 1024);
    let other = site.open_request("tr_4").send().await.unwrap();
    assert_eq!((other.status(), other.text().await.unwrap().as_str()), (reqwest::StatusCode::OK, "<html>"));
    assert_eq!(site.handle.conversations().len(), 2, "nothing was taken by the third");

    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = site.post(&inbound("message"), &message("tr_3", "m-1", "hi"));
    let redirect = client.execute(request.build().unwrap()).await.unwrap();
    assert_eq!(redirect.status(), 302);
    assert_eq!(redirect.headers()["location"], "http://169.254.169.254/");
    assert_eq!(site.handle.conversations().len(), 2);
}

#[tokio::test]
async fn hanging_requests_are_not_answered_and_only_the_late_kind_is_taken() {
    let site = manual().await;
    let cases = [(RequestFault::HangBefore { seconds: None }, 0), (RequestFault::HangAfter { seconds: None }, 1)];
    for (n, (fault, conversations)) in cases.into_iter().enumerate() {
        site.handle.faults([on_request(Operation::Open, fault)]);
        let hanging = tokio::spawn(site.open_request(&format!("tr_{n}")).send());
        let state = site
            .wait(|it| it.requests_for(Operation::Open).count() == n + 1 && it.conversations.len() == conversations)
            .await;
        assert!(state.requests_for(Operation::Open).all(|it| it.status.is_none()));
        assert!(!hanging.is_finished());
        hanging.abort();
    }
}

#[tokio::test]
async fn a_closed_connection_is_an_error_at_once_whether_taken_or_not() {
    let site = manual().await;
    for (taken, conversations) in [(Taken::No, 0), (Taken::Yes, 1)] {
        site.handle.faults([on_request(Operation::Open, RequestFault::Close { taken })]);
        let error = site.open_request("tr_1").send().await.unwrap_err();
        assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(site.handle.conversations().len(), conversations);
    }
}

#[tokio::test]
async fn a_hang_after_can_answer_late() {
    let site = manual().await;
    site.handle.faults([on_request(Operation::Open, RequestFault::HangAfter { seconds: Some(0) })]);
    assert!(!site.open("tr_1").await.is_empty());
}

#[tokio::test]
async fn revoked_tokens_cost_one_401_and_a_new_token_works() {
    let mut site = manual().await;
    site.handle.faults([on_request(Operation::Open, RequestFault::RevokeTokens)]);
    assert_eq!(status_of(site.open_request("tr_1")).await, 401);
    assert_eq!(status_of(site.open_request("tr_1")).await, 401);
    site.token = site.fetch_token().await;
    site.open("tr_1").await;
}

/// Texts that the receiver got, in order.
async fn texts(site: &GenesysSite, count: usize) -> Vec<String> {
    let received = site.receiver.wait_until(|all| all.len() >= count).await;
    received.iter().map(|it| it.json()["text"].as_str().unwrap().to_owned()).collect()
}

async fn joined() -> GenesysSite {
    let (site, _) = GenesysSite::opened(Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    site
}

fn say(site: &GenesysSite, lines: &[&str]) {
    acts(&site.handle, lines.iter().map(|line| Act::Say((*line).to_owned())));
}

#[tokio::test]
async fn callbacks_are_duplicated_or_reordered_within_a_window_and_sent_in_the_end_without_company() {
    let cases = [
        ("webhook.text", CallbackFault::Duplicate { copies: 2 }, "ab", "aaab"),
        ("webhook", CallbackFault::Reorder { window: 3 }, "abcd", "cbad"),
        ("webhook", CallbackFault::Reorder { window: 2 }, "a", "a"),
    ];
    for (kind, fault, said, heard) in cases {
        let site = joined().await;
        site.handle.faults([on_callback(kind, fault)]);
        acts(&site.handle, said.chars().map(|line| Act::Say(line.to_string())));
        assert_eq!(texts(&site, heard.len()).await.concat(), heard);
    }
}

#[tokio::test]
async fn callbacks_are_dropped_delayed_or_held_until_released() {
    let site = joined().await;
    site.handle.faults([
        on_callback("webhook.text", CallbackFault::Drop),
        on_callback("webhook.text", CallbackFault::Hold),
        on_callback("webhook.text", CallbackFault::Delay { ms: 1000 }),
    ]);
    say(&site, &["dropped", "held", "delayed", "straight"]);
    assert_eq!(texts(&site, 2).await, ["straight", "delayed"]);
    assert_eq!(site.handle.release_held(), 1);
    assert_eq!(texts(&site, 3).await, ["straight", "delayed", "held"]);
    let dropped = site.handle.callbacks();
    assert_eq!(dropped.iter().filter(|it| it.outcome == Outcome::Dropped).count(), 1);
}

#[tokio::test]
async fn lifecycle_events_have_faults_of_their_own() {
    let site = manual().await;
    site.handle.faults([
        on_callback("lifecycle.user.start", CallbackFault::Drop),
        on_callback("lifecycle.acd.end", CallbackFault::Duplicate { copies: 1 }),
    ]);
    site.open("tr_1").await;
    site.handle.act("tr_1", Act::Join).unwrap();
    site.wait(|it| it.callbacks_of("lifecycle.acd.end").count() == 2).await;
    assert_eq!(site.topics(), ["acd.end", "acd.end"]);
}

#[tokio::test]
async fn genesys_repeats_a_webhook_after_500_and_429_until_it_is_taken() {
    let site = joined().await;
    site.receiver.answer_next([500, 429, 200]);
    say(&site, &["a"]);
    let state = site.wait(|it| it.callbacks_of("webhook.text").count() == 3).await;
    let outcomes: Vec<(u32, Outcome)> =
        state.callbacks_of("webhook.text").map(|it| (it.attempt, it.outcome.clone())).collect();
    assert_eq!(outcomes, [(1, Outcome::Status(500)), (2, Outcome::Status(429)), (3, Outcome::Status(200))]);
    let received = site.receiver.received();
    assert!(received.windows(2).all(|it| it[0].raw == it[1].raw));
}

#[tokio::test]
async fn genesys_gives_up_after_five_repeats_and_never_repeats_a_401() {
    let site = joined().await;
    site.receiver.answer_next([401]);
    say(&site, &["refused"]);
    site.wait(|it| it.callbacks_of("webhook.text").count() == 1).await;
    site.receiver.answer_next([503; 6]);
    say(&site, &["lost"]);
    site.wait(|it| it.callbacks_of("webhook.text").any(|it| it.attempt == 6)).await;
    say(&site, &["next"]);
    let all = texts(&site, 8).await;
    assert_eq!(all.iter().filter(|it| *it == "lost").count(), 6);
    assert_eq!((all[0].as_str(), all[7].as_str()), ("refused", "next"));
}

#[tokio::test]
async fn a_platform_that_is_too_slow_or_gone_shows_in_the_ledger() {
    let site = ServiceNowSite::start(Script::Manual).await;
    site.handle.set_webhook("http://127.0.0.1:9/closed", "s");
    site.call(&start_conversation("tr_1")).await;
    site.handle.act("tr_1", Act::Queue).unwrap();
    let state = site.wait(|it| !it.callbacks.is_empty()).await;
    assert_eq!(state.callbacks[0].outcome, Outcome::Failed);
}

#[tokio::test]
async fn the_control_api_plays_a_conversation_and_plans_faults() {
    let site = GenesysSite::start(Script::Greet).await;
    let control = |path: &str| format!("{}/_control/{path}", site.handle.base_url());
    let post = async |path: &str, body: Value| status_of(site.http.post(control(path)).json(&body)).await;
    assert_eq!(post("script", json!({ "name": "manual" })).await, 204);
    assert_eq!(post("script", json!({ "name": "dance" })).await, 422);
    let id = site.open("tr_1").await;
    let act = |name: &str| format!("conversations/tr_1/{name}");
    assert_eq!(post(&act("say"), json!({ "text": "too early" })).await, 409);
    assert_eq!(post(&act("join"), json!({})).await, 204);
    assert_eq!(post(&act("say"), json!({ "text": "Hello", "id": "msg-1" })).await, 204);
    assert_eq!(post(&act("dance"), json!({})).await, 404);
    assert_eq!(post("conversations/nobody/join", json!({})).await, 404);
    let fault = json!([{ "on": "request", "operation": "send", "fault": { "kind": "status", "status": 500 } }]);
    assert_eq!(post("faults", fault).await, 204);
    let request = site.post(&inbound("message"), &message("tr_1", "m-1", "hi"));
    assert_eq!(status_of(request).await, 500);
    assert_eq!(post(&act("end"), json!({ "by": "provider" })).await, 204);

    let shown = answer(site.http.get(control(&format!("conversations/{id}"))), 200).await;
    assert_has(&shown, &json!({ "phase": "ended", "endedBy": "provider" }));
    assert_eq!(shown["transcript"][1]["messageId"], "msg-1");
    let requests = answer(site.http.get(control("requests")), 200).await;
    assert_eq!(requests.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_webhook_that_is_set_later_gets_later_callbacks() {
    let site = GenesysSite::start_with(|it| it.webhook_url = None, Script::Manual).await;
    site.open("tr_1").await;
    site.handle.act("tr_1", Act::Join).unwrap();
    say(&site, &["into the void"]);
    site.wait(|it| it.callbacks.iter().any(|it| it.outcome == Outcome::NotConfigured)).await;
    site.handle.set_webhook(&site.receiver.url, "another-secret-of-16");
    say(&site, &["heard"]);
    assert_eq!(texts(&site, 1).await, ["heard"]);
}

#[tokio::test]
async fn partner_events_are_put_in_the_json_protocol_of_the_bus() {
    let receiver = Receiver::start().await;
    let bus = EventBridgeHttp::new(receiver.url.trim_end_matches("/hook")).unwrap();
    let event = PartnerEvent {
        source: "aws.partner/genesys.com/cloud/org/suffix".to_owned(),
        detail_type: "v2.detail.events.conversation.{id}.acd.start".to_owned(),
        detail: json!({ "version": "2" }),
        time_ms: 1_795_341_603_250,
    };
    // The receiver's empty 200 is not the bus's answer, so the event counts as refused.
    assert!(bus.put(event).await.is_err());
    let put = receiver.received().remove(0);
    assert_eq!(put.path, "/");
    assert_eq!(put.headers["x-amz-target"], "AWSEvents.PutPartnerEvents");
    let entry = json!({ "Time": 1_795_341_603, "Detail": r#"{"version":"2"}"#, "Resources": [] });
    assert_has(&put.json()["Entries"][0], &entry);
}

#[tokio::test]
async fn after_shutdown_nobody_listens_even_if_a_request_hangs() {
    let site = manual().await;
    let hang = RequestFault::HangBefore { seconds: None };
    site.handle.faults([on_request(Operation::Open, hang)]);
    let hanging = tokio::spawn(site.open_request("tr_1").send());
    site.wait(|it| it.requests_for(Operation::Open).next().is_some()).await;
    let url = site.handle.base_url().to_owned();
    tokio::time::timeout(PATIENCE, site.handle.shutdown()).await.unwrap();
    assert!(hanging.await.unwrap().is_err());
    assert!(Client::new().get(url).send().await.is_err());
}

#[tokio::test]
async fn waiting_for_what_never_happens_ends_with_the_state() {
    let site = manual().await;
    site.open("tr_1").await;
    let ended = |it: &simulators::State| it.conversations[0].phase == Phase::Ended;
    let timeout = site.handle.wait_until(Duration::from_millis(20), ended).await.unwrap_err();
    assert_eq!(timeout.state.conversations.len(), 1);
}
