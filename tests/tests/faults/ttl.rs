//! The one thing that the embedded engine only imitates: AWS's engine removes an expired session by itself, and says so
//! on the stream.
//!
//! Runs where `AWS_ENDPOINT_URL_DYNAMODB` names a DynamoDB Local (`tests/dynamodb-local`).

use std::time::{Duration, Instant};

use agent_transfer::{Elsewhere, Stack, StackOptions, Storage, TestClock};
use aws_credential_types::Credentials;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::{BehaviorVersion, Config, Region};
use aws_sdk_dynamodbstreams::types::{OperationType, Record, ShardIteratorType};
use chrono::TimeDelta;
use transfer_aws::SystemClock;
use transfer_domain::Clock as _;
use transfer_tests::api::{event_types, stack_with, stepped};

/// DynamoDB Local looks for expired items every few minutes.
const PATIENCE: Duration = Duration::from_mins(8);
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_dynamodb_local_removes_by_its_ttl_is_told_as_expired() {
    let options = stepped();
    let Storage::Elsewhere(elsewhere) = options.storage.clone() else { return };
    // The service's clock is behind, so that the session has expired by the database's as soon as it is written.
    let behind = TestClock::at(SystemClock.now() - TimeDelta::minutes(32));
    let (stack, api) = stack_with(StackOptions { clock: behind, ..options }).await;
    let session = api.create("conv-1", "genesys").await;
    let since = Instant::now();
    // It may be gone at once: the database's minute is not ours to choose.
    while removals(&stack, &elsewhere).await.is_empty() {
        assert!(since.elapsed() < PATIENCE, "DynamoDB Local removed nothing within {} s", PATIENCE.as_secs());
        // It goes by a clock of its own: there is nothing to be woken by.
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    assert_eq!(
        removals(&stack, &elsewhere).await,
        [Some("dynamodb.amazonaws.com".to_owned())],
        "by the service, not by a caller"
    );
    stack.settle().await.unwrap();
    assert!(event_types(&stack, &session).contains(&"transfer.expired".to_owned()));
    let kept = api.detail(&session).await;
    assert_eq!((kept.status, kept.str("endReason").as_str()), (200, "expired"), "{}", kept.text);
    assert_eq!(api.task_status(&session).await, "expired");
}

/// Who removed what the table's stream says was removed.
async fn removals(stack: &Stack, elsewhere: &Elsewhere) -> Vec<Option<String>> {
    let table = stack.dynamodb().describe_table().table_name(&stack.service().config.table).send().await.unwrap();
    let stream = table.table.unwrap().latest_stream_arn.unwrap();
    let access_key = elsewhere.access_key.clone().unwrap();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .endpoint_url(&elsewhere.endpoint)
        .credentials_provider(Credentials::new(access_key, "local", None, None, "fixed"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    let described = client.describe_stream().stream_arn(&stream).send().await.unwrap();
    let mut removals = Vec::new();
    for shard in described.stream_description.unwrap().shards.unwrap() {
        let ask = client.get_shard_iterator().stream_arn(&stream).shard_id(shard.shard_id.unwrap());
        let ask = ask.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.unwrap();
        let mut iterator = ask.shard_iterator;
        while let Some(at) = iterator {
            let page = client.get_records().shard_iterator(at).send().await.unwrap();
            let records = page.records.unwrap_or_default();
            iterator = page.next_shard_iterator.filter(|_| !records.is_empty());
            let removed = records.into_iter().filter(|record| record.event_name == Some(OperationType::Remove));
            removals.extend(removed.map(|record: Record| record.user_identity.and_then(|who| who.principal_id)));
        }
    }
    removals
}
