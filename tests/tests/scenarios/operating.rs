//! What whoever runs it can find out: whether an integration works, how its contact centre answers, which settings hold,
//! and what a row of the list tells.

use std::time::Duration;

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, Fault, Operation, RequestFault, Taken};
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, stack, uuid};

const PROVIDERS: [&str; 5] = ["genesys", "servicenow", "five9", "smartassist", "salesforce"];

fn answers(stack: &Stack, operation: Option<Operation>, status: u16) {
    let fault = RequestFault::Status { status, retry_after: None, taken: Taken::No };
    stack.desk(GENESYS).unwrap().clear_faults();
    stack.desk(GENESYS).unwrap().faults([Fault::Request { operation, skip: 0, times: u32::MAX, fault }]);
}

async fn tested(api: &Api, provider: &str) -> Answer {
    api.call(Method::POST, &format!("/integrations/{provider}/test"), None, &[]).await
}

fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let field = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = answer["findings"].as_array().unwrap().iter();
    findings.map(|finding| (field(finding, "step"), field(finding, "outcome"))).collect()
}

fn is(found: &[(String, String)], step: &str, outcome: &str) -> bool {
    found.iter().any(|(name, came)| name == step && came == outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_an_integration_that_works_passes_and_opens_nothing() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let answer = tested(&api, provider).await;
        assert_eq!(answer.status, 200, "{provider}: {}", answer.text);
        assert_eq!(answer.body["passed"], true, "{provider}: {}", answer.text);
        let found = outcomes(&answer.body);
        let steps: Vec<_> = found.iter().map(|(step, _)| step.as_str()).collect();
        assert_eq!(steps, ["settings", "address", "credentials", "queue", "callback"], "{provider}");
        assert!(is(&found, "callback", "ok"), "{provider}: {}", answer.text);
        assert!(is(&found, "credentials", "ok") && is(&found, "address", "ok"), "{provider}: {}", answer.text);
        assert!(stack.desk(provider.parse().unwrap()).unwrap().conversations().is_empty(), "{provider}");
    }
    let page = api.get("/transfers").await;
    assert_eq!(page.body["items"], json!([]));
    assert_eq!(tested(&api, "nothing").await.status, 404);
    assert_eq!(tested(&api.in_project("another"), "genesys").await.status, 404);
}

/// With a fixed password ServiceNow is asked nothing before an opening.
#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_an_integration_says_what_it_had_nobody_to_ask_about() {
    let (_stack, api) = stack().await;
    let mut settings = api.get("/integrations/servicenow").await.body["settings"].clone();
    settings["authMethod"] = json!("basic");
    let removed = api.call(Method::DELETE, "/integrations/servicenow", None, &[]).await;
    assert_eq!(removed.status, 204, "with its credentials for OAuth");
    let credentials = json!({ "username": "user", "password": "password" });
    let put = api.put("/integrations/servicenow", &json!({ "settings": settings, "credentials": credentials })).await;
    assert_eq!(put.status, 201, "{}", put.text);
    let answer = tested(&api, "servicenow").await;
    let found = outcomes(&answer.body);
    let not_checked = |step: &str| is(&found, step, "not_checked");
    assert!(not_checked("address") && not_checked("credentials") && not_checked("queue"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_an_integration_says_which_step_fails() {
    let (stack, api) = stack().await;
    answers(&stack, Some(Operation::Token), 401);
    let refused = tested(&api, "genesys").await;
    let found = outcomes(&refused.body);
    assert!(is(&found, "credentials", "failed") && is(&found, "address", "ok"), "{}", refused.text);
    answers(&stack, Some(Operation::Token), 503);
    let down = tested(&api, "genesys").await;
    let found = outcomes(&down.body);
    assert!(is(&found, "address", "failed") && is(&found, "credentials", "not_checked"), "{}", down.text);
    assert_eq!(down.body["passed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_shows_how_its_contact_centre_answers_since_when_and_what_the_last_error_was() {
    let (stack, api) = stack().await;
    let health = async || api.get("/integrations/genesys").await.body["health"].clone();
    assert_eq!(health().await, json!({ "state": "unknown", "since": null, "lastError": null }));
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    let first = health().await;
    assert_eq!((&first["state"], first["since"].is_string()), (&json!("healthy"), true), "the first call told it");
    answers(&stack, None, 503);
    api.say(&session, "m-1", "Hello").await;
    stack.settle().await.unwrap();
    assert_eq!(health().await["state"], "degraded");
    for _ in 0..10 {
        stack.advance(Duration::from_secs(3));
        stack.settle().await.unwrap();
    }
    let failing = health().await;
    assert_eq!(failing["state"], "failing");
    assert!(failing["lastError"].as_str().unwrap().contains("503"), "{failing}");
    let all = api.get("/integrations").await.body;
    let listed: Vec<_> = all["items"].as_array().unwrap().iter().map(|it| it["health"]["state"].clone()).collect();
    assert_eq!(listed.iter().filter(|state| **state == "failing").count(), 1, "of no other: {listed:?}");
    stack.desk(GENESYS).unwrap().clear_faults();
    stack.advance(Duration::from_mins(1));
    stack.settle().await.unwrap();
    let mended = health().await;
    assert_eq!(mended["state"], "healthy");
    assert!(mended["since"].as_str() > failing["since"].as_str());
    let told = stack.loopback().event_bridge().recorded_where(|it| it["detail-type"] == "integration.state_changed");
    let told: Vec<_> = told.iter().map(|event| event["detail"]["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["degraded", "failing", "healthy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_asks_may_be_refused_while_messages_go_on() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    answers(&stack, Some(Operation::Read), 429);
    // Of nine looks in forty minutes none is answered.
    for number in 0..9 {
        assert_eq!(api.say(&session, &format!("m-{number}"), &format!("line {number}")).await.status, 202);
        stack.settle().await.unwrap();
        let seen = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
        assert_eq!(seen.contact_texts().iter().filter(|text| text.starts_with("line")).count(), number + 1, "at once");
        for _ in 0..5 {
            stack.advance(Duration::from_mins(1));
            stack.settle().await.unwrap();
        }
    }
    assert!(stack.desk(GENESYS).unwrap().requests().iter().any(|request| request.operation == Operation::Read));
    assert_eq!(api.get("/integrations/genesys").await.body["health"]["state"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_refused_slow_the_integration_down_until_they_are_taken_again() {
    let (stack, api) = stack().await;
    let mut sessions = Vec::new();
    for number in 0..8 {
        sessions.push(api.create(&format!("conv-{number}"), "genesys").await);
        stack.settle().await.unwrap();
        for act in [Act::Accept, Act::Queue, Act::Join] {
            stack.desk(GENESYS).unwrap().act(&uuid(&sessions[number]), act).unwrap();
            stack.settle().await.unwrap();
        }
    }
    let asked = || {
        let requests = stack.desk(GENESYS).unwrap().requests();
        requests.iter().filter(|request| request.operation == Operation::Send).count()
    };
    let before = asked();
    answers(&stack, None, 401);
    for session in &sessions {
        assert_eq!(api.say(session, "m-1", "line").await.status, 202);
    }
    for _ in 0..60 {
        stack.advance(Duration::from_secs(1));
        stack.settle().await.unwrap();
    }
    let tried = asked() - before;
    assert!((3..=16).contains(&tried), "one at a time, not eight: {tried} tries in a minute");
    assert_eq!(api.get("/integrations/genesys").await.body["health"]["state"], "failing");
    stack.desk(GENESYS).unwrap().clear_faults();
    for _ in 0..60 {
        stack.advance(Duration::from_secs(1));
        stack.settle().await.unwrap();
    }
    for session in &sessions {
        assert_eq!(api.status(session).await, "active");
        let seen = stack.desk(GENESYS).unwrap().conversation(&uuid(session)).unwrap();
        assert!(seen.contact_texts().contains(&"line"), "{:?}", seen.contact_texts());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_in_force_are_told_with_their_source() {
    let (_stack, api) = stack().await;
    let settings =
        json!({ "sessionLifecycle": { "ttlMinutes": { "email": 90 } }, "patience": { "openingSeconds": 30 } });
    assert_eq!(api.put("/settings/agent-transfer", &settings).await.status, 200);
    let held = api.get("/settings/agent-transfer/effective?channel=email&provider=genesys").await;
    assert_eq!(held.status, 200, "{}", held.text);
    let of = |pointer: &str| {
        let values = held.body["values"].as_array().unwrap();
        let found = values.iter().find(|it| it["pointer"] == pointer).unwrap_or_else(|| panic!("{pointer}"));
        (found["value"].clone(), found["source"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("/sessionLifecycle/ttlMinutes/email"), (json!(90), "project".to_owned()));
    assert_eq!(of("/patience/openingSeconds"), (json!(30), "project".to_owned()));
    assert_eq!(of("/patience/messagesSeconds"), (json!(600), "default".to_owned()));
    assert_eq!(of("/integration/ratePerMin").1, "default");
    assert!(!held.text.contains("ttlMinutes/chat"), "of no other channel");
    assert_eq!(of("/defaultRouting/queue"), (json!("default"), "default".to_owned()));
    let query = "channel=email&provider=genesys&queue=billing&priority=9";
    let asked = api.get(&format!("/settings/agent-transfer/effective?{query}")).await;
    let routing = asked.body["values"].as_array().unwrap().iter().filter(|it| it["source"] == "request");
    let routing: Vec<_> = routing.map(|it| (it["pointer"].as_str().unwrap(), it["value"].clone())).collect();
    let wanted = [("/defaultRouting/priority", json!(9)), ("/defaultRouting/queue", json!("billing"))];
    assert!(wanted.iter().all(|it| routing.contains(it)), "{}", asked.text);
    assert_eq!(api.get("/settings/agent-transfer/effective?channel=email&priority=11").await.status, 400);
    assert_eq!(api.get("/settings/agent-transfer/effective").await.status, 400);
    assert_eq!(api.get("/settings/agent-transfer/effective?channel=fax").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_tells_who_is_there_how_urgent_it_is_and_why_it_ended() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello".to_owned())] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    let row = async |query: &str| api.get(&format!("/transfers{query}")).await.body["items"][0].clone();
    let open = row("").await;
    assert_eq!((&open["endReason"], &open["unconfirmed"], &open["priority"]), (&json!(null), &json!(false), &json!(5)));
    assert!(open["representative"].is_string(), "{open}");
    assert!(open.get("lastMessageAt").is_none(), "what moves with each message is read on request");
    assert!(row("?include=expiresAt").await["lastMessageAt"].is_string());
    api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "operator" })).await;
    stack.settle().await.unwrap();
    assert_eq!(row("").await["endReason"], "operator_ended");
}
