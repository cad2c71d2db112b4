use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use serde_json::json;

use crate::{client, start};

async fn fifo(client: &Client, name: &str) -> String {
    let create = client
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::FifoQueue, "true")
        .attributes(QueueAttributeName::VisibilityTimeout, "60");
    create.send().await.unwrap().queue_url.unwrap()
}

async fn standard(client: &Client, name: &str) -> String {
    let create = client.create_queue().queue_name(name);
    create.send().await.unwrap().queue_url.unwrap()
}

fn entry(id: &str, group: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(format!("body {id}"))
        .message_group_id(group)
        .message_deduplication_id(id)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_message_goes_through_a_fifo_queue_with_all_its_attributes() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = fifo(&client, "commands.fifo").await;
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .message_group_id("session")
        .message_deduplication_id("first")
        .message_attributes(
            "kind",
            MessageAttributeValue::builder().data_type("String").string_value("open").build().unwrap(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    let received = client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let kind = &message.message_attributes().unwrap()["kind"];
    assert_eq!(kind.string_value(), Some("open"));
    let system = message.attributes().unwrap();
    let value = |name: MessageSystemAttributeName| system[&name].as_str();
    assert_eq!(value(MessageSystemAttributeName::ApproximateReceiveCount), "1");
    assert_eq!(value(MessageSystemAttributeName::MessageGroupId), "session");
    assert_eq!(value(MessageSystemAttributeName::MessageDeduplicationId), "first");
    assert_eq!(value(MessageSystemAttributeName::SentTimestamp), "1800000000000");
    assert_eq!(Some(value(MessageSystemAttributeName::SequenceNumber)), sent.sequence_number());
    let handle = message.receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    running.clock.pass(61);
    let empty = client.receive_message().queue_url(&url).send().await.unwrap();
    assert!(empty.messages().is_empty());
}

#[tokio::test]
async fn a_batch_succeeds_and_fails_by_entry() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = fifo(&client, "commands.fifo").await;
    let ungrouped = SendMessageBatchRequestEntry::builder().id("c").message_body("x").build().unwrap();
    running.loopback.sqs().faults().fail_entries(1);
    let answer = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(vec![entry("a", "g"), entry("b", "g"), ungrouped]))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.successful()[0].id(), "b");
    let failed: Vec<_> =
        answer.failed().iter().map(|failure| (failure.id(), failure.code(), failure.sender_fault())).collect();
    assert_eq!(failed, [("a", "InternalFailure", false), ("c", "MissingParameter", true)]);

    let received = client.receive_message().queue_url(&url).send().await.unwrap();
    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let answer = client
        .delete_message_batch()
        .queue_url(&url)
        .entries(delete("good", received.messages()[0].receipt_handle().unwrap()))
        .entries(delete("bad", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.successful()[0].id(), "good");
    assert_eq!(answer.failed()[0].code(), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn a_batch_over_its_limits_is_refused_whole() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = fifo(&client, "commands.fifo").await;
    let send = |entries| client.send_message_batch().queue_url(&url).set_entries(Some(entries));
    let eleven = (0..11).map(|n| entry(&n.to_string(), "g")).collect();
    let error = send(eleven).send().await.unwrap_err().into_service_error();
    assert!(error.is_too_many_entries_in_batch_request());
    let error = send(vec![entry("a", "g"), entry("a", "g")]).send().await.unwrap_err();
    assert!(error.into_service_error().is_batch_entry_ids_not_distinct());
    let error = send(Vec::new()).send().await.unwrap_err();
    assert!(error.into_service_error().is_empty_batch_request());
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_arrives_meanwhile() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = standard(&client, "plain").await;
    let poll = client.receive_message().queue_url(&url).wait_time_seconds(20);
    let (received, sent) = tokio::join!(poll.send(), client.send_message().queue_url(&url).message_body("late").send());
    sent.unwrap();
    assert_eq!(received.unwrap().messages()[0].body(), Some("late"));
}

#[tokio::test]
async fn the_group_unlocks_when_the_visibility_is_set_to_zero() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = fifo(&client, "commands.fifo").await;
    let entries = vec![entry("a", "g"), entry("b", "g")];
    let batch = client.send_message_batch().queue_url(&url).set_entries(Some(entries));
    batch.send().await.unwrap();
    let receive = || client.receive_message().queue_url(&url);
    let held = receive().send().await.unwrap();
    assert!(receive().send().await.unwrap().messages().is_empty());
    client
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(held.messages()[0].receipt_handle().unwrap())
        .visibility_timeout(0)
        .send()
        .await
        .unwrap();
    let both = receive().max_number_of_messages(10).send().await.unwrap();
    let bodies: Vec<_> = both.messages().iter().map(|m| m.body().unwrap()).collect();
    assert_eq!(bodies, ["body a", "body b"]);
}

#[tokio::test]
async fn a_message_that_keeps_failing_ends_in_the_dead_letter_queue() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let dead = fifo(&client, "dead.fifo").await;
    let policy = json!({
        "deadLetterTargetArn": "arn:aws:sqs:local:000000000000:dead.fifo",
        "maxReceiveCount": 2,
    });
    let create = client
        .create_queue()
        .queue_name("live.fifo")
        .attributes(QueueAttributeName::FifoQueue, "true")
        .attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
    let live = create.send().await.unwrap().queue_url.unwrap();
    let batch = client.send_message_batch().queue_url(&live).entries(entry("a", "g"));
    batch.send().await.unwrap();
    for _ in 0..2 {
        let received = client.receive_message().queue_url(&live).send().await.unwrap();
        assert_eq!(received.messages().len(), 1);
        running.clock.pass(30);
    }
    let third = client.receive_message().queue_url(&live).send().await.unwrap();
    assert!(third.messages().is_empty());
    let receive =
        client.receive_message().queue_url(&dead).message_system_attribute_names(MessageSystemAttributeName::All);
    let moved = receive.send().await.unwrap();
    let system = moved.messages()[0].attributes().unwrap();
    assert_eq!(
        system[&MessageSystemAttributeName::DeadLetterQueueSourceArn],
        "arn:aws:sqs:local:000000000000:live.fifo"
    );
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "g");
}

#[tokio::test]
async fn queues_are_found_described_emptied_and_refused_by_the_right_errors() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = standard(&client, "plain").await;
    let found = client.get_queue_url().queue_name("plain").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    client.send_message().queue_url(&url).message_body("later").delay_seconds(5).send().await.unwrap();
    let attributes = || client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let answer = attributes().send().await.unwrap().attributes.unwrap();
    assert_eq!(answer[&QueueAttributeName::QueueArn], "arn:aws:sqs:local:000000000000:plain");
    assert_eq!(answer[&QueueAttributeName::ApproximateNumberOfMessagesDelayed], "1");
    running.loopback.sqs().queue("plain").unwrap().purge().unwrap();
    let answer = attributes().send().await.unwrap().attributes.unwrap();
    assert_eq!(answer[&QueueAttributeName::ApproximateNumberOfMessagesDelayed], "0");

    let error = client.get_queue_url().queue_name("none").send().await.unwrap_err();
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert!(error.into_service_error().is_queue_does_not_exist());
    let other = client.create_queue().queue_name("plain").attributes(QueueAttributeName::VisibilityTimeout, "1");
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists());
}

#[tokio::test]
async fn an_event_source_mapping_is_woken_and_gets_the_functions_event() {
    let running = start().await;
    let client = client!(aws_sdk_sqs, running);
    let url = fifo(&client, "commands.fifo").await;
    let queue = running.loopback.sqs().queue("commands.fifo").unwrap();
    let batch = client.send_message_batch().queue_url(&url);
    let batch = batch.entries(entry("a", "g")).entries(entry("b", "g"));
    let (ready, sent) = tokio::join!(queue.ready(), batch.send());
    ready.unwrap();
    let sent = sent.unwrap();
    let messages = queue.receive(1).unwrap();
    let handle = &messages[0].receipt_handle;
    assert_eq!(
        queue.lambda_event(&messages),
        json!({ "Records": [{
            "messageId": sent.successful()[0].message_id(),
            "receiptHandle": handle,
            "body": "body a",
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1800000000000",
                "ApproximateFirstReceiveTimestamp": "1800000000000",
                "SenderId": "000000000000",
                "SequenceNumber": "00000000000000000001",
                "MessageGroupId": "g",
                "MessageDeduplicationId": "a",
            },
            "messageAttributes": {},
            "md5OfBody": "dd9cbadc64b69f5b5f698ed84210a68d",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:local:000000000000:commands.fifo",
            "awsRegion": "local",
        }] })
    );
    queue.release(handle, Duration::from_secs(90)).unwrap();
    let mut ready = Box::pin(queue.ready());
    tokio::select! {
        biased;
        _ = &mut ready => panic!("the group is locked"),
        () = std::future::ready(()) => {}
    }
    running.clock.pass(90);
    running.loopback.time_changed();
    ready.await.unwrap();
    let again = queue.receive(10).unwrap();
    assert_eq!(again[0].receive_count, 2);
    for message in &again {
        queue.delete(&message.receipt_handle).unwrap();
    }
    assert_eq!(queue.counts().unwrap(), aws_loopback::QueueCounts::default());
}

#[tokio::test]
async fn an_operation_that_is_not_offered_is_refused_as_unknown() {
    let running = start().await;
    let purge = client!(aws_sdk_sqs, running).purge_queue().queue_url("url").send().await;
    let describe = client!(aws_sdk_eventbridge, running).describe_rule().name("r").send().await;
    let update = client!(aws_sdk_secretsmanager, running).update_secret().secret_id("key").send().await;
    for code in [purge.unwrap_err().code(), describe.unwrap_err().code(), update.unwrap_err().code()] {
        assert_eq!(code, Some("UnknownOperationException"));
    }
}
