//! `notify` is cut off at each of its I/O: what it does at the table, at the queue, with secrets, and at the endpoint.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::fault_proxy::FaultProxy;
use transfer_tests::harness::{ApiRequest, Case, NOTICE_QUEUE, Process, Stage, World, answer_of};
use transfer_tests::receiver::Receiver;

use super::{OPENED, everywhere};

fn at_endpoint(method: &str, rest: &str) -> ApiRequest {
    let route = format!("{method} /v1/projects/{{projectId}}/settings/event-endpoints/{{endpointId}}{rest}");
    ApiRequest::of(&route).parameter("endpointId", "runtime")
}

/// Takes what is ready to be sent and sends it, without telling the queue.
async fn notify_unacknowledged(world: &World, process: &Process) {
    let queue = world.queue(NOTICE_QUEUE);
    let messages = queue.receive(10).unwrap();
    assert!(!messages.is_empty(), "no event is ready");
    notify::handle(&process.notify(), serde_json::from_value(queue.lambda_event(&messages)).unwrap()).await;
    for message in &messages {
        queue.release(&message.receipt_handle, Duration::ZERO).unwrap();
    }
}

#[tokio::test]
async fn events_whose_sending_is_cut_off_anywhere_arrive_in_order_each_at_most_twice_by_one_id() {
    let world = World::start(GENESYS).await;
    let receiver = Receiver::start().await;
    let base = receiver.url.strip_suffix("/events").unwrap();
    let on_the_way = FaultProxy::start(base, world.faults.clone()).await;
    let body = json!({ "url": format!("{}/events", on_the_way.url()), "eventTypes": OPENED });
    let service = world.service();
    let adapters = Adapters::inbound();
    let put = settings::handle(&service, &adapters, at_endpoint("PUT", "").json(&body).build()).await;
    assert_eq!(answer_of(put).status, 201);
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Opened).await,
        async |world, process, _| notify_unacknowledged(world, process).await,
        async |world, _| {
            for _ in 0..20 {
                while world.notify_once(world.steady()).await {}
                world.clock.pass(TimeDelta::seconds(31));
            }
        },
        async |world, case, place| {
            let requests = receiver.requests();
            let of_case = requests.iter().filter(|it| it.event()["detail"]["sessionId"] == case.session.to_string());
            let ids: Vec<_> = of_case.map(|it| (it.kind(), it.header("webhook-id").to_owned())).collect();
            let mut first = ids.clone();
            first.sort_by_key(|id| ids.iter().position(|other| other == id));
            first.dedup();
            let kinds: Vec<_> = first.iter().map(|(kind, _)| kind.as_str()).collect();
            assert_eq!(kinds, OPENED, "{place}: {ids:?}");
            assert!(ids.len() <= first.len() + 1, "{place}: one that was cut off comes twice: {ids:?}");
            let page = at_endpoint("GET", "/deliveries").query("limit=2").build();
            let page = answer_of(event_deliveries::handle(&world.steady().deliveries(), page).await).body;
            let told: Vec<_> =
                page["items"].as_array().unwrap().iter().map(|it| (&it["state"], &it["sessionId"])).collect();
            let delivered = (&json!("delivered"), &json!(case.session.to_string()));
            assert_eq!(told, [delivered, delivered], "{place}");
        },
    ))
    .await;
}
