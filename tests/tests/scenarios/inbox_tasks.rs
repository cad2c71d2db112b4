//! Inbox tasks are made from events, and whatever comes late, again or after everything is gone makes no other ones.

use agent_transfer::Stack;
use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, events, minutes, stack, transfer, uuid};

const A_DAY: u64 = 24 * 60;

/// A voice session, which lives until it is ended.
async fn voice(stack: &Stack, api: &Api) -> String {
    let mut body = transfer("conv-1", "genesys");
    body["channel"] = json!("voice");
    let created = api.post("/transfers", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    stack.settle().await.unwrap();
    created.str("sessionId")
}

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for act in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), act.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

async fn pass(stack: &Stack, time: u64) {
    stack.advance(minutes(time));
    stack.sweep_expired().await.unwrap();
    stack.settle().await.unwrap();
}

async fn end(stack: &Stack, api: &Api, session: &str) {
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
}

async fn resolve(api: &Api, session: &str) {
    let path = format!("/inbox/tasks/{}/resolve", uuid(session));
    assert_eq!(api.post(&path, &json!({ "resolution": "Called back." })).await.status, 200);
}

async fn task(api: &Api, session: &str) -> (u16, String, Value) {
    let answer = api.get(&format!("/inbox/tasks/{}", uuid(session))).await;
    (answer.status, answer.str("status"), answer.body["resolution"].clone())
}

fn resolved() -> (u16, String, Value) {
    (200, "completed".to_owned(), json!("Called back."))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_an_operator_resolved_stays_resolved_as_long_as_its_session_lives() {
    let (stack, api) = stack().await;
    let session = voice(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue]).await;
    resolve(&api, &session).await;
    pass(&stack, 2 * A_DAY).await;
    assert_eq!(task(&api, &session).await, resolved());
    act(&stack, &session, &[Act::Join]).await;
    assert_eq!(api.status(&session).await, "active");
    assert_eq!(task(&api, &session).await, resolved(), "news of the session do not bring it back");

    pass(&stack, 2 * A_DAY).await;
    end(&stack, &api, &session).await;
    assert_eq!(task(&api, &session).await, resolved());
    pass(&stack, A_DAY + 1).await;
    assert_eq!(task(&api, &session).await.0, 404, "a day after the session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_resolved_after_its_session_is_gone_goes_after_its_retention() {
    let (stack, api) = stack().await;
    let session = voice(&stack, &api).await;
    let told = events(&stack, &session);
    end(&stack, &api, &session).await;
    pass(&stack, A_DAY + 1).await;
    // As if the end had never been told: what an older version left behind.
    let waiting = task_left_behind(&stack, &told[0]).await;
    assert_eq!(waiting, "pending");
    resolve(&api, &session).await;
    assert_eq!(task(&api, &session).await, resolved());
    pass(&stack, A_DAY + 1).await;
    assert_eq!(task(&api, &session).await.0, 404);
}

/// Writes the task that the event would begin while its session lives.
async fn task_left_behind(stack: &Stack, event: &Value) -> String {
    let detail = &event["detail"];
    let now = stack.service().now();
    let id = uuid(detail["sessionId"].as_str().unwrap());
    let task: transfer_domain::Task = serde_json::from_value(json!({
        "projectId": detail["projectId"], "taskId": id, "sessionId": detail["sessionId"],
        "contactId": detail["contactId"], "agent": detail["agent"], "provider": detail["provider"], "priority": 5,
        "status": "pending", "createdAt": now, "updatedAt": now, "sequence": 1, "version": 1,
    }))
    .unwrap();
    assert!(stack.service().store.put_task(&task, None, now).await.unwrap());
    task.status.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_replayed_when_their_session_is_gone_begin_no_task() {
    let (stack, api) = stack().await;
    let session = voice(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    end(&stack, &api, &session).await;
    let told = events(&stack, &session);
    assert!(told.len() >= 4, "{told:?}");
    pass(&stack, A_DAY + 1).await;
    assert_eq!(api.detail(&session).await.status, 404);
    assert_eq!(task(&api, &session).await.0, 404);
    for event in told.iter().chain(told.iter().rev()) {
        inbox_events::handle(stack.service(), event.clone()).await.unwrap();
        assert_eq!(api.get("/inbox/tasks").await.body["items"], json!([]), "{event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_late_events_of_an_ended_session_leave_one_closed_task_in_any_order() {
    let (stack, api) = stack().await;
    let session = voice(&stack, &api).await;
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    end(&stack, &api, &session).await;
    let told = events(&stack, &session);
    let (other, other_api) = transfer_tests::api::stack().await;
    for seed in 0..told.len() {
        let mut order = told.clone();
        order.rotate_left(seed);
        order.extend(told.iter().rev().cloned());
        for event in order {
            inbox_events::handle(other.service(), event).await.unwrap();
        }
        let tasks = other_api.get("/inbox/tasks").await;
        let statuses: Vec<_> = tasks.body["items"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
        assert_eq!(statuses, [json!("completed")], "an end alone makes a task, as long as it would be kept");
    }
    pass(&other, A_DAY + 1).await;
    assert_eq!(other_api.get("/inbox/tasks").await.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_tasks_tells_what_they_are_about_if_it_is_asked_to_and_as_long_as_that_is_kept() {
    let (stack, api) = stack().await;
    let mut sessions = Vec::new();
    for (summary, reason) in [(Some("Wants a refund."), Some("refund")), (None, Some("angry")), (None, None)] {
        let mut body = transfer(&format!("conv-{}", sessions.len()), "genesys");
        (body["summary"], body["reason"]) = (json!(summary), json!(reason));
        sessions.push(api.post("/transfers", &body).await.str("sessionId"));
        stack.settle().await.unwrap();
        stack.advance(minutes(1));
    }
    let told = async |query: &str| {
        let answer = api.get(&format!("/inbox/tasks{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut tasks = answer.body["items"].as_array().unwrap().clone();
        tasks.reverse();
        tasks.iter().map(|task| task.get("summary").cloned()).collect::<Vec<_>>()
    };
    assert_eq!(
        told("?include=summary").await,
        [Some(json!("Wants a refund.")), Some(json!("angry")), Some(Value::Null)]
    );
    assert_eq!(told("").await, [None, None, None], "it costs reading the records");
    assert_eq!(api.get("/inbox/tasks?include=reason").await.status, 400);

    for session in &sessions {
        end(&stack, &api, session).await;
    }
    // Their records are over, and DynamoDB has not removed them yet.
    let now = stack.service().now();
    let project = "demo".parse().unwrap();
    let ids: Vec<_> = sessions.iter().map(|session| uuid(session).parse().unwrap()).collect();
    let store = &stack.service().store;
    assert_eq!(store.summaries(&project, &ids, now).await.unwrap().len(), 2);
    let over = now + chrono::TimeDelta::days(1) + chrono::TimeDelta::minutes(1);
    assert!(store.summaries(&project, &ids, over).await.unwrap().is_empty(), "what is over is not told");
}
