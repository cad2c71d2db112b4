//! Webhooks are open to everybody: one caller must not use up what the others need.

use chrono::TimeDelta;
use lambda_http::http::header::RETRY_AFTER;
use transfer_app::{CallLimit, Throttle};
use transfer_aws::Service;
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::harness::{Answer, ApiRequest, Case, Stage, World, answer_of};

const CENTRE: &str = "ANY /v1/webhooks/{provider}/{target}/{secret}";
const BELOW: &str = "ANY /v1/webhooks/{provider}/{target}/{secret}/{rest+}";
const RELAY: &str = "POST /v1/webhooks/relay/{integrationId}";
const RELAY_RAW: &str = "POST /v1/webhooks/relay/{integrationId}/raw";
const STRANGER: &str = "198.51.100.7";
const LIMIT: CallLimit = CallLimit { rate: 1, burst: 3 };

/// A process that lets three callbacks of a caller through at once.
fn strict(world: &World) -> Service {
    let mut service = world.process().service;
    service.app.callbacks = Throttle::new(LIMIT);
    service
}

fn forged(route: &str, integration: &str) -> ApiRequest {
    ApiRequest::without_token(route)
        .parameter("provider", "genesys")
        .parameter("target", integration)
        .parameter("integrationId", integration)
        .parameter("secret", "guessed")
        .parameter("rest", "below")
        .header("content-type", "application/json")
        .raw(b"{}".to_vec())
        .from_address(STRANGER)
}

async fn answer(service: &Service, request: lambda_http::Request) -> Answer {
    answer_of(provider_webhook::handle(service, &Adapters::inbound(), request).await)
}

#[tokio::test]
async fn a_caller_of_an_integration_beyond_its_limit_waits_on_every_open_route_whether_it_exists_or_not() {
    let world = World::start(GENESYS).await;
    let existing = world.integration.integration_id.to_string();
    for route in [CENTRE, BELOW, RELAY, RELAY_RAW] {
        for integration in [existing.as_str(), "int-00000000000000000000"] {
            let service = strict(&world);
            for _ in 0..LIMIT.burst {
                let refused = answer(&service, forged(route, integration).build()).await.status;
                assert!([401, 404].contains(&refused), "{route}: {refused}");
            }
            world.faults.clear();
            let request = forged(route, integration).build();
            let response = provider_webhook::handle(&service, &Adapters::inbound(), request).await;
            assert_eq!(response.headers()[RETRY_AFTER], "1", "{route}");
            let throttled = answer_of(response);
            assert_eq!(throttled.status, 429, "{route}");
            assert_eq!(throttled.body["type"], "urn:agent-transfer:problem:too-many-requests");
            assert!(world.faults.ios().is_empty(), "{route}: nothing is read for it");
        }
    }
}

#[tokio::test]
async fn a_contact_centre_is_heard_while_a_stranger_floods_its_integration() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    let service = strict(&world);
    let integration = world.integration.integration_id.to_string();
    for route in [CENTRE, RELAY] {
        while answer(&service, forged(route, &integration).build()).await.status != 429 {}
    }
    let heard = answer(&service, case.text_webhook(&world, "text-1", "Hello, this is Representative One.")).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
}

#[tokio::test]
async fn a_caller_that_waited_as_long_as_it_was_told_is_let_in() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    let service = strict(&world);
    for number in 0..LIMIT.burst {
        let text = case.text_webhook(&world, &format!("text-{number}"), "Hello");
        assert_eq!(answer(&service, text).await.status, 200);
    }
    let again = || case.text_webhook(&world, "text-9", "Are you there?");
    assert_eq!(answer(&service, again()).await.status, 429);
    world.clock.pass(TimeDelta::seconds(1));
    assert_eq!(answer(&service, again()).await.status, 200);
    let messages = ApiRequest::of("GET /v1/projects/{projectId}/transfers/{sessionId}/messages")
        .parameter("sessionId", case.session.to_string());
    let messages = answer_of(get_transfer::handle(&service, messages.build()).await);
    assert!(messages.body.to_string().contains("Are you there?"), "what waited is not lost: {}", messages.body);
}
