//! The relay's answers: what came under an id before, and what comes for a transfer that has ended.

use chrono::TimeDelta;
use lambda_http::Request;
use serde_json::{Value, json};
use simulators::relay::signature;
use transfer_app::{Metric, WebhookOutcome};
use transfer_domain::{Clock as _, Status};
use transfer_providers::{Adapters, SERVICENOW};
use transfer_tests::harness::{ApiRequest, Case, RELAY_SECRET, Stage, World, answer_of};

const RELAY: &str = "POST /v1/webhooks/relay/{integrationId}";
const RAW: &str = "POST /v1/webhooks/relay/{integrationId}/raw";

fn signed(world: &World, route: &str, id: &str, body: &Value) -> Request {
    let body = body.to_string().into_bytes();
    let now = world.clock.now().timestamp();
    ApiRequest::without_token(route)
        .parameter("integrationId", world.integration.integration_id.as_str())
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature(RELAY_SECRET, id, now, &body).unwrap())
        .raw(body)
        .build()
}

async fn post(world: &World, route: &str, id: &str, body: &Value) -> String {
    let service = &world.steady().service;
    let answer =
        answer_of(provider_webhook::handle(service, &Adapters::inbound(), signed(world, route, id, body)).await);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["status"].as_str().unwrap().to_owned()
}

/// An event of our own form, a second after the one before it.
fn event(case: &Case, second: u32, kind: &str, fields: &Value) -> Value {
    let mut body = json!({
        "v": 1, "type": kind, "transfer_id": case.session.transfer,
        "occurred_at": format!("2026-01-12T09:59:{second:02}.000Z"),
    });
    body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    body
}

fn message(case: &Case, second: u32, id: &str) -> Value {
    event(case, second, "agent_message", &json!({ "message": { "id": id, "text": id } }))
}

fn joined(case: &Case, second: u32) -> Value {
    event(case, second, "agent_joined", &json!({ "agent": { "id": "a-1", "name": "Representative One" } }))
}

fn closed(case: &Case, second: u32) -> Value {
    event(case, second, "closed", &json!({ "closed_by": "agent" }))
}

fn rating(case: &Case, second: u32) -> Value {
    event(case, second, "csat", &json!({ "rating": 5, "scale_max": 5 }))
}

/// What an instance posts, as somebody at the customer's side passes it on.
fn envelope(case: &Case, id: &str) -> Value {
    json!({ "clientSessionId": case.session.transfer, "agentChat": true, "body": [{
        "uiType": "OutputText", "value": id, "messageId": id,
        "agentInfo": { "sentFromAgent": true, "agentId": "a-1", "agentName": "Representative One" },
    }] })
}

#[tokio::test]
async fn an_id_that_comes_again_with_another_body_is_a_duplicate_whatever_came_first() {
    let world = World::start(SERVICENOW).await;
    for first in 0..5 {
        let case = Case::at(&world, &format!("conv-{first}"), Stage::Opened).await;
        let id = format!("evt-{first}");
        let mut bodies = vec![
            (RELAY, message(&case, 1, "m-1")),
            (RELAY, message(&case, 2, "m-2")),
            (RELAY, joined(&case, 3)),
            (RAW, envelope(&case, "m-3")),
            (RELAY, rating(&case, 4)),
            (RELAY, closed(&case, 5)),
        ];
        let (route, body) = bodies.remove(first);
        assert_eq!(post(&world, route, &id, &body).await, "accepted", "{body}");
        let before = world.session_of(&case.conversation).await;
        let said = world.messages_of(&case.session).await;
        for (other_route, other) in &bodies {
            assert_eq!(post(&world, other_route, &id, other).await, "duplicate", "{body} then {other}");
        }
        assert_eq!(post(&world, route, &id, &body).await, "duplicate", "the same again");
        assert_eq!(world.session_of(&case.conversation).await, before, "after {body}");
        assert_eq!(world.messages_of(&case.session).await, said, "after {body}");
    }
}

#[tokio::test]
async fn an_id_stands_for_one_body_over_all_transfers_of_its_integration_for_three_days() {
    let world = World::start(SERVICENOW).await;
    let [one, other] =
        [Case::at(&world, "conv-1", Stage::Opened).await, Case::at(&world, "conv-2", Stage::Opened).await];
    assert_eq!(post(&world, RELAY, "evt-1", &joined(&one, 1)).await, "accepted");
    assert_eq!(post(&world, RELAY, "evt-1", &joined(&other, 1)).await, "duplicate");
    assert_eq!(world.session_of("conv-2").await.status(), Status::Pending);
    world.clock.pass(TimeDelta::hours(72));
    let third = Case::at(&world, "conv-3", Stage::Opened).await;
    assert_eq!(post(&world, RELAY, "evt-1", &joined(&third, 1)).await, "accepted");
}

#[tokio::test]
async fn a_message_that_comes_again_under_another_id_is_the_same_message() {
    let world = World::start(SERVICENOW).await;
    let case = Case::at(&world, "conv-1", Stage::Opened).await;
    assert_eq!(post(&world, RELAY, "evt-1", &message(&case, 1, "m-1")).await, "accepted");
    assert_eq!(post(&world, RELAY, "evt-2", &message(&case, 1, "m-1")).await, "duplicate");
    assert_eq!(world.messages_of(&case.session).await.len(), 1);
}

#[tokio::test]
async fn for_an_ended_transfer_all_but_a_rating_in_time_is_ignored_and_counts_as_that() {
    let world = World::start(SERVICENOW).await;
    let case = Case::at(&world, "conv-1", Stage::Opened).await;
    let service = &world.steady().service;
    let outcomes = || {
        let webhooks = service.metrics.take().into_iter().filter_map(|metric| {
            if let Metric::Webhook { outcome, count, .. } = metric { Some((outcome, count)) } else { None }
        });
        webhooks.collect::<Vec<_>>()
    };
    assert_eq!(post(&world, RELAY, "evt-1", &joined(&case, 1)).await, "accepted");
    assert_eq!(post(&world, RELAY, "evt-2", &closed(&case, 3)).await, "accepted");
    let ended = world.session_of("conv-1").await;
    for (number, body) in [message(&case, 4, "beyond"), message(&case, 2, "before"), joined(&case, 4), closed(&case, 5)]
        .iter()
        .enumerate()
    {
        outcomes();
        assert_eq!(post(&world, RELAY, &format!("late-{number}"), body).await, "ignored", "{body}");
        assert_eq!(outcomes(), [(WebhookOutcome::Ignored, 1)], "{body}");
    }
    let late: Vec<_> = world.messages_of(&case.session).await.into_iter().map(|message| message.late).collect();
    assert_eq!(late, [true, true]);
    assert_eq!(world.session_of("conv-1").await.phase, ended.phase);
    world.clock.pass(TimeDelta::hours(23));
    outcomes();
    assert_eq!(post(&world, RELAY, "rating", &rating(&case, 6)).await, "accepted");
    assert_eq!(outcomes(), [(WebhookOutcome::Applied, 1)]);
}

#[tokio::test]
async fn of_one_callback_what_comes_before_the_end_counts_and_what_comes_behind_it_does_not() {
    let world = World::start(SERVICENOW).await;
    let case = Case::at(&world, "conv-1", Stage::Opened).await;
    let service = &world.steady().service;
    service.metrics.take();
    let said = |id: &str| {
        json!({ "uiType": "OutputText", "value": id, "messageId": id,
                "agentInfo": { "sentFromAgent": true, "agentId": "a-1", "agentName": "Representative One" } })
    };
    let ends = json!({ "clientSessionId": case.session.transfer, "takeControl": true, "body": [said("m-1")] });
    assert_eq!(post(&world, RAW, "evt-1", &ends).await, "accepted");
    assert_eq!(world.session_of("conv-1").await.status(), Status::Ended);
    service.metrics.take();
    let more = json!({ "clientSessionId": case.session.transfer, "body": [said("m-2"), said("m-3")] });
    assert_eq!(post(&world, RAW, "evt-2", &more).await, "ignored");
    let ignored = service
        .metrics
        .take()
        .into_iter()
        .any(|metric| matches!(metric, Metric::Webhook { outcome: WebhookOutcome::Ignored, count: 2, .. }));
    assert!(ignored);
}

#[tokio::test]
async fn what_names_no_session_is_accepted_and_counted_for_whoever_runs_the_integration() {
    let world = World::start(SERVICENOW).await;
    let service = &world.steady().service;
    service.metrics.take();
    let said = json!({ "uiType": "OutputText", "value": "Hello", "messageId": "m-1" });
    let nobodys = json!({ "agentChat": true, "body": [said] });
    assert_eq!(post(&world, RAW, "evt-1", &nobodys).await, "ignored");
    let metrics = service.metrics.take();
    let webhook = |metric: &Metric| {
        if let Metric::Webhook { provider, outcome, count } = metric {
            Some((*provider, *outcome, *count))
        } else {
            None
        }
    };
    let outcomes: Vec<_> = metrics.iter().filter_map(webhook).collect();
    assert_eq!(outcomes, [(Some(SERVICENOW), WebhookOutcome::Unattributed, 1)]);
}
