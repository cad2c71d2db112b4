//! What a call to the contact centre comes to, and what must follow (`docs/contracts/README.md`, "Outcomes of calls").

use std::time::Duration;

use agent_transfer::Stack;
use serde_json::{Map, json};
use simulators::genesys::Genesys;
use simulators::{Act, EndedBy, Fault, Operation, Phase, RequestFault, Script, Taken};
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, event_types, stack, stack_with, stepped, uuid};

fn on(operation: Operation, times: u32, fault: RequestFault) -> Fault {
    Fault::Request { operation: Some(operation), skip: 0, times, fault }
}

fn status(status: u16, taken: Taken) -> RequestFault {
    RequestFault::Status { status, retry_after: None, taken }
}

async fn created(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    session
}

/// Time passes, so that what was put off comes again.
async fn later(stack: &Stack, seconds: u64) {
    stack.advance(Duration::from_secs(seconds));
    stack.settle().await.unwrap();
}

async fn connect(stack: &Stack, session: &str) {
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(GENESYS).unwrap().act(&uuid(session), act).unwrap();
        stack.settle().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_that_was_throttled_comes_again_and_opens_one_conversation() {
    let (stack, api) = stack().await;
    let throttle = RequestFault::Status { status: 429, retry_after: Some(3), taken: Taken::No };
    stack.desk(GENESYS).unwrap().faults([on(Operation::Open, 2, throttle)]);
    let session = created(&stack, &api).await;
    assert!(stack.desk(GENESYS).unwrap().conversations().is_empty());
    later(&stack, 4).await;
    later(&stack, 4).await;
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 1);
    connect(&stack, &session).await;
    assert_eq!(api.status(&session).await, "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_with_an_unknown_outcome_is_never_repeated_and_an_event_settles_it() {
    for fault in [
        status(503, Taken::Yes),
        RequestFault::Close { taken: Taken::Yes },
        RequestFault::HangAfter { seconds: None },
        RequestFault::MalformedBody,
        RequestFault::HugeBody { bytes: 300 * 1024 },
    ] {
        let mut options = stepped();
        options.provider_timeout = Duration::from_millis(300);
        let (stack, api) = stack_with(options).await;
        stack.desk(GENESYS).unwrap().faults([on(Operation::Open, 1, fault.clone())]);
        let session = created(&stack, &api).await;
        let detail = api.detail(&session).await;
        assert_eq!(
            (detail.str("status").as_str(), &detail.body["unconfirmed"]),
            ("pending", &json!(true)),
            "{fault:?}"
        );
        assert_eq!(api.say(&session, "m-1", "Hello").await.status, 202);
        stack.redeliver_stream().await.unwrap();
        later(&stack, 120).await;
        let opens = stack.desk(GENESYS).unwrap().requests().iter().filter(|it| it.operation == Operation::Open).count();
        assert_eq!(opens, 1, "{fault:?}");
        let waiting = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
        assert!(!waiting.contact_texts().contains(&"Hello"), "held while nobody knows");

        // The conversation's webhook settles it, and the held message follows.
        stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::FlowText("Please wait".to_owned())).unwrap();
        stack.settle().await.unwrap();
        assert_eq!(api.detail(&session).await.body["unconfirmed"], false, "{fault:?}");
        let settled = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
        assert!(settled.contact_texts().contains(&"Hello"), "{fault:?}");
        assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_of_life_after_an_unconfirmed_session_was_ended_closes_the_orphan() {
    let (stack, api) = stack().await;
    stack.desk(GENESYS).unwrap().faults([on(Operation::Open, 1, status(500, Taken::Yes))]);
    let session = created(&stack, &api).await;
    api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "contact" })).await;
    stack.settle().await.unwrap();
    let orphan = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_ne!(orphan.phase, Phase::Ended);
    stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::FlowText("Please wait".to_owned())).unwrap();
    stack.settle().await.unwrap();
    let orphan = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_eq!(orphan.phase, Phase::Ended, "nobody sits in an orphaned chat");
    assert_eq!(api.status(&session).await, "ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_opening_ends_the_transfer_and_frees_the_conversation() {
    let (stack, api) = stack().await;
    stack.desk(GENESYS).unwrap().script(Script::Reject);
    let session = created(&stack, &api).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "provider_rejected"));
    let told = event_types(&stack, &session);
    assert!(told.contains(&"transfer.failed".to_owned()) && told.contains(&"transfer.ended".to_owned()), "{told:?}");
    assert_eq!(api.task_status(&session).await, "failed", "somebody must look");
    stack.desk(GENESYS).unwrap().script(Script::Manual);
    api.create("conv-1", "genesys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_keeps_failing_ends_the_session_with_a_reason() {
    let (stack, api) = stack().await;
    stack.desk(GENESYS).unwrap().faults([on(Operation::Open, 100, status(429, Taken::No))]);
    let session = created(&stack, &api).await;
    for _ in 0..8 {
        later(&stack, 70).await;
    }
    let detail = api.detail(&session).await;
    assert_eq!(
        (detail.str("status").as_str(), detail.str("endReason").as_str()),
        ("ended", "provider_error"),
        "{}",
        detail.text
    );
    assert!(stack.desk(GENESYS).unwrap().conversations().is_empty());
    assert_eq!(stack.dead_commands().counts().unwrap().visible, 0, "nothing is left to be done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refreshed_once_and_nothing_is_lost() {
    let (stack, api) = stack().await;
    let session = created(&stack, &api).await;
    connect(&stack, &session).await;
    stack.desk(GENESYS).unwrap().revoke_tokens();
    assert_eq!(api.say(&session, "m-1", "Hello").await.status, 202);
    stack.settle().await.unwrap();
    let conversation = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_eq!(conversation.contact_texts().iter().filter(|text| **text == "Hello").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_an_unknown_outcome_comes_again_under_the_same_id_and_shows_once() {
    for fault in [status(503, Taken::Yes), status(503, Taken::No), RequestFault::Close { taken: Taken::Yes }] {
        let (stack, api) = stack().await;
        let session = created(&stack, &api).await;
        connect(&stack, &session).await;
        stack.desk(GENESYS).unwrap().faults([on(Operation::Send, 1, fault.clone())]);
        for number in 1..=3 {
            assert_eq!(api.say(&session, &format!("m-{number}"), &format!("line {number}")).await.status, 202);
        }
        stack.settle().await.unwrap();
        later(&stack, 5).await;
        later(&stack, 5).await;
        let conversation = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
        let lines: Vec<_> = conversation.contact_texts().into_iter().filter(|text| text.starts_with("line")).collect();
        assert_eq!(lines, ["line 1", "line 2", "line 3"], "{fault:?}");
        let states: Vec<_> =
            api.messages(&session).await.into_iter().filter(|it| it.0 == "outbound").map(|it| it.3).collect();
        assert_eq!(states, ["delivered", "delivered", "delivered"], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_told_to_its_sender_and_the_next_ones_go_on() {
    let (stack, api) = stack().await;
    let session = created(&stack, &api).await;
    connect(&stack, &session).await;
    stack.desk(GENESYS).unwrap().faults([on(Operation::Send, 1, status(400, Taken::No))]);
    api.say(&session, "m-1", "first").await;
    api.say(&session, "m-2", "second").await;
    stack.settle().await.unwrap();
    let states: Vec<_> =
        api.messages(&session).await.into_iter().filter(|it| it.0 == "outbound").map(|it| it.3).collect();
    assert_eq!(states, ["failed", "delivered"]);
    assert!(event_types(&stack, &session).contains(&"message.failed".to_owned()));
    assert_eq!(api.status(&session).await, "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_a_conversation_that_is_gone_ends_the_session() {
    let (stack, api) = stack().await;
    let session = created(&stack, &api).await;
    connect(&stack, &session).await;
    stack.desk(GENESYS).unwrap().faults([on(Operation::Send, 1, status(404, Taken::No))]);
    api.say(&session, "m-1", "anybody?").await;
    stack.settle().await.unwrap();
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "provider_disconnected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_is_repeated_until_the_contact_centre_took_it() {
    let (stack, api) = stack().await;
    let session = created(&stack, &api).await;
    connect(&stack, &session).await;
    stack.desk(GENESYS).unwrap().faults([on(Operation::End, 2, status(503, Taken::No))]);
    api.post(&format!("/transfers/{session}/end"), &json!({})).await;
    stack.settle().await.unwrap();
    later(&stack, 5).await;
    later(&stack, 5).await;
    assert_eq!(stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap().phase, Phase::Ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_beats_its_sessions_link_is_parked_and_applied() {
    let (stack, api) = stack().await;
    // The opening's answer is lost, so only the events know the conversation's name.
    stack.desk(GENESYS).unwrap().faults([on(Operation::Open, 1, status(503, Taken::Yes))]);
    let session = created(&stack, &api).await;
    let genesys = stack.desk(GENESYS).unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        genesys.act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.status(&session).await, "pending", "lifecycle events name only the conversation");
    genesys.act(&uuid(&session), Act::Say("Hello".to_owned())).unwrap();
    stack.settle().await.unwrap();
    assert_eq!(api.status(&session).await, "active", "the webhook names both, and what was parked counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_for_an_ended_session_changes_nothing() {
    let (stack, api) = stack().await;
    let session = created(&stack, &api).await;
    connect(&stack, &session).await;
    let conversation = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap().id;
    stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::Leave).unwrap();
    stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::End(EndedBy::Representative)).unwrap();
    stack.settle().await.unwrap();
    let before = api.detail(&session).await;
    assert_eq!(before.str("status"), "ended");
    let mut late = Map::new();
    for (name, value) in [("queueId", json!("q-2")), ("mediaType", json!("MESSAGE")), ("messageType", json!("OPEN"))] {
        late.insert(name.to_owned(), value);
    }
    late.insert("eventTime".to_owned(), json!(4_102_444_800_000_i64));
    stack.desk(GENESYS).unwrap().is::<Genesys>().unwrap().send_raw_lifecycle("acd.start", &conversation, &late);
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&session).await.text, before.text);
    assert!(api.timeline(&session).await.contains(&"queued".to_owned()), "but it is recorded");
}
