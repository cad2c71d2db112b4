//! An integration that changes under a live session: what the session says is for the contact centre that has its
//! conversation, and for no other.

use serde_json::{Value, json};
use simulators::{Operation, Phase};
use transfer_domain::{Delivery, EndReason, Opening, Status};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::harness::{ApiRequest, Case, Stage, World, answer_of};

const PUT: &str = "PUT /v1/projects/{projectId}/integrations/{provider}";
const DELETE: &str = "DELETE /v1/projects/{projectId}/integrations/{provider}";
/// An integration of another organisation.
const ELSEWHERE: &str = "9a58c219-0000-4000-8000-0000000000b2";

/// Changes settings of the integration, as an operator does.
async fn change(world: &World, changes: &Value, credentials: &Value) {
    let mut settings = world.integration.settings.clone();
    settings.extend(changes.as_object().cloned().unwrap());
    let request = ApiRequest::of(PUT)
        .parameter("provider", "genesys")
        .json(&json!({ "settings": settings, "credentials": credentials }));
    let answer = answer_of(settings::handle(&world.steady().service, &Adapters::inbound(), request.build()).await);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
}

async fn make_anew(world: &World, changes: &Value) {
    let request = ApiRequest::of(DELETE).parameter("provider", "genesys");
    let answer = answer_of(settings::handle(&world.steady().service, &Adapters::inbound(), request.build()).await);
    assert_eq!(answer.status, 204);
    change(world, changes, &json!({ "clientId": "client-1", "clientSecret": "client-secret-1" })).await;
}

/// How many requests the contact centre had, whatever they wanted.
fn heard(world: &World) -> usize {
    world.centre.requests().len()
}

async fn assert_told_nobody_and_over(world: &World, case: &Case) {
    let before = heard(world);
    assert_eq!(case.send(world.steady(), "m-1", "Is anybody there?").await.status, 202);
    world.settle().await;
    let [message] = world.messages_of(&case.session).await.try_into().unwrap();
    let Delivery::Failed { reason } = message.delivery else { panic!("{:?}", message.delivery) };
    assert!(reason.contains("another contact centre"), "{reason}");
    let session = world.session_of(&case.conversation).await;
    assert_eq!(session.end().unwrap().reason, EndReason::ProviderDisconnected);
    assert_eq!(heard(world), before, "neither the text nor the end was told to anybody");
    assert_ne!(world.conversations_of(&case.session)[0].phase, Phase::Ended);
}

#[tokio::test]
async fn a_session_says_nothing_to_another_organisation_and_ends_with_a_reason() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    change(&world, &json!({ "integrationId": ELSEWHERE }), &json!({})).await;
    assert_told_nobody_and_over(&world, &case).await;
}

#[tokio::test]
async fn one_made_anew_for_another_organisation_is_another_though_it_has_the_old_id() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    make_anew(&world, &json!({ "integrationId": ELSEWHERE })).await;
    assert_told_nobody_and_over(&world, &case).await;
}

#[tokio::test]
async fn our_end_is_told_to_nobody_else() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    change(&world, &json!({ "integrationId": ELSEWHERE }), &json!({})).await;
    let before = heard(&world);
    assert_eq!(case.end(world.steady()).await.status, 202);
    world.settle().await;
    assert_eq!(heard(&world), before);
    assert_eq!(world.session_of("conv-1").await.status(), Status::Ended);
}

#[tokio::test]
async fn an_event_of_another_organisation_does_not_touch_the_session() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    change(&world, &json!({ "integrationId": ELSEWHERE }), &json!({})).await;
    let before = world.session_of("conv-1").await;
    let service = &world.steady().service;
    provider_event::handle(service, &Adapters::inbound(), case.closed_event(&world)).await.unwrap();
    assert_eq!(world.session_of("conv-1").await, before);
}

#[tokio::test]
async fn what_leaves_the_contact_centre_the_same_keeps_the_session_running() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    change(&world, &json!({ "ratePerMin": 60_000, "tokenFallbackTtlSecs": 900 }), &json!({})).await;
    make_anew(&world, &json!({})).await;
    assert_eq!(case.send(world.steady(), "m-1", "Is anybody there?").await.status, 202);
    world.settle().await;
    let [message] = world.messages_of(&case.session).await.try_into().unwrap();
    assert_eq!(message.delivery, Delivery::Delivered);
    case.end(world.steady()).await;
    world.settle().await;
    assert_eq!(world.conversations_of(&case.session)[0].phase, Phase::Ended);
}

#[tokio::test]
async fn an_opening_that_nobody_heard_of_goes_where_the_integration_points_now() {
    let world = World::start(GENESYS).await;
    change(&world, &json!({ "integrationId": ELSEWHERE }), &json!({})).await;
    let case = Case::at(&world, "conv-1", Stage::Announced).await;
    change(&world, &json!({}), &json!({})).await;
    world.settle().await;
    assert_eq!(world.session_of("conv-1").await.opening, Opening::Opened);
    let opened = world.centre.requests().into_iter().filter(|it| it.operation == Operation::Open).count();
    assert_eq!(opened, 1);
    assert_eq!(world.conversations_of(&case.session).len(), 1);
}
