//! The engine over its endpoint, in memory and in a file.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the functions that tests share count as tests, which the lint's own exception does not see"
)]

use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveStatus};
use chrono::{DateTime, Utc};
use embedded_dynamodb::{
    EmbeddedDynamoDb, EmbeddedError, Storage, TableDefinition, TableError, client, table_from_template,
};
use tokio::net::TcpListener;
use transfer_domain::Clock;

const TEMPLATE: &str = include_str!("../../../template.yaml");

#[derive(Debug)]
struct FixedClock(DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

async fn start(storage: Storage, now: i64) -> Result<EmbeddedDynamoDb, EmbeddedError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(FixedClock(DateTime::from_timestamp(now, 0).unwrap()));
    EmbeddedDynamoDb::start(storage, clock, listener).await
}

fn definition() -> TableDefinition {
    table_from_template(TEMPLATE).unwrap()
}

async fn put(client: &Client, pk: &str, expires_at: i64) {
    let request = client.put_item().table_name("table");
    let request = request.item("pk", AttributeValue::S(pk.to_owned())).item("sk", AttributeValue::S("row".to_owned()));
    request.item("expiresAt", AttributeValue::N(expires_at.to_string())).send().await.unwrap();
}

async fn rows(client: &Client) -> Vec<String> {
    let items = client.scan().table_name("table").send().await.unwrap().items.unwrap_or_default();
    items.iter().map(|item| item["pk"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn the_templates_table_is_created_once_with_ttl_stream_and_index() {
    let engine = start(Storage::Memory, 0).await.unwrap();
    let client = client(&engine.endpoint());
    let definition = definition();
    let (one, other) = tokio::join!(definition.create_in(&client, "table"), definition.create_in(&client, "table"));
    one.unwrap();
    other.unwrap();
    definition.create_in(&client, "table").await.unwrap();
    let table = client.describe_table().table_name("table").send().await.unwrap().table.unwrap();
    assert!(table.latest_stream_arn().is_some());
    assert_eq!(table.global_secondary_indexes()[0].index_name(), Some("list"));
    let ttl = client.describe_time_to_live().table_name("table").send().await.unwrap();
    let ttl = ttl.time_to_live_description.unwrap();
    assert_eq!(ttl.time_to_live_status, Some(TimeToLiveStatus::Enabled));
    assert_eq!(ttl.attribute_name.as_deref(), Some("expiresAt"));
}

#[tokio::test]
async fn a_table_with_other_indexes_is_not_taken_for_ours() {
    let engine = start(Storage::Memory, 0).await.unwrap();
    let client = client(&engine.endpoint());
    let other = table_from_template(&TEMPLATE.replace("IndexName: list", "IndexName: other")).unwrap();
    other.create_in(&client, "table").await.unwrap();
    let refused = definition().create_in(&client, "table").await;
    assert!(matches!(refused, Err(TableError::Differs(name)) if name == "table"));
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_by_the_injected_clock() {
    let now = 1_800_000_000;
    let engine = start(Storage::Memory, now).await.unwrap();
    let client = client(&engine.endpoint());
    definition().create_in(&client, "table").await.unwrap();
    put(&client, "expired", now - 1).await;
    put(&client, "live", now + 1).await;
    assert_eq!(engine.sweep_expired().await.unwrap(), 1);
    assert_eq!(rows(&client).await, ["live"]);
}

#[tokio::test]
async fn a_file_keeps_its_rows_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = Storage::File(folder.path().join("data.db"));
    let engine = start(file.clone(), 0).await.unwrap();
    let first = client(&engine.endpoint());
    definition().create_in(&first, "table").await.unwrap();
    put(&first, "kept", 4_000_000_000).await;
    engine.shutdown().await.unwrap();
    let engine = start(file, 0).await.unwrap();
    let second = client(&engine.endpoint());
    definition().create_in(&second, "table").await.unwrap();
    assert_eq!(rows(&second).await, ["kept"]);
}

#[tokio::test]
async fn after_a_shutdown_nobody_answers() {
    let engine = start(Storage::Memory, 0).await.unwrap();
    let client = client(&engine.endpoint());
    engine.shutdown().await.unwrap();
    assert!(client.list_tables().send().await.is_err());
}

async fn refusal(path: &Path) -> String {
    let before = std::fs::read(path).unwrap();
    let error = start(Storage::File(path.to_owned()), 0).await.unwrap_err();
    assert_eq!(std::fs::read(path).unwrap(), before);
    let line = error.to_string();
    assert!(line.contains(&path.display().to_string()), "{line}");
    assert_eq!(line.lines().count(), 1);
    line
}

#[tokio::test]
async fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "dear diary ".repeat(100)).unwrap();
    assert!(refusal(&text).await.contains("is not a database of this service"));
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let told = refusal(&foreign).await;
    assert!(told.contains("is not a database of this service") && told.ends_with("name another file"), "{told}");
}

#[tokio::test]
async fn a_file_that_cannot_be_names_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("none/data.db"), folder.path().to_owned()] {
        let told = start(Storage::File(path.clone()), 0).await.unwrap_err().to_string();
        assert!(told.contains(&path.display().to_string()) && told.contains("name a file in a folder"), "{told}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let engine = start(Storage::File(path.clone()), 0).await.unwrap();
    definition().create_in(&client(&engine.endpoint()), "table").await.unwrap();
    engine.shutdown().await.unwrap();
    // Opening it ourselves folds the write-ahead log into the file.
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[200..half].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    assert!(refusal(&path).await.contains("is damaged"));
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    std::fs::write(&path, "").unwrap();
    let engine = start(Storage::File(path), 0).await.unwrap();
    definition().create_in(&client(&engine.endpoint()), "table").await.unwrap();
}
