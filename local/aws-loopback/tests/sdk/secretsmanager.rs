use aws_loopback::AwsLoopback;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;

use crate::{ManualClock, client, serve, start};

#[tokio::test]
async fn a_new_value_becomes_current_and_the_old_one_previous() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    let created = client.create_secret().name("app/key").secret_string("one");
    let created = created.send().await.unwrap();
    let put = client.put_secret_value().secret_id("app/key").secret_string("two");
    let put = put.send().await.unwrap();
    assert_eq!(put.version_stages(), ["AWSCURRENT"]);
    let get = || client.get_secret_value().secret_id(created.arn().unwrap());
    let current = get().send().await.unwrap();
    assert_eq!(current.secret_string(), Some("two"));
    assert_eq!(current.version_id(), put.version_id());
    let previous = get().version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string(), Some("one"));
    assert_eq!(previous.version_id(), created.version_id());
    let by_id = get().version_id(created.version_id().unwrap());
    assert_eq!(by_id.send().await.unwrap().secret_string(), Some("one"));
}

#[tokio::test]
async fn a_secret_is_described_by_its_description_versions_and_times() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    client.create_secret().name("key").description("what for").secret_string("one").send().await.unwrap();
    running.clock.pass(1);
    client.put_secret_value().secret_id("key").secret_string("two").send().await.unwrap();
    let described = client.describe_secret().secret_id("key").send().await.unwrap();
    assert_eq!(described.description(), Some("what for"));
    assert_eq!(described.version_ids_to_stages().unwrap().len(), 2);
    let seconds = [described.created_date(), described.last_changed_date()].map(|time| time.unwrap().secs());
    assert_eq!(seconds, [1_800_000_000, 1_800_000_001]);
}

#[tokio::test]
async fn creating_twice_is_refused_unless_it_is_the_same_request() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    let token = "0123456789abcdef0123456789abcdef";
    let create = |value: &str| client.create_secret().name("key").secret_string(value).client_request_token(token);
    let first = create("one").send().await.unwrap();
    let repeat = create("one").send().await.unwrap();
    assert_eq!(repeat.arn(), first.arn());
    assert_eq!(repeat.version_id(), Some(token));
    let error = create("two").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_exists_exception());
    let put = client.put_secret_value().secret_id("key").secret_string("two");
    let error = put.client_request_token(token).send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_exists_exception());
}

#[tokio::test]
async fn a_secret_is_gone_at_once_or_after_its_recovery_window() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    let create = |name: &str| client.create_secret().name(name).secret_string("value");
    let get = |name: &str| client.get_secret_value().secret_id(name);
    create("now").send().await.unwrap();
    let delete = client.delete_secret().secret_id("now");
    delete.force_delete_without_recovery(true).send().await.unwrap();
    let error = get("now").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());

    create("later").send().await.unwrap();
    let delete = client.delete_secret().secret_id("later");
    delete.recovery_window_in_days(7).send().await.unwrap();
    let error = get("later").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_request_exception());
    assert!(create("later").send().await.is_err());
    running.clock.pass(7 * 24 * 3600);
    let error = get("later").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    create("later").send().await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_or_not_valid_is_refused_by_the_right_error() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    let put = client.put_secret_value().secret_id("none").secret_string("x");
    let error = put.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let create = client.create_secret().name("key").secret_string("x".repeat(65_537));
    let error = create.send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
}

#[tokio::test]
async fn an_export_moves_all_secrets_and_debug_shows_none() {
    let running = start().await;
    let client = client!(aws_sdk_secretsmanager, running);
    client.create_secret().name("key").secret_string("hidden-value").send().await.unwrap();
    let exported = running.loopback.secrets().export();
    assert!(!format!("{:?}", running.loopback).contains("hidden-value"));

    let clock = ManualClock::new();
    let other = serve(AwsLoopback::new(clock.clock()), clock).await;
    other.loopback.secrets().import(&exported).unwrap();
    let client = client!(aws_sdk_secretsmanager, other);
    let got = client.get_secret_value().secret_id("key").send().await.unwrap();
    assert_eq!(got.secret_string(), Some("hidden-value"));
}
