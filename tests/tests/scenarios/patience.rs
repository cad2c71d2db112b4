//! A contact centre that cannot be reached is tried again for as long as the project's patience lasts, and nothing that
//! was accepted is lost without a word (`docs/architecture.md`, "Who retries what").

use std::time::Duration;

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, EndedBy, Fault, Operation, Phase, RequestFault, Taken};
use transfer_domain::Provider;
use transfer_providers::{FIVE9, GENESYS, SERVICENOW};
use transfer_tests::api::{Api, event_types, events, minutes, stack, stack_with, stepped, uuid};
use transfer_tests::fault_proxy::{FaultProxy, Faults};

/// Every call of these is answered like this until [`mended`].
fn broken(stack: &Stack, provider: Provider, operation: Option<Operation>, status: u16, retry_after: Option<u64>) {
    let fault = RequestFault::Status { status, retry_after, taken: Taken::No };
    let faults = [Fault::Request { operation, skip: 0, times: u32::MAX, fault }];
    stack.desk(provider).unwrap().faults(faults);
}

fn mended(stack: &Stack, provider: Provider) {
    stack.desk(provider).unwrap().clear_faults();
}

/// Time passes in steps, so that whatever waits comes in its time.
async fn pass(stack: &Stack, time: Duration, step: Duration) {
    let mut passed = Duration::ZERO;
    while passed < time {
        stack.advance(step);
        stack.settle().await.unwrap();
        passed += step;
    }
}

const SECOND: Duration = Duration::from_secs(1);

async fn active(stack: &Stack, api: &Api, provider: Provider, conversation: &str) -> String {
    let session = api.create(conversation, provider.as_str()).await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(provider).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.status(&session).await, "active");
    session
}

async fn say(api: &Api, session: &str, lines: &[&str]) {
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(api.say(session, &format!("m-{number}"), line).await.status, 202);
    }
}

/// What the contact wrote, as the representative sees it.
fn seen(stack: &Stack, provider: Provider, session: &str) -> Vec<String> {
    let there = stack.desk(provider).unwrap().conversation(&uuid(session)).unwrap();
    there.contact_texts().into_iter().filter(|text| text.starts_with("line")).map(str::to_owned).collect()
}

async fn deliveries(api: &Api, session: &str) -> Vec<String> {
    let messages = api.messages(session).await.into_iter();
    messages.filter(|(way, ..)| way == "outbound").map(|(.., delivery)| delivery).collect()
}

fn count(stack: &Stack, session: &str, kind: &str) -> usize {
    event_types(stack, session).iter().filter(|told| *told == kind).count()
}

async fn entries(api: &Api, session: &str, what: &str) -> Vec<Value> {
    let page = api.get(&format!("/transfers/{session}/timeline?limit=100")).await;
    let items = page.body["items"].as_array().cloned().unwrap();
    items.into_iter().filter(|entry| entry["what"] == what).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_five_minutes_ends_no_conversation_and_loses_doubles_and_swaps_no_message() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    broken(&stack, GENESYS, None, 503, None);
    say(&api, &session, &["line 1", "line 2", "line 3"]).await;
    pass(&stack, minutes(5), SECOND * 5).await;
    assert_eq!(api.status(&session).await, "active");
    assert_eq!(deliveries(&api, &session).await, ["pending"; 3], "who waits is told");
    let delayed = events(&stack, &session).into_iter().filter(|it| it["detail-type"] == "transfer.delayed");
    let delayed: Vec<_> = delayed.map(|event| event["detail"].clone()).collect();
    assert_eq!(delayed.len(), 1, "once: {delayed:?}");
    assert_eq!((&delayed[0]["waitingFor"], &delayed[0]["unconfirmed"]), (&json!("messages"), &json!(false)));
    mended(&stack, GENESYS);
    pass(&stack, SECOND * 40, SECOND * 5).await;
    assert_eq!(seen(&stack, GENESYS, &session), ["line 1", "line 2", "line 3"]);
    assert_eq!(deliveries(&api, &session).await, ["delivered"; 3]);
    assert_eq!(count(&stack, &session, "message.failed"), 0);
    let tried = entries(&api, &session, "messages_delayed").await;
    let last = tried.last().unwrap();
    assert!(last["detail"].as_str().unwrap().contains("503"), "{last}");
    assert!(last["times"].as_u64().unwrap() > 5, "the same ones are one entry: {tried:?}");
    assert!(tried.len() < 4, "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_patience_with_a_message_is_over_everything_that_waits_is_told_and_the_conversation_is_closed_later() {
    let (stack, api) = stack().await;
    let patience = json!({ "patience": { "messagesSeconds": 60 } });
    assert_eq!(api.put("/settings/agent-transfer", &patience).await.status, 200);
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    broken(&stack, GENESYS, None, 503, None);
    say(&api, &session, &["line 1", "line 2", "line 3"]).await;
    pass(&stack, SECOND * 55, SECOND * 5).await;
    assert_eq!(api.status(&session).await, "active", "not before");
    pass(&stack, SECOND * 40, SECOND * 5).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "provider_error"));
    assert_eq!(deliveries(&api, &session).await, ["failed"; 3]);
    assert_eq!(count(&stack, &session, "message.failed"), 3);
    let cause = entries(&api, &session, "ended").await;
    assert!(cause[0]["detail"].as_str().unwrap().contains("503"), "an end has its cause: {cause:?}");
    // For an hour nobody can close it.
    pass(&stack, minutes(60), minutes(1)).await;
    assert_ne!(stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap().phase, Phase::Ended);
    mended(&stack, GENESYS);
    pass(&stack, minutes(6), minutes(1)).await;
    let there = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_eq!(there.phase, Phase::Ended, "nobody sits in a dead chat");
    assert_eq!(seen(&stack, GENESYS, &session), Vec::<String>::new(), "nothing is said after what was lost");
    assert_eq!(entries(&api, &session, "closed").await.len(), 1);
}

/// While the calls of others are in vain, the patience of most is over at a moment when nothing of theirs may be tried.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_that_wait_in_vain_ends_with_a_cause_tried_at_that_moment_or_not() {
    let (stack, api) = stack().await;
    let patience = json!({ "patience": { "openingSeconds": 60, "messagesSeconds": 60 } });
    assert_eq!(api.put("/settings/agent-transfer", &patience).await.status, 200);
    let mut sessions = Vec::new();
    for number in 0..6 {
        sessions.push(active(&stack, &api, GENESYS, &format!("active-{number}")).await);
    }
    // Which surely took nothing: an opening, too, is tried again.
    broken(&stack, GENESYS, None, 429, None);
    for session in &sessions {
        say(&api, session, &["line 1"]).await;
    }
    for number in 0..6 {
        sessions.push(api.create(&format!("opening-{number}"), GENESYS.as_str()).await);
    }
    pass(&stack, SECOND * 150, SECOND * 5).await;
    for session in &sessions {
        let ended = entries(&api, session, "ended").await;
        let cause = ended.first().and_then(|entry| entry["detail"].as_str()).unwrap_or_default();
        let in_vain = entries(&api, session, "messages_delayed").await;
        let in_vain = [in_vain, entries(&api, session, "opening_delayed").await].concat();
        let last = in_vain.last().and_then(|entry| entry["detail"].as_str()).unwrap_or_default();
        assert!(!cause.is_empty() && (cause.contains("429") || cause == last), "{cause:?} after {in_vain:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_was_ended_while_the_contact_centre_is_down_is_closed_there_when_it_is_up() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    say(&api, &session, &["line 1"]).await;
    stack.settle().await.unwrap();
    broken(&stack, GENESYS, None, 503, None);
    assert_eq!(api.say(&session, "m-9", "line 2").await.status, 202);
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    pass(&stack, minutes(3), SECOND * 10).await;
    mended(&stack, GENESYS);
    pass(&stack, SECOND * 40, SECOND * 10).await;
    assert_eq!(stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap().phase, Phase::Ended);
    let told = deliveries(&api, &session).await;
    assert_eq!(told.first().map(String::as_str), Some("delivered"));
    assert!(matches!(told[1].as_str(), "delivered" | "failed"), "and nothing stays pending: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_asked_for_is_kept_however_long_and_is_not_the_sessions_failure() {
    let (stack, api) = stack().await;
    broken(&stack, GENESYS, Some(Operation::Open), 429, Some(600));
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    mended(&stack, GENESYS);
    pass(&stack, SECOND * 590, SECOND * 10).await;
    assert!(stack.desk(GENESYS).unwrap().conversations().is_empty(), "no sooner than asked");
    assert_eq!(api.status(&session).await, "pending");
    pass(&stack, SECOND * 30, SECOND * 10).await;
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_is_tried_for_two_minutes_is_told_within_seconds_and_then_the_transfer_fails_with_its_cause() {
    let (stack, api) = stack().await;
    broken(&stack, GENESYS, Some(Operation::Open), 429, None);
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    pass(&stack, SECOND * 5, SECOND).await;
    assert_eq!(count(&stack, &session, "transfer.delayed"), 1);
    let told = events(&stack, &session).into_iter().find(|it| it["detail-type"] == "transfer.delayed").unwrap();
    assert_eq!(told["detail"]["waitingFor"], "opening");
    assert!(!told["detail"]["alternatives"].as_array().unwrap().is_empty(), "{told}");
    pass(&stack, SECOND * 110, SECOND * 5).await;
    assert_eq!(api.status(&session).await, "pending", "not before");
    pass(&stack, SECOND * 45, SECOND * 5).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "provider_error"));
    assert_eq!(api.task_status(&session).await, "failed", "somebody must look");
    let task = api.get(&format!("/inbox/tasks/{}", uuid(&session))).await;
    assert_eq!(task.str("reason"), "provider_error");
    assert_eq!(stack.dead_commands().counts().unwrap().visible, 0);
    assert!(entries(&api, &session, "opening_delayed").await[0]["times"].as_u64().unwrap() > 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_to_an_opening_that_nobody_can_be_sure_of_is_told() {
    let (stack, api) = stack().await;
    broken(&stack, GENESYS, Some(Operation::Open), 503, None);
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let entry = entries(&api, &session, "unconfirmed").await.remove(0);
    assert!(entry["detail"].as_str().unwrap().contains("503"), "{entry}");
    let told = events(&stack, &session).into_iter().find(|it| it["detail-type"] == "transfer.delayed").unwrap();
    assert_eq!(told["detail"]["unconfirmed"], true);
    assert!(told["detail"]["reason"].as_str().unwrap().contains("503"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_stands_in_the_timeline_with_what_was_answered() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    broken(&stack, GENESYS, Some(Operation::Send), 400, None);
    say(&api, &session, &["line 1", "line 2"]).await;
    stack.settle().await.unwrap();
    assert_eq!(deliveries(&api, &session).await, ["failed"; 2]);
    let failed = entries(&api, &session, "messages_failed").await;
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|entry| entry["detail"].as_str().unwrap().contains("400")), "{failed:?}");
    assert_eq!(api.status(&session).await, "active");
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
}

/// So many calls a minute, at most, are made with the integration.
async fn limit_rate(stack: &Stack, api: &Api, provider: Provider, per_minute: u32) {
    set(stack, api, provider, &[("ratePerMin", json!(per_minute))]).await;
}

async fn set(stack: &Stack, api: &Api, provider: Provider, changed: &[(&str, Value)]) {
    let mut settings = api.get(&format!("/integrations/{provider}")).await.body["settings"].clone();
    for (name, value) in changed {
        settings[*name] = value.clone();
    }
    let put = api.put(&format!("/integrations/{provider}"), &json!({ "settings": settings })).await;
    assert_eq!(put.status, 200, "{}", put.text);
    stack.service().directory.forget();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_integrations_own_rate_lines_calls_up_and_ends_nothing() {
    let (stack, api) = stack().await;
    let mut sessions = Vec::new();
    for number in 0..20 {
        sessions.push(active(&stack, &api, GENESYS, &format!("conv-{number}")).await);
    }
    limit_rate(&stack, &api, GENESYS, 120).await;
    let lines: Vec<String> = (0..15).map(|number| format!("line {number}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for session in &sessions {
        say(&api, session, &lines).await;
    }
    // Three hundred calls, a hundred and twenty a minute.
    pass(&stack, minutes(4), SECOND).await;
    for session in &sessions {
        assert_eq!(api.status(session).await, "active");
        assert_eq!(seen(&stack, GENESYS, session), lines);
        assert_eq!(count(&stack, session, "transfer.delayed"), 0, "a line is no trouble");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_and_fifty_transfers_within_a_second_each_is_opened_in_its_turn() {
    let (stack, api) = stack().await;
    limit_rate(&stack, &api, GENESYS, 120).await;
    let mut sessions = Vec::new();
    for number in 0..150 {
        sessions.push(api.create(&format!("conv-{number}"), GENESYS.as_str()).await);
    }
    pass(&stack, minutes(3), SECOND).await;
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 150);
    for session in &sessions {
        assert_eq!(api.status(session).await, "pending");
        assert_eq!(count(&stack, session, "transfer.delayed"), 0, "a line is no trouble");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_connections_end_nothing_and_whoever_is_ended_meanwhile_is_closed_when_they_are_taken_again() {
    let (stack, api) = stack().await;
    let mut way = FaultProxy::start(stack.desk(GENESYS).unwrap().base_url(), Faults::new()).await;
    set(&stack, &api, GENESYS, &[("apiUrl", json!(way.url())), ("loginUrl", json!(way.url()))]).await;
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    way.refuse().await;
    say(&api, &session, &["line 1", "line 2"]).await;
    pass(&stack, SECOND * 15, SECOND).await;
    assert_eq!(api.status(&session).await, "active");
    way.serve_again().await;
    pass(&stack, SECOND * 20, SECOND).await;
    assert_eq!(seen(&stack, GENESYS, &session), ["line 1", "line 2"]);

    way.refuse().await;
    assert_eq!(api.say(&session, "m-9", "line 3").await.status, 202);
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    pass(&stack, SECOND * 30, SECOND).await;
    let there = || stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_ne!(there().phase, Phase::Ended);
    way.serve_again().await;
    pass(&stack, SECOND * 60, SECOND).await;
    assert_eq!(there().phase, Phase::Ended, "nobody sits in a dead chat");
    assert_eq!(entries(&api, &session, "closed").await.len(), 1);
    assert!(deliveries(&api, &session).await.iter().all(|delivery| delivery != "pending"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_answer_holds_the_others_no_longer_than_the_contact_centre_hangs() {
    let mut options = stepped();
    options.provider_timeout = Duration::from_millis(100);
    let (stack, api) = stack_with(options).await;
    let session = active(&stack, &api, GENESYS, "conv-1").await;
    let fault = RequestFault::HangBefore { seconds: None };
    let hangs = Fault::Request { operation: Some(Operation::Send), skip: 0, times: u32::MAX, fault };
    stack.desk(GENESYS).unwrap().faults([hangs]);
    let lines = ["line 0", "line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8"];
    say(&api, &session, &lines).await;
    pass(&stack, SECOND * 30, SECOND).await;
    assert_eq!(seen(&stack, GENESYS, &session), Vec::<String>::new());
    mended(&stack, GENESYS);
    pass(&stack, SECOND * 32, SECOND).await;
    assert_eq!(seen(&stack, GENESYS, &session), lines);
    assert_eq!(api.status(&session).await, "active");
}

/// Some need several calls for one opening, each of which counts.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_stands_in_line_with_an_opening_of_several_calls_comes_through() {
    for provider in [FIVE9, GENESYS] {
        let (stack, api) = stack().await;
        limit_rate(&stack, &api, provider, 10).await;
        for number in 0..30 {
            api.create(&format!("conv-{number}"), provider.as_str()).await;
        }
        pass(&stack, minutes(8), SECOND * 2).await;
        assert_eq!(stack.desk(provider).unwrap().conversations().len(), 30, "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_centre_that_is_down_slows_no_other_down() {
    let (stack, api) = stack().await;
    let down = active(&stack, &api, GENESYS, "conv-1").await;
    let up = active(&stack, &api, SERVICENOW, "conv-2").await;
    broken(&stack, GENESYS, None, 503, None);
    for number in 0..5 {
        api.say(&down, &format!("m-{number}"), "line").await;
        stack.settle().await.unwrap();
        assert_eq!(api.say(&up, &format!("m-{number}"), &format!("line {number}")).await.status, 202);
        stack.settle().await.unwrap();
        assert_eq!(seen(&stack, SERVICENOW, &up).len(), number + 1, "at once");
        pass(&stack, SECOND * 10, SECOND * 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_centre_that_does_not_answer_is_tried_by_one_session_at_a_time() {
    let (stack, api) = stack().await;
    let mut sessions = Vec::new();
    for number in 0..10 {
        sessions.push(active(&stack, &api, GENESYS, &format!("conv-{number}")).await);
    }
    broken(&stack, GENESYS, None, 503, None);
    let before = stack.desk(GENESYS).unwrap().requests().len();
    for session in &sessions {
        say(&api, session, &["line 1"]).await;
    }
    pass(&stack, minutes(2), SECOND * 2).await;
    let tried = stack.desk(GENESYS).unwrap().requests().len() - before;
    assert!(tried < 30, "{tried} calls in two minutes of ten sessions");
    mended(&stack, GENESYS);
    pass(&stack, minutes(2), SECOND * 2).await;
    for session in &sessions {
        assert_eq!(seen(&stack, GENESYS, session), ["line 1"]);
        assert_eq!(api.status(session).await, "active");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_and_is_not_delivered_when_a_session_expires_is_told_as_failed() {
    let (stack, api) = stack().await;
    for provider in ["genesys", "servicenow", "five9", "smartassist", "salesforce"] {
        let session = api.create(&format!("conv-{provider}"), provider).await;
        stack.settle().await.unwrap();
        say(&api, &session, &["line 1", "line 2"]).await;
        stack.settle().await.unwrap();
        pass(&stack, minutes(31), minutes(1)).await;
        let detail = api.detail(&session).await;
        assert_eq!((detail.status, detail.str("endReason")), (200, "expired".to_owned()), "{provider}");
        let told = deliveries(&api, &session).await;
        assert!(told.iter().all(|delivery| delivery == "delivered" || delivery == "failed"), "{provider}: {told:?}");
        let failed = told.iter().filter(|delivery| *delivery == "failed").count();
        assert_eq!(count(&stack, &session, "message.failed"), failed, "{provider}");
        assert_eq!(count(&stack, &session, "transfer.expired"), 1, "{provider}");
        assert_eq!(count(&stack, &session, "transfer.expiring"), 1, "{provider}");
    }
}

/// What ends a session while messages wait that nobody takes.
#[derive(Debug, Clone, Copy)]
enum EndsBy {
    ContactCentre,
    Request,
    Silence,
    Limit,
    Erasure,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_and_nobody_takes_is_told_as_failed_whatever_ends_the_session() {
    for by in [EndsBy::ContactCentre, EndsBy::Request, EndsBy::Silence, EndsBy::Limit, EndsBy::Erasure] {
        let (stack, api) = stack().await;
        let mut settings = api.get("/settings/agent-transfer").await.body;
        settings["patience"]["messagesSeconds"] = json!(7200);
        settings["sessionLifecycle"]["limits"]["queuedMinutes"] = json!(7);
        let put = api.put("/settings/agent-transfer", &settings).await;
        assert_eq!(put.status, 200, "{}", put.text);
        let session = api.create("conv-1", "genesys").await;
        stack.settle().await.unwrap();
        let act = |act| {
            stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        };
        act(Act::Accept);
        act(Act::Queue);
        stack.settle().await.unwrap();
        if !matches!(by, EndsBy::Limit) {
            act(Act::Join);
            stack.settle().await.unwrap();
        }
        broken(&stack, GENESYS, Some(Operation::Send), 503, None);
        say(&api, &session, &["line 1", "line 2"]).await;
        pass(&stack, SECOND * 30, SECOND * 5).await;
        assert_eq!(deliveries(&api, &session).await, ["pending"; 2], "{by:?}");
        match by {
            EndsBy::ContactCentre => act(Act::End(EndedBy::Representative)),
            EndsBy::Request => {
                assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
            }
            EndsBy::Silence => pass(&stack, minutes(31), minutes(1)).await,
            EndsBy::Limit => pass(&stack, minutes(8), minutes(1)).await,
            EndsBy::Erasure => {
                assert_eq!(api.call(Method::POST, "/contacts/contact-1/erase", None, &[]).await.status, 200);
            }
        }
        pass(&stack, minutes(2), SECOND * 10).await;
        assert_eq!(count(&stack, &session, "message.failed"), 2, "{by:?}");
        assert_eq!(seen(&stack, GENESYS, &session), Vec::<String>::new(), "{by:?}");
        if !matches!(by, EndsBy::Erasure) {
            assert_eq!(api.detail(&session).await.str("status"), "ended", "{by:?}");
            assert_eq!(deliveries(&api, &session).await, ["failed"; 2], "{by:?}");
        }
    }
}
