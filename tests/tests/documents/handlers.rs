//! Every function, invoked with the recorded samples in `events/`.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_lambda_events::sqs::SqsBatchResponse;
use chrono::TimeDelta;
use serde_json::{Value, json};
use serve_console::{Console, Offer};
use simulators::Author;
use test_database::{EmbeddedOnly, skipped};

use transfer_app::Metric;
use transfer_aws::{Config, Service};
use transfer_domain::{Delivery, SessionId};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::fault_proxy::{Fault, Refusal};
use transfer_tests::harness::{Process, World, answer_of};
use transfer_tests::samples::{self, SESSION, accept, create, demo, documented, http_answer, open, read, root};

#[test]
fn every_function_has_a_sample_and_every_sample_is_documented() {
    let documented = documented();
    let functions: BTreeSet<String> = documented.iter().map(|sample| sample.function.clone()).collect();
    assert_eq!(functions, samples::functions());
    let files = std::fs::read_dir(root().join("events")).unwrap().map(|file| file.unwrap().file_name());
    let is_json = |name: &String| std::path::Path::new(name).extension().is_some_and(|it| it == "json");
    let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).filter(is_json).collect();
    files.sort();
    let mut documented: Vec<String> = documented.into_iter().map(|sample| sample.file).collect();
    documented.sort();
    assert_eq!(files, documented, "each once");
}

#[tokio::test]
async fn every_sample_is_answered_as_documented() {
    for sample in documented() {
        let world = demo(sample.provider()).await;
        let answer = invoke(&world, &sample.function, read(&sample.file)).await;
        assert_eq!(answer, sample.answer, "{}", sample.file);
    }
}

/// Invokes a function by its folder's name; gives its answer in the table's words.
async fn invoke(world: &World, function: &str, event: Value) -> String {
    let process = world.steady();
    match function {
        "provider-event" => {
            let batch = serde_json::from_value(event).unwrap();
            let answer = provider_event::handle_batch(&process.service, &Adapters::inbound(), batch).await;
            failures(answer.batch_item_failures.len())
        }
        "inbox-events" => {
            let batch = serde_json::from_value(event).unwrap();
            failures(inbox_events::handle_batch(&process.service, batch).await.batch_item_failures.len())
        }
        "relay-changes" => {
            let batch = serde_json::from_value(event).unwrap();
            failures(relay_changes::handle(&process.relay, batch).await.batch_item_failures.len())
        }
        "watch" => {
            assert_eq!(event["detail-type"], "Scheduled Event");
            failures(usize::from(world.watch(process).await.is_err()))
        }
        "tick" => {
            let batch = serde_json::from_value(event).unwrap();
            failures(tick::handle(&process.service, batch).await.batch_item_failures.len())
        }
        "notify" => {
            let batch = serde_json::from_value(event).unwrap();
            failures(notify::handle(&process.notify(), batch).await.batch_item_failures.len())
        }
        "deliver" => {
            let batch = serde_json::from_value(event).unwrap();
            failures(
                deliver::handle(process.deliver(), batch, process.deliver().deadline()).await.batch_item_failures.len(),
            )
        }
        _ => call(process, function, &event).await,
    }
}

async fn call(process: &Process, function: &str, event: &Value) -> String {
    let service = &process.service;
    let request = transfer_http::GatewayEvent::read(&event.to_string()).unwrap().into();
    let response = match function {
        "create-transfer" => create_transfer::handle(service, request).await,
        "list-transfers" => list_transfers::handle(service, request).await,
        "get-transfer" => get_transfer::handle(service, request).await,
        "event-deliveries" => event_deliveries::handle(&process.deliveries(), request).await,
        "transfer-events" => transfer_events::handle(service, request).await,
        "export-transfers" => export_transfers::handle(service, request).await,
        "erase-contact" => erase_contact::handle(service, request).await,
        "mcp" => mcp::handle(service, &mcp::ApiCaller::new().unwrap(), request).await,
        "send-message" => send_message::handle(service, &Adapters::inbound(), &process.commands(), request).await,
        "end-transfer" => end_transfer::handle(service, request).await,
        "provider-webhook" => provider_webhook::handle(service, &Adapters::inbound(), request).await,
        "settings" => settings::handle(service, &Adapters::inbound(), request).await,
        "test-integration" => test_integration::handle(&process.tester(), request).await,
        "inbox" => inbox::handle(service, request).await,
        "serve-console" => serve_console::handle(&Console::new(service.clone(), &Offer::default()), &request),
        other => panic!("no test knows how to invoke {other}"),
    };
    let answer = answer_of(response);
    http_answer(answer.status.into(), &answer.body)
}

fn failures(count: usize) -> String {
    if count == 0 { "success".to_owned() } else { format!("{count} failures") }
}

#[tokio::test]
async fn the_sample_of_a_webhook_is_the_representatives_message() {
    let world = demo(GENESYS).await;
    invoke(&world, "provider-webhook", read("provider-webhook-genesys.json")).await;
    let id: SessionId = SESSION.parse().unwrap();
    let texts: Vec<String> = world.messages_of(&id).await.into_iter().map(|it| it.text).collect();
    assert_eq!(texts, ["I was charged twice.", "Hello, this is Agent One."]);
}

#[tokio::test]
async fn the_sample_of_a_command_delivers_the_waiting_message() {
    let world = demo(GENESYS).await;
    invoke(&world, "deliver", read("deliver.json")).await;
    let id: SessionId = SESSION.parse().unwrap();
    assert_eq!(world.messages_of(&id).await[0].delivery, Delivery::Delivered);
    assert_eq!(world.conversations_of(&id)[0].texts_by(Author::Contact), ["I was charged twice."]);
}

#[tokio::test]
async fn the_sample_of_a_stream_tells_the_life_of_a_session() {
    let world = demo(GENESYS).await;
    let id: SessionId = SESSION.parse().unwrap();
    // As the sample says at its end, the table's TTL has removed it.
    let session = world.session_of(&id.conversation.to_string()).await;
    let (store, over) = (&world.steady().service.store, session.expires_at.unwrap());
    assert!(store.expire(&session.project_id, id.transfer, over).await.unwrap());
    world.feed.lock().await.skip().await;
    invoke(&world, "relay-changes", read("relay-changes.json")).await;
    world.relay().await;
    assert_eq!(world.story_of(&id), ["transfer.requested", "transfer.accepted", "transfer.expired"]);
    assert_eq!(world.queue(transfer_tests::harness::PARKED_QUEUE).counts().unwrap().visible, 0);
}

#[tokio::test]
async fn of_a_batch_of_events_only_those_that_failed_come_again() {
    let world = demo(GENESYS).await;
    let mut batch = read("inbox-events.json");
    let records = batch["Records"].as_array_mut().unwrap();
    let event = records[0].clone();
    *records = ["taken", "unreadable", "taken, too"].map(|id| with(&event, "messageId", id)).into();
    records[1] = with(&records[1], "body", "no JSON");
    let failed = inbox_events::handle_batch(&world.service(), serde_json::from_value(batch.clone()).unwrap()).await;
    assert_eq!(names(&failed), ["unreadable"]);

    world.faults.on("GetItem", vec![Fault::Answer(Refusal::internal()); 10]);
    let failed = inbox_events::handle_batch(&world.service(), serde_json::from_value(batch).unwrap()).await;
    assert_eq!(names(&failed), ["taken", "unreadable", "taken, too"], "the table does not answer");
}

#[tokio::test]
async fn a_message_that_fails_at_its_last_receive_is_counted_as_given_up() {
    let world = demo(GENESYS).await;
    let Service { config, app } = world.service();
    for (queue, events) in [("inbox-events.json", true), ("deliver.json", false)] {
        for (most, receives, counted) in [(10, 9, 0), (10, 10, 1), (10, 11, 1), (0, 1_000, 0)] {
            let config = Config { max_receives: most, ..(*config).clone() };
            let service = Service { config: Arc::new(config), app: app.clone() };
            app.metrics.take();
            let mut batch = read(queue);
            let message = &mut batch["Records"][0];
            message["body"] = json!("no JSON");
            message["attributes"]["ApproximateReceiveCount"] = json!(receives.to_string());
            batch["Records"] = json!([message]);
            let batch = serde_json::from_value(batch).unwrap();
            let failed = if events {
                inbox_events::handle_batch(&service, batch).await
            } else {
                let mut process = world.process();
                process.service = service;
                let deliver = process.deliver();
                deliver::handle(deliver, batch, deliver.deadline()).await
            };
            assert_eq!(failed.batch_item_failures.len(), 1);
            let given_up = app.metrics.take().into_iter().filter(|metric| *metric == Metric::MessageGivenUp).count();
            assert_eq!(given_up, counted, "{queue}: {receives} of {most}");
        }
    }
}

fn with(record: &Value, field: &str, value: &str) -> Value {
    let mut record = record.clone();
    record[field] = json!(value);
    record
}

fn names(response: &SqsBatchResponse) -> Vec<&str> {
    response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
}

/// The sample is recorded from the table, so it must change with it: `RECORD_SAMPLES=1 cargo test` records it anew.
#[tokio::test]
async fn the_sample_of_a_stream_is_what_the_table_streams() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let world = World::start(GENESYS).await;
    let opened = open(&world, &create(&world).await).await;
    accept(&world, &opened).await;
    world.clock.pass(TimeDelta::minutes(31));
    assert_eq!(world.sweep().await, 1);
    let mut batch = serde_json::to_value(world.changes().await).unwrap();
    let records = batch["Records"].as_array_mut().unwrap();
    records.retain(|record| is_session(&record["dynamodb"]["NewImage"]) || is_session(&record["dynamodb"]["OldImage"]));
    for (number, record) in (1..).zip(records.iter_mut()) {
        make_neutral(record, number);
    }
    let path = root().join("events/relay-changes.json");
    if std::env::var_os("RECORD_SAMPLES").is_some() {
        std::fs::write(&path, format!("{batch:#}\n")).unwrap();
    }
    assert_eq!(read("relay-changes.json"), batch);
}

fn is_session(image: &Value) -> bool {
    image["type"]["S"] == "session"
}

/// Numbers and names of a stream in AWS.
fn make_neutral(record: &mut Value, number: u32) {
    record["eventID"] = json!(format!("{number:032x}"));
    record["awsRegion"] = json!("eu-west-1");
    record["eventSourceARN"] =
        json!("arn:aws:dynamodb:eu-west-1:123456789012:table/agent-transfer/stream/2026-01-12T09:00:00.000");
    record["dynamodb"]["SequenceNumber"] = json!(format!("1000000000000000000{number:02}"));
    record["dynamodb"]["ApproximateCreationDateTime"] = json!(1_768_212_000.0);
    record["dynamodb"]["SizeBytes"] = json!(1024);
    // AWS leaves out what there is none of.
    record["dynamodb"].as_object_mut().unwrap().retain(|_, value| value.as_object().is_none_or(|it| !it.is_empty()));
    record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
}
