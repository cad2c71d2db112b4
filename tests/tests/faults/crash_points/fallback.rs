//! A step of a fallback plan is cut off anywhere, alone and while the caller asks again at the same moment.

use chrono::TimeDelta;
use serde_json::json;
use transfer_domain::Session;
use transfer_providers::GENESYS;
use transfer_tests::harness::{Answer, ApiRequest, Case, Process, World, answer_of};

use super::{deliver_unacknowledged, everywhere};

fn request(conversation: &str, more: &serde_json::Value) -> ApiRequest {
    let mut body = json!({
        "conversationSessionId": conversation, "contactId": "contact-1", "channel": "chat", "agent": "billing-agent",
        "provider": GENESYS,
    });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    ApiRequest::of("POST /v1/projects/{projectId}/transfers").json(&body)
}

async fn create(process: &Process, request: ApiRequest) -> Answer {
    answer_of(create_transfer::handle(&process.service, request.build()).await)
}

/// A transfer that nobody served in time: the command to do the first step of its plan waits.
async fn in_vain(world: &World, conversation: &str) -> Case {
    let plan = json!({ "fallback": [{ "on": ["expired"], "queue": "night" }] });
    let answer = create(world.steady(), request(conversation, &plan)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let session = answer.body["sessionId"].as_str().unwrap().parse().unwrap();
    world.settle().await;
    world.clock.pass(TimeDelta::minutes(31));
    world.watch(world.steady()).await.unwrap();
    while world.tick_once(world.steady()).await {}
    world.relay().await;
    Case { conversation: conversation.to_owned(), session }
}

/// The session that goes on, of which there is exactly one; it is over afterwards, so that nothing of it comes due later.
async fn only_open(world: &World, case: &Case, place: &str) -> Session {
    let sessions = world.sessions_of(&case.conversation).await;
    let [open] = <[_; 1]>::try_from(sessions.into_iter().filter(|it| !it.is_ended()).collect::<Vec<_>>())
        .unwrap_or_else(|open| panic!("{place}: {} sessions go on", open.len()));
    assert_ne!(open.session_id, case.session, "{place}");
    assert_eq!(world.conversations_of(&open.session_id).len(), 1, "{place}");
    let following = Case { conversation: case.conversation.clone(), session: open.session_id.clone() };
    assert_eq!(following.end(world.steady()).await.status, 202, "{place}");
    world.settle().await;
    open
}

#[tokio::test]
async fn a_step_of_a_plan_that_is_cut_off_anywhere_is_done_once() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Box::pin(in_vain(world, name)).await,
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            let open = Box::pin(only_open(world, case, place)).await;
            assert_eq!(world.sessions_of(&case.conversation).await.len(), 2, "{place}");
            let first = case.record(world.steady()).await.body;
            assert_eq!(first["successorSessionId"], open.session_id.to_string(), "{place}");
            let told = world.story_of(&case.session);
            assert_eq!(told.iter().filter(|kind| *kind == "transfer.followed").count(), 1, "{place}: {told:?}");
        },
    ))
    .await;
}

#[tokio::test]
async fn a_step_that_is_cut_off_anywhere_while_the_caller_asks_again_leaves_exactly_one_open() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Box::pin(in_vain(world, name)).await,
        async |world, process, case| {
            let again = create(world.steady(), request(&case.conversation, &json!({ "queue": "asked-again" })));
            let (answer, ()) = Box::pin(async { tokio::join!(again, deliver_unacknowledged(world, process)) }).await;
            assert!(matches!(answer.status, 201 | 409), "{}: {}", case.conversation, answer.body);
        },
        async |world, _| world.settle().await,
        async |world, case, place| {
            let open = Box::pin(only_open(world, case, place)).await;
            let first = case.record(world.steady()).await.body;
            // Either the plan was faster, or the caller was, and the plan is given up, which hands back to the caller.
            let (successor, next) = (&first["successorSessionId"], &first["handback"]["next"]);
            if successor.is_null() {
                assert_eq!((next, open.queue().name.as_str()), (&json!("return_to_agent"), "asked-again"), "{place}");
            } else {
                assert_eq!((successor, next), (&json!(open.session_id), &json!("fallback")), "{place}");
            }
        },
    ))
    .await;
}
