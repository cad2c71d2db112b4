//! Table or queue fail while it is looked for what comes due, or while it is applied: nothing is lost, and what was not
//! done is told.

use chrono::TimeDelta;
use serde_json::Value;
use transfer_app::{Metric, NotQueued};
use transfer_domain::{Clock as _, TransferSettings};
use transfer_providers::GENESYS;
use transfer_tests::fault_proxy::{Fault, Refusal, Refusing};
use transfer_tests::harness::{Case, PROJECT, Stage, TICK_QUEUE, World};

const SEND: &str = "SendMessageBatch";
const QUERY: &str = "Query";

/// Sessions that come due half a minute from now.
async fn coming(sessions: usize) -> World {
    let world = World::start(GENESYS).await;
    for number in 0..sessions {
        Case::at(&world, &format!("c-{number}"), Stage::Opened).await;
    }
    world.clock.pass(TimeDelta::seconds(5 * 60 - 30));
    world.faults.clear();
    world
}

fn kept_back(world: &World) -> usize {
    world.queue(TICK_QUEUE).counts().unwrap().delayed
}

#[tokio::test]
async fn each_session_that_comes_due_is_queued_with_its_delay() {
    let world = coming(12).await;
    world.watch(&world.process()).await.unwrap();
    assert_eq!((kept_back(&world), world.faults.count(SEND)), (12, 2));
    assert_eq!(world.faults.count(QUERY), 4, "a shard each, and no record is read");
    world.clock.pass(TimeDelta::seconds(29));
    assert!(world.queue(TICK_QUEUE).receive(10).unwrap().is_empty());
    world.clock.pass(TimeDelta::seconds(1));
    let [first, ..] = &world.queue(TICK_QUEUE).receive(10).unwrap()[..] else { panic!("it is due") };
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!((body["projectId"].as_str(), body.as_object().unwrap().len()), (Some("demo"), 3), "{body}");
}

#[tokio::test]
async fn ticks_that_are_not_taken_are_sent_again_and_only_they() {
    let world = coming(3).await;
    world.faults.on(SEND, [Fault::FailEntries(vec![0, 2]), Fault::Answer(Refusal::internal())]);
    world.watch(&world.process()).await.unwrap();
    assert_eq!((kept_back(&world), world.faults.count(SEND)), (3, 3));
}

#[tokio::test]
async fn what_the_queue_does_not_take_is_told_and_left_to_the_next_look() {
    let world = coming(3).await;
    let process = world.process();
    world.faults.on(SEND, [vec![1], vec![0], vec![0]].map(Fault::FailEntries));
    let left = world.watch(&process).await;
    assert!(matches!(left, Err(NotQueued::Refused(1))), "{left:?}");
    assert_eq!((kept_back(&world), world.faults.count(SEND)), (2, 3), "bounded tries");
    assert!(process.service.metrics.take().contains(&Metric::Overdue(0)), "it looked, nevertheless");
    world.watch(&process).await.unwrap();
    assert_eq!(kept_back(&world), 2 + 3, "what was taken comes twice, which does nothing");
}

#[tokio::test]
async fn a_look_that_fails_is_not_taken_for_one_that_found_nothing() {
    let world = coming(1).await;
    let process = world.process();
    world.faults.on(QUERY, vec![Fault::Answer(Refusal::of("AccessDeniedException")); 4]);
    assert!(matches!(world.watch(&process).await, Err(NotQueued::Failed(_))));
    let told = process.service.metrics.take();
    assert!(!told.iter().any(|metric| matches!(metric, Metric::Overdue(_))), "{told:?}");
}

#[tokio::test]
async fn what_has_been_due_for_more_than_a_minute_is_counted() {
    let world = coming(3).await;
    let process = world.process();
    let overdue = async |seconds| {
        world.clock.pass(TimeDelta::seconds(seconds));
        world.watch(&process).await.unwrap();
        let told = process.service.metrics.take();
        told.into_iter().find(|metric| matches!(metric, Metric::Overdue(_))).unwrap()
    };
    assert_eq!(overdue(30 + 60).await, Metric::Overdue(0), "for a minute");
    assert_eq!(overdue(1).await, Metric::Overdue(3));
    while world.tick_once(&process).await {}
    let told = process.service.metrics.take();
    let late: Vec<_> = told.iter().filter(|metric| matches!(metric, Metric::TickDelay(_))).collect();
    assert_eq!(late, [&Metric::TickDelay(TimeDelta::seconds(61)); 3], "each once, however often it was queued");
    assert_eq!(overdue(0).await, Metric::Overdue(0));
}

#[tokio::test]
async fn a_tick_that_the_table_refuses_comes_again_and_one_that_is_none_does_not() {
    let world = coming(1).await;
    let process = world.process();
    world.watch(&process).await.unwrap();
    world.queue(TICK_QUEUE).send(aws_loopback::NewMessage::new("{\"projectId\":\"demo\"}")).unwrap();
    world.clock.pass(TimeDelta::seconds(30));
    world.faults.on("GetItem", vec![Fault::Answer(Refusal::internal()); 10]);
    assert!(world.tick_once(&process).await);
    assert_eq!(world.queue(TICK_QUEUE).counts().unwrap().visible, 1, "the session's");
    world.faults.clear();
    assert!(world.tick_once(&process).await);
    assert_eq!(world.queue(TICK_QUEUE).counts().unwrap().visible, 0);
    assert_eq!(world.session_of("c-0").await.marks.checked, Some(world.clock.now()));
}

#[tokio::test]
async fn a_change_whose_tick_is_not_taken_comes_again() {
    let world = World::start(GENESYS).await;
    let process = world.steady();
    let mut settings = TransferSettings::default();
    settings.session_lifecycle.ttl_minutes.chat = 24 * 60;
    process.service.store.put_settings(&PROJECT.parse().unwrap(), &settings, None).await.unwrap();
    let case = Case::at(&world, "c-1", Stage::Active).await;
    // It has been silent for so long that it is looked after but seldom; a message makes that sooner.
    let mut passed = 0;
    while passed < 180 || world.session_of("c-1").await.marks.checked != Some(world.clock.now()) {
        world.clock.pass(TimeDelta::minutes(1));
        world.watch(process).await.unwrap();
        while world.tick_once(process).await {}
        world.settle().await;
        passed += 1;
        assert!(passed < 240, "it is looked after within an hour");
    }
    world.queue(TICK_QUEUE).purge().unwrap();
    let before = world.session_of("c-1").await.due_at.unwrap();
    world.clock.pass(TimeDelta::seconds(4 * 60 + 30));
    assert_eq!(case.send(process, "m-1", "Hello?").await.status, 202);
    let due_at = world.session_of("c-1").await.due_at.unwrap();
    assert!(due_at < before && due_at - world.clock.now() <= TimeDelta::seconds(60), "{due_at} {before}");

    world.faults.refuse(SEND, "dueAt", Refusing::Entry, "ServiceUnavailable");
    assert!(world.relay_once(&world.process()).await);
    assert_eq!(kept_back(&world), 0);
    let waits = world.changes().await.records.len();
    assert!(waits > 0, "the record comes again");
    world.faults.clear();
    world.relay().await;
    assert_eq!(kept_back(&world), 1);
}
