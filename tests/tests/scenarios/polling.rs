//! How a session stands at its contact centre is looked at where callbacks do not tell it.

use std::time::Duration;

use agent_transfer::Stack;
use serde_json::{Value, json};
use simulators::{Act, CallbackFault, EndedBy, Fault, Operation, RequestFault, Taken};
use transfer_domain::Provider;
use transfer_providers::{GENESYS, SERVICENOW};
use transfer_tests::api::{Api, event_types, events, minutes, stack, uuid};

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for act in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), act.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

async fn pass(stack: &Stack, time: Duration, step: Duration) {
    let mut passed = Duration::ZERO;
    while passed < time {
        stack.advance(step);
        stack.settle().await.unwrap();
        passed += step;
    }
}

/// Nothing that the contact centre tells of a conversation's life arrives.
fn silenced(stack: &Stack) {
    let fault = CallbackFault::Drop;
    stack.desk(GENESYS).unwrap().faults([Fault::Callback { kind: "*".to_owned(), skip: 0, times: u32::MAX, fault }]);
}

async fn opened(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    session
}

async fn set(stack: &Stack, api: &Api, changed: &[(&str, Value)]) {
    set_at(stack, api, GENESYS, changed).await;
}

async fn set_at(stack: &Stack, api: &Api, provider: Provider, changed: &[(&str, Value)]) {
    let mut settings = api.get(&format!("/integrations/{provider}")).await.body["settings"].clone();
    for (name, value) in changed {
        settings[*name] = value.clone();
    }
    let answer = api.put(&format!("/integrations/{provider}"), &json!({ "settings": settings })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    stack.service().directory.forget();
}

fn looks(stack: &Stack) -> usize {
    stack.desk(GENESYS).unwrap().requests().iter().filter(|request| request.operation == Operation::Read).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_polled_is_asked_at_its_pace_and_the_session_follows() {
    let (stack, api) = stack().await;
    set(&stack, &api, &[("lifecycleSource", json!("poll")), ("partnerSource", Value::Null)]).await;
    silenced(&stack);
    let session = opened(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    pass(&stack, Duration::from_secs(20), Duration::from_secs(5)).await;
    assert_eq!(api.status(&session).await, "active");
    // Its chain of looks goes on beyond the first five minutes, and ends with the session.
    pass(&stack, minutes(12), Duration::from_secs(10)).await;
    act(&stack, &session, &[Act::Leave, Act::End(EndedBy::Representative)]).await;
    pass(&stack, Duration::from_secs(20), Duration::from_secs(5)).await;
    assert_eq!(api.detail(&session).await.str("endReason"), "reconciled");
    let before = looks(&stack);
    pass(&stack, minutes(2), Duration::from_secs(10)).await;
    assert_eq!(looks(&stack), before, "nobody looks after an end that the contact centre told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_end_was_lost_on_its_way_is_ended_within_five_minutes() {
    let (stack, api) = stack().await;
    let session = opened(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join, Act::Say("Hello".to_owned())]).await;
    assert_eq!(api.status(&session).await, "active");
    silenced(&stack);
    act(&stack, &session, &[Act::Leave, Act::End(EndedBy::Representative)]).await;
    assert_eq!(api.status(&session).await, "active", "nothing was told");
    pass(&stack, Duration::from_secs(310), Duration::from_secs(10)).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "reconciled"));
    assert!(event_types(&stack, &session).contains(&"transfer.ended".to_owned()));
    assert_eq!(api.task_status(&session).await, "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_lost_after_a_long_silence_is_found_within_five_minutes_too() {
    let (stack, api) = stack().await;
    let session = opened(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    pass(&stack, minutes(22), minutes(1)).await;
    silenced(&stack);
    act(&stack, &session, &[Act::Leave, Act::End(EndedBy::Representative)]).await;
    pass(&stack, Duration::from_secs(310), Duration::from_secs(10)).await;
    assert_eq!(api.detail(&session).await.str("endReason"), "reconciled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_centre_that_calls_by_itself_is_asked_every_five_minutes() {
    let (stack, api) = stack().await;
    let session = opened(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    let before = looks(&stack);
    pass(&stack, minutes(28), minutes(1)).await;
    let asked = looks(&stack) - before;
    // Each look asks for the conversation and for who takes part.
    assert_eq!(asked, 10, "in 28 minutes");
}

/// ServiceNow can be asked by our own id, so a look finds what an answer that was lost did not tell.
#[tokio::test(flavor = "multi_thread")]
async fn an_opening_of_which_nobody_knows_is_settled_by_a_look_which_finds_it() {
    let (stack, api) = stack().await;
    set_at(&stack, &api, SERVICENOW, &[("tableLookup", json!(true)), ("resendAmbiguousMessages", json!(false))]).await;
    let lost = RequestFault::Close { taken: Taken::Yes };
    let desk = stack.desk(SERVICENOW).unwrap();
    desk.faults([
        Fault::Request { operation: Some(Operation::Open), skip: 0, times: u32::MAX, fault: lost },
        Fault::Callback { kind: "*".to_owned(), skip: 0, times: u32::MAX, fault: CallbackFault::Drop },
    ]);
    let session = api.create("conv-1", "servicenow").await;
    stack.settle().await.unwrap();
    assert_eq!(api.say(&session, "m-1", "Hello").await.status, 202);
    pass(&stack, Duration::from_secs(290), Duration::from_secs(10)).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), &detail.body["unconfirmed"]), ("pending", &json!(true)));
    pass(&stack, Duration::from_secs(30), Duration::from_secs(10)).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), &detail.body["unconfirmed"]), ("pending", &json!(false)));
    assert_ne!(detail.body["providerSessionId"], Value::Null);
    let timeline = api.get(&format!("/transfers/{session}/timeline?limit=100")).await.body;
    let accepted = timeline["items"].as_array().unwrap().iter().find(|it| it["what"] == "accepted").unwrap();
    assert_eq!((&accepted["cause"], &accepted["applied"]), (&json!("provider"), &json!(true)));
    desk.clear_faults();
    desk.act(&uuid(&session), Act::Queue).unwrap();
    stack.settle().await.unwrap();
    let conversation = desk.conversation(&uuid(&session)).unwrap();
    assert_eq!(conversation.contact_texts(), ["Hello"], "what waited for the opening follows");
    let openings = desk.requests().into_iter().filter(|it| it.operation == Operation::Open);
    assert_eq!(openings.count(), 1, "it is not opened again");
}

/// What may be asked and what may be said are two rights at some contact centres, so it stays open.
#[tokio::test(flavor = "multi_thread")]
async fn that_a_contact_centre_does_not_know_a_conversation_is_told_once_and_ends_nothing() {
    let (stack, api) = stack().await;
    let session = opened(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    let fault = RequestFault::Status { status: 404, retry_after: None, taken: Taken::No };
    let unknown = Fault::Request { operation: Some(Operation::Read), skip: 0, times: u32::MAX, fault };
    stack.desk(GENESYS).unwrap().faults([unknown]);
    pass(&stack, minutes(16), minutes(1)).await;
    let told = events(&stack, &session).into_iter().filter(|it| it["detail-type"] == "transfer.unknown_there");
    let told: Vec<_> = told.map(|event| event["detail"]["reason"].to_string()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("404"), "{told:?}");
    assert_eq!(api.status(&session).await, "active");
    let timeline = api.get(&format!("/transfers/{session}/timeline?limit=100")).await;
    assert_eq!(timeline.text.matches("\"unknown_there\"").count(), 1);
}
