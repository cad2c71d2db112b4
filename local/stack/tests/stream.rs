//! The stream is followed as Lambda follows one: at least once, in order per item, again from what failed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_transfer::TestClock;
use agent_transfer::routes::TEMPLATE;
use agent_transfer::stream::{Checkpoint, Step, StreamDelivery, StreamDriver, StreamTarget};
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::config::{BehaviorVersion, Region};
use embedded_dynamodb::{Beside, EmbeddedDynamoDb, Storage, client, table_from_template};
use transfer_domain::Clock as _;

const TABLE: &str = "transfers";

/// A table with a stream.
struct World {
    database: EmbeddedDynamoDb,
    tables: aws_sdk_dynamodb::Client,
    streams: aws_sdk_dynamodbstreams::Client,
    stream_arn: String,
    clock: TestClock,
}

impl World {
    async fn start() -> Self {
        let clock = TestClock::standing();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let database = EmbeddedDynamoDb::start(Storage::Memory, Arc::new(clock.clone()), listener).await.unwrap();
        let tables = client(&database.endpoint());
        table_from_template(TEMPLATE).unwrap().create_in(&tables, TABLE).await.unwrap();
        let described = tables.describe_table().table_name(TABLE).send().await.unwrap();
        let stream_arn = described.table.unwrap().latest_stream_arn.unwrap();
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("local"))
            .endpoint_url(database.endpoint())
            .credentials_provider(Credentials::new("local", "local", None, None, "fixed"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let streams = aws_sdk_dynamodbstreams::Client::from_conf(config);
        Self { database, tables, streams, stream_arn, clock }
    }

    /// Writes an item; every write of the same key is another record of the same item.
    async fn write(&self, key: &str, value: &str) {
        let put = self.tables.put_item().table_name(TABLE).item("pk", AttributeValue::S(key.to_owned()));
        let put = put.item("sk", AttributeValue::S("s".to_owned())).item("v", AttributeValue::S(value.to_owned()));
        put.send().await.unwrap();
    }

    fn follow(&self, target: &Arc<Target>, checkpoint: Checkpoint) -> StreamDriver {
        let target: Arc<dyn StreamTarget> = Arc::<Target>::clone(target);
        StreamDriver::new(self.streams.clone(), self.stream_arn.clone(), checkpoint, target)
    }
}

/// What to answer to a batch.
enum Answer {
    /// The record with this value has to come again.
    Again(&'static str),
    /// This identifier, whatever it is.
    Identifier(Option<&'static str>),
}

/// Remembers every batch and answers as told.
#[derive(Default)]
struct Target {
    batches: Mutex<Vec<Vec<EventRecord>>>,
    answers: Mutex<VecDeque<Option<Answer>>>,
    stuck: Mutex<bool>,
}

impl Target {
    fn answering(answers: impl IntoIterator<Item = Option<Answer>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    /// The values of the batches so far.
    fn values(&self) -> Vec<Vec<String>> {
        self.batches.lock().unwrap().iter().map(|batch| batch.iter().map(value).collect()).collect()
    }
}

#[async_trait]
impl StreamTarget for Target {
    async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        self.batches.lock().unwrap().push(batch.records.clone());
        let is_stuck = *self.stuck.lock().unwrap();
        if is_stuck {
            std::future::pending::<()>().await;
        }
        let mut response = DynamoDbEventResponse::default();
        let identifier = match self.answers.lock().unwrap().pop_front().flatten() {
            None => return response,
            Some(Answer::Again(wanted)) => {
                let record = batch.records.iter().find(|record| value(record) == wanted).unwrap();
                record.change.sequence_number.clone()
            }
            Some(Answer::Identifier(identifier)) => identifier.map(str::to_owned),
        };
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = identifier;
        response.batch_item_failures.push(failure);
        response
    }
}

fn value(record: &EventRecord) -> String {
    let item = record.change.new_image.get("v").or_else(|| record.change.old_image.get("v"));
    match item {
        Some(serde_dynamo::AttributeValue::S(value)) => value.clone(),
        other => panic!("{other:?}"),
    }
}

async fn steps(driver: &mut StreamDriver) -> Vec<Step> {
    let mut steps = Vec::new();
    loop {
        steps.push(driver.step().await.unwrap());
        if steps.last() == Some(&Step::Idle) {
            return steps;
        }
    }
}

fn batches(expected: &[&[&str]]) -> Vec<Vec<String>> {
    expected.iter().map(|batch| batch.iter().map(|it| (*it).to_owned()).collect()).collect()
}

/// A position in a file that the last one has left.
fn kept(path: &Path) -> Checkpoint {
    Checkpoint::in_file(Arc::new(Beside::open(path).unwrap())).unwrap()
}

#[tokio::test]
async fn records_come_once_in_order_and_in_batches_of_the_chosen_size() {
    let world = World::start().await;
    for value in ["1", "2", "3"] {
        world.write("a", value).await;
    }
    let target = Target::answering([]);
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    driver.disturb(StreamDelivery::InOrder, 2);
    steps(&mut driver).await;
    world.write("a", "4").await;
    steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["1", "2"], &["3"], &["4"]]));
}

#[tokio::test]
async fn what_failed_comes_again_with_all_that_follows_and_nothing_before_it() {
    let world = World::start().await;
    for value in ["1", "2", "3"] {
        world.write("a", value).await;
    }
    let target = Target::answering([Some(Answer::Again("2")), Some(Answer::Again("2"))]);
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    let steps = steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["1", "2", "3"], &["2", "3"], &["2", "3"]]));
    let failed = Step::Failed { attempts: 1 };
    assert_eq!(steps, [Step::Progressed, failed, Step::Progressed, Step::Idle]);
}

#[tokio::test]
async fn an_identifier_that_is_none_of_the_batch_means_the_whole_batch() {
    for identifier in [None, Some(""), Some("999999999999999999999")] {
        let world = World::start().await;
        world.write("a", "1").await;
        world.write("a", "2").await;
        let target = Target::answering([Some(Answer::Identifier(identifier))]);
        let mut driver = world.follow(&target, Checkpoint::in_memory());
        steps(&mut driver).await;
        assert_eq!(target.values(), batches(&[&["1", "2"], &["1", "2"]]), "{identifier:?}");
    }
}

#[tokio::test]
async fn a_restart_goes_on_behind_the_last_record_that_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.stream");
    let world = World::start().await;
    for value in ["1", "2", "3"] {
        world.write("a", value).await;
    }
    let target = Target::answering([Some(Answer::Again("2"))]);
    let mut driver = world.follow(&target, kept(&path));
    driver.step().await.unwrap();
    drop(driver);

    let target = Target::answering([]);
    let mut driver = world.follow(&target, kept(&path));
    steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["2", "3"]]));
    drop(driver);

    world.write("a", "4").await;
    let target = Target::answering([]);
    let mut driver = world.follow(&target, kept(&path));
    steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["4"]]));
}

#[tokio::test]
async fn a_step_that_is_dropped_loses_nothing() {
    let world = World::start().await;
    world.write("a", "1").await;
    let target = Target::answering([]);
    *target.stuck.lock().unwrap() = true;
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    let step = tokio::time::timeout(Duration::from_millis(500), driver.step()).await;
    assert!(step.is_err());
    *target.stuck.lock().unwrap() = false;
    steps(&mut driver).await;
    assert_eq!(target.values().last().unwrap(), &["1"]);
}

#[tokio::test]
async fn duplicated_delivery_hands_every_batch_over_twice() {
    let world = World::start().await;
    world.write("a", "1").await;
    world.write("a", "2").await;
    let target = Target::answering([]);
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    driver.disturb(StreamDelivery::Duplicated, 100);
    steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["1", "2"], &["1", "2"]]));
}

#[tokio::test]
async fn shuffled_delivery_mixes_items_and_keeps_the_order_of_each() {
    let world = World::start().await;
    for round in 0..5 {
        for item in ["a", "b", "c"] {
            world.write(item, &format!("{item}{round}")).await;
        }
    }
    let written: Vec<String> = (0..5).flat_map(|round| ["a", "b", "c"].map(|item| format!("{item}{round}"))).collect();
    let mut orders = Vec::new();
    for seed in 0..5 {
        let target = Target::answering([]);
        let mut driver = world.follow(&target, Checkpoint::in_memory());
        driver.disturb(StreamDelivery::Shuffled { seed }, 100);
        steps(&mut driver).await;
        let order = target.values().concat();
        let mut lanes = BTreeMap::<char, Vec<&String>>::new();
        for value in &order {
            lanes.entry(value.chars().next().unwrap()).or_default().push(value);
        }
        assert!(lanes.values().all(|lane| lane.len() == 5 && lane.is_sorted()), "{order:?}");
        orders.push(order);
    }
    assert!(orders.iter().any(|order| *order != written));
}

#[tokio::test]
async fn a_shuffled_batch_that_failed_midway_is_done_completely() {
    let world = World::start().await;
    for item in ["a", "b", "c", "d"] {
        world.write(item, item).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.stream");
    let target = Target::answering([Some(Answer::Again("b"))]);
    let mut driver = world.follow(&target, kept(&path));
    driver.disturb(StreamDelivery::Shuffled { seed: 3 }, 100);
    driver.step().await.unwrap();
    drop(driver);
    // After a kill nothing that was not done may be skipped, whatever the order was.
    let before: Vec<String> = target.values().concat().into_iter().take_while(|value| value != "b").collect();
    let target = Target::answering([]);
    let mut driver = world.follow(&target, kept(&path));
    steps(&mut driver).await;
    let after = target.values().concat();
    for item in ["a", "b", "c", "d"] {
        assert!(before.contains(&item.to_owned()) || after.contains(&item.to_owned()), "{item} was skipped");
    }
}

#[tokio::test]
async fn everything_can_be_handed_over_once_more() {
    let world = World::start().await;
    world.write("a", "1").await;
    let target = Target::answering([]);
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    steps(&mut driver).await;
    driver.redeliver_all().unwrap();
    steps(&mut driver).await;
    assert_eq!(target.values(), batches(&[&["1"], &["1"]]));
}

#[tokio::test]
async fn a_removal_by_ttl_comes_with_the_services_identity_and_a_removal_by_hand_without() {
    let world = World::start().await;
    let expires_at = world.clock.now().timestamp() + 60;
    let key = AttributeValue::S("a".to_owned());
    let put = world.tables.put_item().table_name(TABLE).item("pk", key.clone()).item("sk", key.clone());
    put.item("v", key.clone()).item("expiresAt", AttributeValue::N(expires_at.to_string())).send().await.unwrap();
    world.write("b", "b").await;
    let delete = world.tables.delete_item().table_name(TABLE).key("pk", AttributeValue::S("b".to_owned()));
    delete.key("sk", AttributeValue::S("s".to_owned())).send().await.unwrap();
    world.clock.advance(Duration::from_secs(61));
    world.database.sweep_expired().await.unwrap();

    let target = Target::answering([]);
    let mut driver = world.follow(&target, Checkpoint::in_memory());
    steps(&mut driver).await;
    let records = target.batches.lock().unwrap().concat();
    let removals: BTreeMap<String, Option<String>> = records
        .iter()
        .filter(|record| record.event_name == "REMOVE")
        .map(|record| (value(record), record.user_identity.as_ref().map(|it| it.principal_id.clone())))
        .collect();
    let expected =
        [("a".to_owned(), Some("dynamodb.amazonaws.com".to_owned())), ("b".to_owned(), None)].into_iter().collect();
    assert_eq!(removals, expected);
    assert!(records.iter().all(|record| record.event_source_arn.as_deref() == Some(driver.stream_arn())));
}
