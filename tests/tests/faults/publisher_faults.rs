//! The bus or the queue fails, wholly or for single entries: the first record that was not relayed is named, each
//! session's order is kept, and what comes again has the same ids.

use std::collections::HashMap;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use test_database::{EmbeddedOnly, skipped};
use transfer_app::{Metric, SetAside};
use transfer_domain::{Clock as _, Command};
use transfer_providers::GENESYS;
use transfer_tests::fault_proxy::{Fault, Refusal, Refusing};
use transfer_tests::harness::{COMMAND_QUEUE, Case, PARKED_QUEUE, Stage, TABLE, World};

const PUT: &str = "PutEvents";
const SEND: &str = "SendMessageBatch";
const MANY: usize = 10;

/// Some sessions with a message each: a batch with events and commands of all of them, interleaved.
async fn busy(sessions: usize) -> (World, Vec<Case>) {
    let world = World::start(GENESYS).await;
    let mut cases = Vec::new();
    for number in 0..sessions {
        cases.push(Case::at(&world, &format!("c-{number}"), Stage::Created).await);
    }
    for case in &cases {
        assert_eq!(case.send(world.steady(), "m-1", "Is anybody there?").await.status, 202);
    }
    world.faults.clear();
    (world, cases)
}

async fn relay(world: &World, batch: Event) -> DynamoDbEventResponse {
    relay_changes::handle(&world.process().relay, batch).await
}

/// The sequence number that a failed batch must start from again.
fn failed(answer: &DynamoDbEventResponse) -> Option<&str> {
    assert!(answer.batch_item_failures.len() <= 1);
    answer.batch_item_failures.first().map(|it| it.item_identifier.as_deref().unwrap())
}

/// The records of session rows: the only ones that anything follows from.
fn session_records(batch: &Event) -> Vec<&EventRecord> {
    let is_session = |record: &&EventRecord| {
        let image = &record.change.new_image;
        matches!(image.get("type"), Some(serde_dynamo::AttributeValue::S(kind)) if kind == "session")
    };
    batch.records.iter().filter(is_session).collect()
}

fn sequence_number(record: &EventRecord) -> &str {
    record.change.sequence_number.as_deref().unwrap()
}

/// The actions that wait in the queue, by session, in the order in which they come out.
fn queued(world: &World) -> HashMap<String, Vec<String>> {
    let mut actions = HashMap::<String, Vec<String>>::new();
    loop {
        let messages = world.queue(COMMAND_QUEUE).receive(10).unwrap();
        if messages.is_empty() {
            return actions;
        }
        for message in messages {
            let command: Command = serde_json::from_str(&message.body).unwrap();
            let id = command.deduplication_id();
            actions.entry(command.transfer_id.to_string()).or_default().push(id);
            world.queue(COMMAND_QUEUE).delete(&message.receipt_handle).unwrap();
        }
    }
}

fn assert_each_opened_then_delivers(world: &World, cases: &[Case]) {
    let queued = queued(world);
    assert_eq!(queued.len(), cases.len());
    for case in cases {
        let transfer = case.session.transfer;
        assert_eq!(queued[&transfer.to_string()], [format!("{transfer}-1-open"), format!("{transfer}-2-message"),]);
    }
}

fn assert_each_requested_once(world: &World, cases: &[Case]) {
    for case in cases {
        let times: Vec<_> =
            world.events_of(&case.session).iter().map(|it| (it.detail_type.clone(), it.times)).collect();
        assert_eq!(times, [("transfer.requested".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn entries_that_fail_once_are_put_again_and_only_they() {
    let (world, cases) = Box::pin(busy(3)).await;
    world.faults.on(PUT, [Fault::FailEntries(vec![1])]);
    world.faults.on(SEND, [Fault::FailEntries(vec![0, 2])]);
    let answer = relay(&world, world.changes().await).await;
    assert_eq!(failed(&answer), None);
    assert_eq!(world.faults.count(PUT), 2);
    assert_each_requested_once(&world, &cases);
    assert_each_opened_then_delivers(&world, &cases);
}

#[tokio::test]
async fn an_event_that_keeps_failing_names_its_record_and_comes_again_under_the_same_id() {
    let (world, cases) = Box::pin(busy(3)).await;
    let batch = world.changes().await;
    // Of three events in one call the second fails three times; alone in its call it is the first.
    let faults = [vec![1], vec![0], vec![0]].map(Fault::FailEntries);
    world.faults.on(PUT, faults);
    let answer = relay(&world, batch.clone()).await;
    let creates = session_records(&batch);
    assert_eq!(failed(&answer), Some(sequence_number(creates[1])));
    assert_eq!(world.faults.count(PUT), 3, "bounded tries");

    let from = failed(&answer).unwrap().to_owned();
    let mut again = batch.clone();
    again.records = batch.records.into_iter().skip_while(|record| sequence_number(record) != from).collect();
    assert_eq!(failed(&relay(&world, again).await), None);
    let times: Vec<usize> = cases.iter().map(|case| world.events_of(&case.session)[0].times).collect();
    assert_eq!(times, [1, 1, 2], "the third had been taken, and was repeated under its id");
    assert_each_opened_then_delivers(&world, &cases);
}

#[tokio::test]
async fn a_command_that_keeps_failing_names_its_record_and_nothing_of_its_session_overtakes_it() {
    let (world, cases) = Box::pin(busy(3)).await;
    let batch = world.changes().await;
    // The opening of the second session fails three times.
    world.faults.on(SEND, [vec![1], vec![0], vec![0]].map(Fault::FailEntries));
    let answer = relay(&world, batch.clone()).await;
    let creates = session_records(&batch);
    assert_eq!(failed(&answer), Some(sequence_number(creates[1])));
    let early = world.queue(COMMAND_QUEUE).counts().unwrap().visible;
    assert_eq!(early, 2, "the openings of the others, and no message");

    assert_eq!(failed(&relay(&world, batch).await), None);
    assert_each_opened_then_delivers(&world, &cases);
}

#[tokio::test]
async fn nothing_after_an_unsent_command_is_published() {
    let (world, cases) = Box::pin(busy(3)).await;
    let batch = world.changes().await;
    world.faults.on(SEND, [vec![1], vec![0], vec![0]].map(Fault::FailEntries));
    relay(&world, batch).await;
    let told: Vec<usize> = cases.iter().map(|case| world.events_of(&case.session).len()).collect();
    assert_eq!(told, [1, 0, 0], "only what stands before the record that comes again");
}

#[tokio::test]
async fn a_bus_or_queue_that_refuses_everything_fails_from_the_first_record_with_consequences() {
    for operation in [PUT, SEND] {
        for fault in [
            Fault::Answer(Refusal::of("ThrottlingException")),
            Fault::Answer(Refusal::internal()),
            Fault::DropBefore,
            Fault::DropAfter,
        ] {
            let (world, cases) = Box::pin(busy(2)).await;
            let batch = world.changes().await;
            world.faults.on(operation, vec![fault.clone(); MANY]);
            let answer = relay(&world, batch.clone()).await;
            let first = sequence_number(session_records(&batch)[0]);
            assert_eq!(failed(&answer), Some(first), "{operation} {fault:?}");
            assert!(world.faults.count(operation) < MANY, "{operation} {fault:?}: bounded tries");

            world.faults.clear();
            world.settle().await;
            for case in &cases {
                let told = ["transfer.requested", "message.delivered", "transfer.accepted"];
                assert_eq!(world.story_of(&case.session), told, "{operation} {fault:?}");
                assert_eq!(world.lines_of(&case.session).len(), 2, "{operation} {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_batch_that_comes_three_times_tells_and_asks_nothing_new() {
    let (world, cases) = Box::pin(busy(2)).await;
    let batch = world.changes().await;
    for _ in 0..3 {
        assert_eq!(failed(&relay(&world, batch.clone()).await), None);
    }
    assert_each_opened_then_delivers(&world, &cases);
    for case in &cases {
        let events = world.events_of(&case.session);
        assert_eq!(events.iter().map(|it| it.times).collect::<Vec<_>>(), [3]);
    }
}

#[tokio::test]
async fn more_than_a_call_takes_is_split_and_keeps_its_order() {
    let (world, cases) = Box::pin(busy(12)).await;
    assert_eq!(failed(&relay(&world, world.changes().await).await), None);
    assert_eq!(world.faults.count(PUT), 2, "twelve events at ten a call");
    assert_each_requested_once(&world, &cases);
    assert_each_opened_then_delivers(&world, &cases);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_set_aside_with_its_content_and_the_others_flow() {
    let world = World::start(GENESYS).await;
    damage(&world, "demo#session#poison", "record", "session").await;
    let case = Case::at(&world, "after", Stage::Opened).await;

    assert_eq!(world.story_of(&case.session), ["transfer.requested", "transfer.accepted"]);
    let parked = world.queue(PARKED_QUEUE).receive(10).unwrap();
    assert_eq!(parked.len(), 1);
    let record: EventRecord = serde_json::from_str(&parked[0].body).unwrap();
    let pk = record.change.new_image.get("pk");
    assert!(matches!(pk, Some(serde_dynamo::AttributeValue::S(pk)) if pk == "demo#session#poison"));
}

#[tokio::test]
async fn a_record_that_can_be_neither_read_nor_set_aside_comes_again() {
    let world = World::start(GENESYS).await;
    damage(&world, "demo#session#poison", "record", "session").await;
    let batch = world.changes().await;
    world.faults.on("SendMessage", vec![Fault::DropBefore; MANY]);
    let answer = relay(&world, batch.clone()).await;
    assert_eq!(failed(&answer), Some(sequence_number(&batch.records[0])), "or its content would be lost");

    world.faults.clear();
    assert_eq!(failed(&relay(&world, batch).await), None);
    assert_eq!(world.queue(PARKED_QUEUE).counts().unwrap().visible, 1);
}

/// Who refuses: the stand-in of the service itself, or a proxy before it.
#[derive(Debug, Clone, Copy)]
enum By {
    StandIn,
    Proxy,
}

/// Lets an operation refuse for good whatever is about a session.
fn refuse(world: &World, by: By, operation: &str, refusing: Refusing, about: &Case, code: &'static str) {
    let marker = about.session.transfer.to_string();
    let faults = if operation == PUT { world.bus().faults() } else { world.aws.sqs().faults() };
    match (by, refusing) {
        (By::Proxy, _) => world.faults.refuse(operation, &marker, refusing, code),
        (By::StandIn, Refusing::Entry) => faults.refuse_entries_with(&marker, code),
        (By::StandIn, Refusing::Call) => faults.refuse_calls_with(&marker, code),
    }
}

fn refuse_nothing(world: &World) {
    world.faults.clear();
    world.bus().faults().refuse_nothing();
    world.aws.sqs().faults().refuse_nothing();
}

/// What was set aside: the session of each record, and why.
fn parked(world: &World) -> Vec<(String, String)> {
    let messages = world.queue(PARKED_QUEUE).receive(10).unwrap();
    let parked = messages.iter().map(|message| {
        let record: EventRecord = serde_json::from_str(&message.body).unwrap();
        let Some(serde_dynamo::AttributeValue::S(pk)) = record.change.keys.get("pk") else { panic!("a key") };
        let transfer = pk.rsplit('#').next().unwrap().to_owned();
        (transfer, message.attributes["why"].string_value.clone().unwrap())
    });
    parked.collect()
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_for_good_is_parked_with_its_record_and_everything_else_flows() {
    for by in [By::StandIn, By::Proxy] {
        for (refusing, code) in [(Refusing::Entry, "MalformedDetail"), (Refusing::Call, "ValidationException")] {
            let (world, cases) = Box::pin(busy(4)).await;
            let batch = world.changes().await;
            refuse(&world, by, PUT, refusing, &cases[1], code);
            let answer = relay(&world, batch).await;
            assert_eq!(failed(&answer), None, "{by:?} {refusing:?}");
            let poisoned = cases[1].session.transfer.to_string();
            assert_eq!(parked(&world), [(poisoned, format!("event: {code}"))], "{by:?} {refusing:?}");
            let told: Vec<usize> = cases.iter().map(|case| world.events_of(&case.session).len()).collect();
            assert_eq!(told, [1, 0, 1, 1], "{by:?} {refusing:?}");
            assert_each_opened_then_delivers(&world, &cases);
        }
    }
}

#[tokio::test]
async fn a_command_that_the_queue_refuses_for_good_is_parked_with_its_record_and_everything_else_flows() {
    for by in [By::StandIn, By::Proxy] {
        for (refusing, code) in [
            (Refusing::Entry, "InvalidMessageContents"),
            (Refusing::Call, "InvalidMessageContents"),
            (Refusing::Call, "AWS.SimpleQueueService.BatchRequestTooLong"),
        ] {
            let (world, cases) = Box::pin(busy(4)).await;
            let batch = world.changes().await;
            refuse(&world, by, SEND, refusing, &cases[1], code);
            let answer = relay(&world, batch).await;
            assert_eq!(failed(&answer), None, "{by:?} {refusing:?}");
            let record = (cases[1].session.transfer.to_string(), format!("command: {code}"));
            assert_eq!(parked(&world), [record.clone(), record], "its opening and its message");
            assert_each_requested_once(&world, &cases);

            // When it is taken again, what comes later of the session is carried out.
            refuse_nothing(&world);
            assert_eq!(cases[1].end(world.steady()).await.status, 202);
            world.feed.lock().await.done(None);
            world.settle().await;
            assert!(world.story_of(&cases[1].session).contains(&"transfer.ended".to_owned()), "{by:?} {refusing:?}");
            for case in [&cases[0], &cases[2], &cases[3]] {
                assert_eq!(world.lines_of(&case.session).len(), 2, "{by:?} {refusing:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_passes_is_waited_for_and_nothing_is_parked() {
    for (operation, code) in [
        (PUT, "ThrottlingException"),
        (PUT, "InternalFailure"),
        (PUT, "SomethingThatNobodyForesaw"),
        (SEND, "RequestThrottled"),
        (SEND, "AWS.SimpleQueueService.NonExistentQueue"),
        (SEND, "KmsThrottled"),
    ] {
        let (world, cases) = Box::pin(busy(2)).await;
        refuse(&world, By::Proxy, operation, Refusing::Entry, &cases[0], code);
        let batch = world.changes().await;
        let answer = relay(&world, batch.clone()).await;
        assert_eq!(failed(&answer), Some(sequence_number(session_records(&batch)[0])), "{code}");
        assert_eq!(parked(&world), [], "{code}");
        refuse_nothing(&world);
        assert_eq!(failed(&relay(&world, batch).await), None, "{code}");
        assert_each_opened_then_delivers(&world, &cases);
    }
}

/// The same records, written so long ago.
fn aged(world: &World, mut batch: Event, minutes: i64) -> Event {
    for record in &mut batch.records {
        record.change.approximate_creation_date_time = world.clock.now() - TimeDelta::minutes(minutes);
    }
    batch
}

#[tokio::test]
async fn a_refusal_that_nobody_foresaw_gets_a_quarter_of_an_hour_to_pass() {
    let (world, cases) = Box::pin(busy(2)).await;
    let batch = world.changes().await;
    refuse(&world, By::Proxy, PUT, Refusing::Entry, &cases[0], "SomethingThatNobodyForesaw");
    let early = relay(&world, aged(&world, batch.clone(), 15)).await;
    assert_eq!(failed(&early), Some(sequence_number(session_records(&batch)[0])));
    assert_eq!(failed(&relay(&world, aged(&world, batch, 16)).await), None);
    let why = "event: SomethingThatNobodyForesaw".to_owned();
    assert_eq!(parked(&world), [(cases[0].session.transfer.to_string(), why)]);
    assert_eq!(world.events_of(&cases[1].session).len(), 1);
}

#[tokio::test]
async fn a_refused_record_that_cannot_be_parked_comes_again_after_a_restart_until_it_is() {
    let (world, cases) = Box::pin(busy(3)).await;
    let batch = world.changes().await;
    refuse(&world, By::StandIn, PUT, Refusing::Call, &cases[1], "ValidationException");
    world.faults.on("SendMessage", vec![Fault::DropBefore; MANY]);
    let answer = relay(&world, batch.clone()).await;
    assert_eq!(failed(&answer), Some(sequence_number(session_records(&batch)[1])), "or its content would be lost");

    world.faults.clear();
    assert_eq!(failed(&relay(&world, batch).await), None);
    assert_eq!(parked(&world).len(), 1);
    assert_each_opened_then_delivers(&world, &cases);
    assert_eq!(world.events_of(&cases[2].session).len(), 1);
}

#[tokio::test]
async fn a_record_that_can_be_neither_relayed_nor_parked_holds_up_the_others_for_a_quarter_of_an_hour_at_most() {
    let (world, cases) = Box::pin(busy(2)).await;
    let batch = world.changes().await;
    refuse(&world, By::StandIn, PUT, Refusing::Entry, &cases[0], "MalformedDetail");
    world.faults.on("SendMessage", vec![Fault::DropBefore; MANY]);
    let process = world.process();
    let early = relay_changes::handle(&process.relay, aged(&world, batch.clone(), 15)).await;
    assert_eq!(failed(&early), Some(sequence_number(session_records(&batch)[0])));
    assert_eq!(failed(&relay_changes::handle(&process.relay, aged(&world, batch, 16)).await), None);
    let given_up = Metric::UnrelayableRecord(SetAside::GivenUp);
    assert_eq!(process.service.metrics.take().into_iter().filter(|metric| *metric == given_up).count(), 1);
    assert_eq!(world.events_of(&cases[1].session).len(), 1);
}

#[tokio::test]
async fn of_a_record_that_is_larger_than_a_message_as_much_is_parked_as_fits() {
    let large = |text: &str| serde_dynamo::AttributeValue::S(text.repeat(200_000));
    for (in_new_image, kept) in [(false, true), (true, false)] {
        let (world, cases) = Box::pin(busy(1)).await;
        refuse(&world, By::StandIn, PUT, Refusing::Entry, &cases[0], "MalformedDetail");
        let mut batch = world.changes().await;
        let is_created = |record: &&mut EventRecord| {
            let kind = record.change.new_image.get("type");
            matches!(kind, Some(serde_dynamo::AttributeValue::S(kind)) if kind == "session")
        };
        let change = &mut batch.records.iter_mut().find(is_created).unwrap().change;
        let image = if in_new_image { &mut change.new_image } else { &mut change.old_image };
        image.inner_mut().insert("large".to_owned(), large("\u{ffff}"));
        assert_eq!(failed(&relay(&world, batch).await), None);
        let messages = world.queue(PARKED_QUEUE).receive(10).unwrap();
        assert_eq!(messages.len(), 1);
        let record: EventRecord = serde_json::from_str(&messages[0].body).unwrap();
        assert!(record.change.old_image.is_empty());
        assert_eq!(!record.change.new_image.is_empty(), kept);
        assert!(record.change.sequence_number.is_some() && !record.change.keys.is_empty());
    }
}

/// Writes a row that nobody can read, as a mistake in a later version could.
async fn damage(world: &World, pk: &str, sk: &str, kind: &str) {
    let row = [("pk", pk), ("sk", sk), ("type", kind)];
    let row = row.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
    world.table.put_item().table_name(TABLE).set_item(Some(row.into())).send().await.unwrap();
}

#[tokio::test]
async fn an_end_whose_other_rows_cannot_be_read_is_set_aside_at_once_and_told_whole_when_they_are_mended() {
    for row in ["record#request", "record#facts"] {
        let world = World::start(GENESYS).await;
        let case = Case::at(&world, "damaged", Stage::Opened).await;
        assert_eq!(case.end(world.steady()).await.status, 202);
        let other = Case::at(&world, "other", Stage::Created).await;
        let pk = format!("demo#session#{}", case.session.transfer);
        let key = [("pk", &*pk), ("sk", row)].map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
        let whole = world.table.get_item().table_name(TABLE).set_key(Some(key.into())).send().await.unwrap().item;
        damage(&world, &pk, row, "nothing").await;
        let batch = world.changes().await;
        assert_eq!(failed(&relay(&world, batch.clone()).await), None, "{row}");
        let told =
            |world: &World| world.story_of(&case.session).iter().filter(|kind| *kind == "transfer.ended").count();
        let [(transfer, why)] = &parked(&world)[..] else { panic!("{row}: one is set aside") };
        assert_eq!(transfer, &case.session.transfer.to_string(), "{row}");
        assert!(why.starts_with("what a record needs: a stored"), "{why}");
        assert_eq!(told(&world), 0, "{row}: not without what belongs to it");
        assert_eq!(world.story_of(&other.session), ["transfer.requested"], "{row}");

        let Some(whole) = whole else { continue };
        world.table.put_item().table_name(TABLE).set_item(Some(whole)).send().await.unwrap();
        assert_eq!(failed(&relay(&world, batch).await), None, "{row}");
        assert_eq!(told(&world), 1, "{row}");
    }
}

#[tokio::test]
async fn an_event_endpoint_that_cannot_be_read_costs_nobody_else_anything() {
    let (world, cases) = Box::pin(busy(2)).await;
    damage(&world, "demo#", "endpoint#broken", "nothing").await;
    assert_eq!(failed(&relay(&world, world.changes().await).await), None);
    assert_eq!(parked(&world), []);
    assert_each_requested_once(&world, &cases);
}

/// A session that the table's TTL removed before anybody had ended it, and one that was created afterwards.
async fn removed_by_ttl() -> (World, Case, Case) {
    let world = World::start(GENESYS).await;
    let gone = Case::at(&world, "c-gone", Stage::Opened).await;
    world.clock.pass(TimeDelta::minutes(31));
    assert_eq!(world.sweep().await, 1);
    let other = Case::at(&world, "c-other", Stage::Created).await;
    world.faults.clear();
    (world, gone, other)
}

#[tokio::test]
async fn a_removed_session_that_the_table_refuses_to_keep_holds_up_the_others_for_a_quarter_of_an_hour_at_most() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let (world, gone, other) = removed_by_ttl().await;
    let batch = world.changes().await;
    let marker = gone.session.transfer.to_string();
    world.faults.on("TransactWriteItems", vec![Fault::Answer(Refusal::of("ValidationException")); MANY]);
    let early = relay(&world, aged(&world, batch.clone(), 15)).await;
    assert!(failed(&early).is_some(), "it gets its time to pass");
    assert_eq!(world.events_of(&other.session).len(), 0);
    assert_eq!(failed(&relay(&world, aged(&world, batch, 16)).await), None);
    let why = "what a record needs: the table refused TransactWriteItems: ValidationException".to_owned();
    assert_eq!(parked(&world), [(marker, why)]);
    assert_eq!(world.events_of(&other.session).len(), 1, "the others flow");
}

#[tokio::test]
async fn a_removed_session_waits_for_a_table_that_is_busy_and_is_kept_then() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let (world, gone, other) = removed_by_ttl().await;
    let batch = world.changes().await;
    world.faults.on("TransactWriteItems", vec![Fault::Answer(Refusal::of("ThrottlingException")); MANY]);
    assert!(failed(&relay(&world, aged(&world, batch.clone(), 60)).await).is_some(), "however long it takes");
    assert_eq!(parked(&world), []);
    world.faults.clear();
    assert_eq!(failed(&relay(&world, batch).await), None);
    world.settle().await;
    assert_eq!(world.story_of(&gone.session).last().map(String::as_str), Some("transfer.expired"));
    assert_eq!(world.events_of(&other.session).first().map(|it| it.detail_type.as_str()), Some("transfer.requested"));
}

#[tokio::test]
async fn an_event_that_the_table_does_not_take_into_its_feed_comes_again_before_the_bus_has_it() {
    let (world, cases) = Box::pin(busy(2)).await;
    let batch = world.changes().await;
    world.faults.on("BatchWriteItem", vec![Fault::Answer(Refusal::of("ThrottlingException")); MANY]);
    let answer = relay(&world, batch.clone()).await;
    assert_eq!(failed(&answer), Some(sequence_number(session_records(&batch)[0])));
    assert_eq!(cases.iter().map(|case| world.events_of(&case.session).len()).sum::<usize>(), 0);
    world.faults.clear();
    assert_eq!(failed(&relay(&world, batch).await), None);
    assert_each_requested_once(&world, &cases);
    assert_each_opened_then_delivers(&world, &cases);
}
