//! DynamoDB stream → EventBridge and SQS FIFO: the only publisher.
//!
//! Every record of a session tells in its image what the write changed. From that follow the events for everybody
//! outside and the commands for `deliver`, each with an id of its own, so that a repetition can be dropped.

mod event;
mod publish;
mod record;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use transfer_aws::Service;
use transfer_store::StoreError;

pub use event::{DETAIL_TYPES, Event, SOURCE};
pub use record::Consequences;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Relay {
    service: Service,
    events: aws_sdk_eventbridge::Client,
    queue: aws_sdk_sqs::Client,
}

impl Relay {
    /// A relay to the bus and queue of the service's configuration.
    pub fn new(service: Service, events: aws_sdk_eventbridge::Client, queue: aws_sdk_sqs::Client) -> Self {
        Self { service, events, queue }
    }
}

/// Relays a batch of records. The answer names the first record that must come again; all after it come again too.
pub async fn handle(relay: &Relay, batch: StreamEvent) -> DynamoDbEventResponse {
    let records = batch.records;
    let mut events = Vec::new();
    let mut commands = Vec::new();
    let mut unreadable = None;
    for (index, record) in records.iter().enumerate() {
        match Consequences::of(record) {
            Ok(consequences) => {
                let tagged = |item| publish::From { record: index, item };
                events.extend(consequences.events.into_iter().map(tagged));
                commands.extend(consequences.commands.into_iter().map(|item| publish::From { record: index, item }));
            }
            Err(error) => {
                if let Parked::No = park(relay, record, &error).await {
                    // It comes again, and all after it.
                    unreadable = Some(index);
                    break;
                }
            }
        }
    }
    let config = &relay.service.config;
    let jitter = &*relay.service.ids;
    // Commands first: should only they succeed, a repetition of them is dropped by the queue.
    let unsent = publish::commands(&relay.queue, &config.command_queue_url, &commands, jitter).await;
    let limit = unsent.unwrap_or(records.len());
    events.retain(|event| event.record < limit);
    let unpublished = publish::events(&relay.events, &config.event_bus, &events, jitter).await;
    let failed = [unreadable, unsent, unpublished].into_iter().flatten().min();
    let mut response = DynamoDbEventResponse::default();
    if let Some(record) = failed.and_then(|index| records.get(index)) {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier.clone_from(&record.change.sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}

/// Whether a record was set aside.
enum Parked {
    Yes,
    No,
}

/// A record that cannot be read would block its shard for a day. It is set aside with its content, so that nothing
/// is lost, and the others go on. Without a queue for that it is only logged.
async fn park(relay: &Relay, record: &EventRecord, error: &StoreError) -> Parked {
    let sequence = record.change.sequence_number.as_deref().unwrap_or_default();
    let queue = &relay.service.config.parked_records_queue_url;
    tracing::error!(error = %error, record.sequence = sequence, "a stream record cannot be read");
    if queue.is_empty() {
        return Parked::Yes;
    }
    let text = serde_json::to_string(record).unwrap_or_default();
    let sent = relay.queue.send_message().queue_url(queue).message_body(text).send().await;
    if sent.is_ok() {
        return Parked::Yes;
    }
    tracing::error!(record.sequence = sequence, "an unreadable stream record could not be set aside");
    Parked::No
}
