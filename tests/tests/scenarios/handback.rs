//! What an agent runtime goes on with after a transfer, how it says that it has it, and how transfers are found by it.

use std::time::Duration;

use agent_transfer::{Stack, StackOptions, TestClock};
use http::StatusCode;
use serde_json::{Value, json};
use simulators::{Act, EndedBy};
use transfer_app::Metric;
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, events, minutes, stack, stack_with, transfer, uuid};

use transfer_tests::receiver::{Receiver, connect};

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for one in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), one.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

async fn requested(stack: &Stack, api: &Api, more: &Value) -> String {
    let mut body = transfer("conv-1", "genesys");
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let created = api.post("/transfers", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    stack.settle().await.unwrap();
    created.str("sessionId")
}

/// How long hand-backs took to endpoints since it was asked last.
fn delivered(stack: &Stack) -> Vec<i64> {
    let took = |metric| if let Metric::HandBackDelivered(took) = metric { Some(took.num_seconds()) } else { None };
    stack.service().metrics.take().into_iter().filter_map(took).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_an_endpoint_is_measured_at_whichever_try_it_arrives_and_not_when_it_is_sent_again() {
    let (stack, api) =
        stack_with(StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) }).await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.ended"]).await;
    receiver.answers(|index| if index == 0 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK });
    let session = served(&stack, &api, &json!({})).await;
    assert_eq!((receiver.requests().len(), delivered(&stack)), (1, vec![]));
    stack.advance(Duration::from_secs(6));
    stack.settle().await.unwrap();
    let took = delivered(&stack);
    assert!(took.len() == 1 && (4..=8).contains(&took[0]), "{took:?}");
    let replay = api.post("/settings/event-endpoints/runtime/replay", &json!({ "sessionId": session })).await;
    assert_eq!((replay.status, &replay.body["events"]), (202, &json!(1)));
    stack.settle().await.unwrap();
    assert_eq!((receiver.taken().len(), delivered(&stack)), (2, vec![]));
}

/// A session that a representative served and ended.
async fn served(stack: &Stack, api: &Api, more: &Value) -> String {
    let session = requested(stack, api, more).await;
    act(stack, &session, &[Act::Accept, Act::Queue]).await;
    stack.advance(Duration::from_secs(20));
    act(stack, &session, &[Act::Join]).await;
    stack.advance(Duration::from_secs(5));
    act(stack, &session, &[Act::Say("Hello".to_owned())]).await;
    stack.advance(minutes(1));
    act(stack, &session, &[Act::End(EndedBy::Representative)]).await;
    session
}

async fn acknowledge(api: &Api, session: &str, version: u64) -> Answer {
    api.post(&format!("/transfers/{session}/handback"), &json!({ "version": version })).await
}

async fn hand_back(api: &Api, session: &str) -> Value {
    api.detail(session).await.body["handback"].clone()
}

/// The hand-backs that were told, oldest first.
fn told(stack: &Stack, session: &str) -> Vec<Value> {
    let ends = ["transfer.ended", "transfer.expired", "transfer.handback_updated"];
    let is_end = |event: &&Value| ends.contains(&event["detail-type"].as_str().unwrap());
    events(stack, session).iter().filter(is_end).map(|event| event["detail"].clone()).collect()
}

async fn listed(api: &Api, query: &str) -> Vec<String> {
    let page = api.get(&format!("/transfers?{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.body["items"].as_array().unwrap().iter().map(|row| row["sessionId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_transfer_hands_back_one_object_in_its_event_and_its_record() {
    let (stack, api) = stack().await;
    let token = format!("step \"refund\"\n{}", "é".repeat(2_000));
    let more = json!({ "trigger": "escalate", "reasonCode": "refund", "tags": ["vip", "eu"], "resumeToken": token });
    let session = served(&stack, &api, &more).await;
    let [event] = told(&stack, &session).try_into().unwrap();
    let record = api.detail(&session).await;
    assert_eq!(event["handback"], record.body["handback"]);
    let handed = &record.body["handback"];
    assert_eq!((&handed["state"], &handed["acknowledgedAt"]), (&json!("open"), &json!(null)));
    assert_eq!(handed["version"], event["sequence"]);
    assert_eq!((&handed["outcome"], &handed["decidedBy"]), (&json!("served"), &json!("representative")));
    assert_eq!(handed["servedBy"], record.body["representative"]);
    assert_eq!(handed["resumeToken"], token);
    assert_eq!(handed["next"], "return_to_agent");
    assert_eq!(handed["messageCounts"], json!({ "fromContact": 0, "fromRepresentative": 1 }));
    let times = ["waitingSeconds", "talkingSeconds", "firstReplySeconds"].map(|name| handed[name].as_i64().unwrap());
    assert!((20..=22).contains(&times[0]) && (64..=67).contains(&times[1]) && (4..=6).contains(&times[2]), "{times:?}");
    let transcript = handed["transcript"].as_str().unwrap();
    let under_the_project = transcript.strip_prefix("/v1/projects/demo").unwrap();
    assert_eq!(api.get(under_the_project).await.body["items"][0]["text"], "Hello");
    for (name, value) in [("outcome", json!("served")), ("trigger", json!("escalate")), ("reasonCode", json!("refund"))]
    {
        assert_eq!((&event[name], &record.body[name]), (&value, &value), "{name}");
    }
    assert_eq!((&event["tags"], &record.body["tags"]), (&json!(["eu", "vip"]), &json!(["eu", "vip"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_acknowledges_the_newest_version_and_may_say_so_again() {
    let (stack, api) = stack().await;
    let session = served(&stack, &api, &json!({})).await;
    let version = hand_back(&api, &session).await["version"].as_u64().unwrap();
    assert_eq!(listed(&api, "handback=open").await, [session.as_str()]);
    for other in [version - 1, version + 1] {
        let refused = acknowledge(&api, &session, other).await;
        assert_eq!((refused.status, refused.problem()), (409, "handback-superseded"), "{}", refused.text);
        assert_eq!(refused.body["handbackVersion"], version);
    }
    let taken = acknowledge(&api, &session, version).await;
    assert_eq!((taken.status, taken.str("state").as_str()), (200, "acknowledged"), "{}", taken.text);
    stack.advance(Duration::from_secs(5));
    let again = acknowledge(&api, &session, version).await;
    assert_eq!((again.status, &again.body), (200, &taken.body), "it stays when it was");
    let record = hand_back(&api, &session).await;
    assert_eq!((&record["state"], &record["acknowledgedAt"]), (&taken.body["state"], &taken.body["acknowledgedAt"]));
    stack.settle().await.unwrap();
    assert_eq!(listed(&api, "handback=acknowledged").await, [session.as_str()]);
    assert_eq!(listed(&api, "handback=open").await, Vec::<String>::new());
    let row = api.get("/transfers").await.body["items"][0]["handback"].clone();
    assert_eq!(row, taken.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_representative_notes_after_the_end_is_another_hand_back_that_is_open_again() {
    let (stack, api) = stack().await;
    let session = served(&stack, &api, &json!({ "resumeToken": "step-4" })).await;
    let first = hand_back(&api, &session).await["version"].as_u64().unwrap();
    assert_eq!(acknowledge(&api, &session, first).await.status, 200);
    stack.advance(minutes(2));
    act(&stack, &session, &[Act::WrapUp]).await;
    let told = told(&stack, &session);
    let [_, second] = &told[..] else { panic!("{told:?}") };
    let newest = hand_back(&api, &session).await;
    assert_eq!(second["handback"], newest);
    assert_eq!(second["eventId"].as_str().unwrap().split_once("-transfer.").unwrap().1, "handback_updated");
    assert_eq!(newest["wrapUp"]["note"], "resolved");
    assert!(newest["wrapUp"]["code"].is_string() && newest["resumeToken"] == "step-4", "{newest}");
    assert_eq!((&newest["state"], &newest["acknowledgedAt"]), (&json!("open"), &json!(null)));
    let superseded = acknowledge(&api, &session, first).await;
    assert_eq!((superseded.status, &superseded.body["handbackVersion"]), (409, &newest["version"]));
    assert_eq!(acknowledge(&api, &session, newest["version"].as_u64().unwrap()).await.status, 200);
    let ends = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_eq!(ends.phase, simulators::Phase::Ended, "nothing is closed twice: {ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_nothing_to_acknowledge_before_the_end_and_after_the_retention() {
    let (stack, api) = stack().await;
    let session = requested(&stack, &api, &json!({})).await;
    assert_eq!(api.detail(&session).await.body["handback"], json!(null));
    let early = acknowledge(&api, &session, 1).await;
    assert_eq!((early.status, early.problem()), (409, "transfer-not-ended"), "{}", early.text);
    api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "contact" })).await;
    let version = hand_back(&api, &session).await["version"].as_u64().unwrap();
    assert_eq!(api.detail(&session).await.str("outcome"), "abandoned");
    stack.advance(minutes(24 * 60 + 1));
    assert_eq!(acknowledge(&api, &session, version).await.status, 404);
    let nobody = "agent_transfer:019bb1a5-ed00-7000-8000-0000000000ff:conv-1:chat";
    assert_eq!(acknowledge(&api, nobody, 1).await.status, 404);
    assert_eq!(acknowledge(&api.in_project("another"), &session, version).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hand_back_of_a_session_that_expired_can_be_acknowledged_whoever_wrote_its_end() {
    let (stack, api) = stack().await;
    let session = requested(&stack, &api, &json!({})).await;
    // Nobody has written its end yet.
    stack.advance(minutes(31));
    let shown = hand_back(&api, &session).await;
    assert_eq!((&shown["outcome"], &shown["state"]), (&json!("expired"), &json!("open")));
    let taken = acknowledge(&api, &session, shown["version"].as_u64().unwrap()).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    stack.settle().await.unwrap();
    let [event] = told(&stack, &session).try_into().unwrap();
    assert_eq!((&event["outcome"], &event["handback"]["version"]), (&json!("expired"), &shown["version"]));
    assert_eq!(listed(&api, "outcome=expired&handback=acknowledged").await, [session]);
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_are_found_by_what_became_of_them_and_by_what_they_are_counted_by() {
    let (stack, api) = stack().await;
    let labels = json!({ "trigger": "delegate", "reasonCode": "refund", "tags": ["vip", "eu"] });
    let session = requested(&stack, &api, &labels).await;
    for query in ["trigger=delegate", "reasonCode=refund", "tag=vip", "tag=eu&trigger=delegate"] {
        assert_eq!(listed(&api, query).await, [session.as_str()], "{query}");
    }
    for query in ["trigger=handoff", "reasonCode=refunds", "tag=ei", "outcome=cancelled", "handback=open"] {
        assert_eq!(listed(&api, query).await, Vec::<String>::new(), "{query}");
    }
    api.post(&format!("/transfers/{session}/end"), &json!({})).await;
    stack.settle().await.unwrap();
    for query in ["outcome=cancelled", "outcome=cancelled&status=ended&tag=vip", "handback=open&reasonCode=refund"] {
        assert_eq!(listed(&api, query).await, [session.as_str()], "{query}");
    }
    let row = api.get("/transfers").await.body["items"][0].clone();
    assert_eq!((&row["outcome"], &row["trigger"]), (&json!("cancelled"), &json!("delegate")));
    assert_eq!((&row["reasonCode"], &row["tags"]), (&json!("refund"), &json!(["eu", "vip"])));
    for wrong in ["outcome=gone", "handback=closed", "tag=a%20b", "reasonCode=%C3%A9"] {
        assert_eq!(api.get(&format!("/transfers?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_break_a_rule_are_named() {
    let (_stack, api) = stack().await;
    let eleven: Vec<_> = (0..11).map(|n| format!("tag-{n}")).collect();
    for (name, value, pointer) in [
        ("reasonCode", json!("two words"), "/reasonCode"),
        ("reasonCode", json!("x".repeat(65)), "/reasonCode"),
        ("tags", json!(["fine", "not fine"]), "/tags/1"),
        ("tags", json!(["x".repeat(33)]), "/tags/0"),
        ("tags", json!(["twice", "twice"]), "/tags/1"),
        ("tags", json!(eleven), "/tags"),
        ("resumeToken", json!("é".repeat(2_049)), "/resumeToken"),
        ("resumeToken", json!(""), "/resumeToken"),
    ] {
        let mut body = transfer("conv-1", "genesys");
        body[name] = value;
        let refused = api.post("/transfers", &body).await;
        assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_back_comes_again_and_again_to_a_webhook_until_it_is_acknowledged_where_the_project_asks_for_it() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.handback_open"]).await;
    let mut settings = api.get("/settings/agent-transfer").await.body;
    assert_eq!(settings["sessionLifecycle"]["limits"]["handbackMinutes"], 0);
    settings["sessionLifecycle"]["limits"]["handbackMinutes"] = json!(10);
    assert_eq!(api.put("/settings/agent-transfer", &settings).await.status, 200);
    let [forgotten, taken] = ["conv-1", "conv-2"]
        .map(|conversation| json!({ "conversationSessionId": conversation, "resumeToken": "step-4" }));
    let (forgotten, taken) = (served(&stack, &api, &forgotten).await, served(&stack, &api, &taken).await);
    let version = hand_back(&api, &taken).await["version"].as_u64().unwrap();
    assert_eq!(acknowledge(&api, &taken, version).await.status, 200);
    let pass = async |passing: u32| {
        for _ in 0..passing {
            stack.advance(minutes(1));
            stack.settle().await.unwrap();
        }
    };
    let reminders = || receiver.taken().iter().map(|request| request.event()["detail"].clone()).collect::<Vec<_>>();
    // The other one took some time, too.
    pass(8).await;
    assert_eq!(reminders(), Vec::<Value>::new(), "not before its time");
    // After 10 minutes, after another 20, after another 40.
    for (minutes, times) in [(5, 1), (12, 1), (8, 2), (30, 2), (10, 3)] {
        pass(minutes).await;
        assert_eq!(reminders().len(), times, "{minutes} minutes later");
    }
    let newest = hand_back(&api, &forgotten).await;
    for reminder in reminders() {
        assert_eq!(reminder["sessionId"], forgotten, "of what is acknowledged nobody is reminded");
        assert_eq!(reminder["handback"], newest, "the whole of it comes");
        assert_eq!((&reminder["version"], &reminder["outcome"]), (&newest["version"], &json!("served")));
    }
    assert_eq!((&newest["state"], &newest["resumeToken"]), (&json!("open"), &json!("step-4")));
    assert!(api.timeline(&forgotten).await.contains(&"handback_open".to_owned()));
    let version = newest["version"].as_u64().unwrap();
    assert_eq!(acknowledge(&api, &forgotten, version).await.status, 200, "late is better than never");
    pass(120).await;
    assert_eq!(reminders().len(), 3, "then no more");
}
