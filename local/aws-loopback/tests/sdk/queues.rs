//! Queues as a user of the SDK makes and removes them.

use aws_loopback::{QueueKind, QueueSettings};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::{client, start};

async fn create(client: &Client, name: &str) -> String {
    client.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

async fn names(client: &Client, prefix: &str) -> Vec<String> {
    let listed = client.list_queues().queue_name_prefix(prefix).send().await.unwrap();
    let name = |url: &String| url.rsplit('/').next().unwrap_or_default().to_owned();
    listed.queue_urls().iter().map(name).collect()
}

#[tokio::test]
async fn queues_are_listed_by_their_prefix_and_in_pages() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    for name in ["b", "a-2", "a-1"] {
        create(&client, name).await;
    }
    assert_eq!(names(&client, "").await, ["a-1", "a-2", "b"]);
    assert_eq!(names(&client, "a-").await, ["a-1", "a-2"]);
    assert!(names(&client, "c").await.is_empty());
    let first = client.list_queues().max_results(2).send().await.unwrap();
    assert_eq!(first.queue_urls().len(), 2);
    let second = client.list_queues().max_results(2).set_next_token(first.next_token).send().await.unwrap();
    assert_eq!((second.queue_urls().len(), second.next_token()), (1, None));
    let refused = client.list_queues().max_results(1001).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_queue_that_is_created_again_is_the_same_unless_an_attribute_differs() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let fifo = || client.create_queue().queue_name("q.fifo").attributes(QueueAttributeName::FifoQueue, "true");
    let timeout = |seconds: &str| fifo().attributes(QueueAttributeName::VisibilityTimeout, seconds);
    let url = timeout("60").send().await.unwrap().queue_url;
    assert_eq!(timeout("60").send().await.unwrap().queue_url, url);
    assert_eq!(fifo().send().await.unwrap().queue_url, url, "what is not named does not differ");
    let error = timeout("61").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists());

    let error = client.create_queue().queue_name("other.fifo").send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"), "a FIFO queue says that it is one");
    let unknown = client.create_queue().queue_name("q").attributes(QueueAttributeName::from("Colour"), "red");
    assert!(unknown.send().await.unwrap_err().into_service_error().is_invalid_attribute_name());
    let wrong = client.create_queue().queue_name("q").attributes(QueueAttributeName::MessageRetentionPeriod, "59");
    assert!(wrong.send().await.unwrap_err().into_service_error().is_invalid_attribute_value());
}

#[tokio::test]
async fn attributes_are_told_as_they_were_given_and_unknown_ones_refused() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let with = |name: QueueAttributeName, value: &str| client.create_queue().queue_name("q").attributes(name, value);
    let created = with(QueueAttributeName::MessageRetentionPeriod, "60").send().await.unwrap();
    let url = created.queue_url.unwrap();
    with(QueueAttributeName::Policy, "{}").send().await.expect("who may send is not asked here");
    let get = |name: QueueAttributeName| client.get_queue_attributes().queue_url(&url).attribute_names(name);
    let told = get(QueueAttributeName::MessageRetentionPeriod).send().await.unwrap().attributes.unwrap();
    assert_eq!(told, [(QueueAttributeName::MessageRetentionPeriod, "60".to_owned())].into());
    let error = with(QueueAttributeName::FifoQueue, "true").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists(), "a queue stays of its kind");
    let error = get(QueueAttributeName::from("Colour")).send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_name());
}

#[tokio::test]
async fn a_deleted_queue_is_gone_with_its_messages_and_who_waits_for_it_is_told() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = create(&client, "q").await;
    let poll = client.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let (polled, deleted) = tokio::join!(poll, client.delete_queue().queue_url(&url).send());
    deleted.unwrap();
    assert!(polled.unwrap_err().into_service_error().is_queue_does_not_exist());
    let error = client.delete_queue().queue_url(&url).send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
    client.send_message().queue_url(create(&client, "q").await).message_body("x").send().await.unwrap();
    client.delete_queue().queue_url(&url).send().await.unwrap();
    create(&client, "q").await;
    assert!(client.receive_message().queue_url(&url).send().await.unwrap().messages().is_empty());
}

#[tokio::test]
async fn without_its_dead_letter_queue_a_queue_keeps_what_it_would_have_moved() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let dead = create(&client, "dead").await;
    let policy = json!({ "deadLetterTargetArn": "arn:aws:sqs:local:000000000000:dead", "maxReceiveCount": 1 });
    let live = client.create_queue().queue_name("live");
    let live = live.attributes(QueueAttributeName::RedrivePolicy, policy.to_string()).send().await.unwrap().queue_url;
    client.send_message().set_queue_url(live.clone()).message_body("x").send().await.unwrap();
    client.delete_queue().queue_url(dead).send().await.unwrap();
    for _ in 0..3 {
        let received = client.receive_message().set_queue_url(live.clone()).send().await.unwrap();
        assert_eq!(received.messages().len(), 1);
        running.clock.pass(30);
    }
}

#[tokio::test]
async fn a_queue_that_the_process_rests_on_can_be_used_but_neither_changed_nor_deleted() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    running.loopback.sqs().declare("own", QueueSettings::new(QueueKind::Standard)).unwrap();
    let url = client.get_queue_url().queue_name("own").send().await.unwrap().queue_url.unwrap();
    client.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    let delete = client.delete_queue().queue_url(&url).send().await.unwrap_err();
    assert_eq!(delete.code(), Some("AccessDenied"));
    let other = client.create_queue().queue_name("own").attributes(QueueAttributeName::VisibilityTimeout, "1");
    assert!(other.send().await.unwrap_err().into_service_error().is_queue_name_exists());
    assert_eq!(client.receive_message().queue_url(&url).send().await.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_queue_that_nobody_reads_forgets_its_oldest_messages() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = create(&client, "q").await;
    let queue = running.loopback.sqs().queue("q").unwrap();
    let large = |n: u32| format!("{n} {}", "x".repeat(1_000_000));
    for n in 0..80 {
        queue.send(aws_loopback::NewMessage::new(large(n))).unwrap();
    }
    let kept = queue.counts().unwrap().visible;
    assert!((58..=67).contains(&kept), "{kept}");
    let oldest = client.receive_message().queue_url(&url).send().await.unwrap();
    assert_ne!(oldest.messages()[0].body(), Some(large(0).as_str()));

    running.clock.pass(4 * 24 * 3600);
    queue.send(aws_loopback::NewMessage::new("new")).unwrap();
    assert_eq!(queue.counts().unwrap().visible, 1, "and whatever is older than its retention");
}
