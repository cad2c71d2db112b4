//! DynamoDB stream → EventBridge and SQS FIFO: the only publisher.
//!
//! Every record of a session tells in its image what the write changed. From that follow the events for everybody
//! outside and the commands for `deliver`, each with an id of its own, so that a repetition can be dropped.

mod event;
mod measure;
mod publish;
mod record;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use transfer_aws::Service;
use transfer_domain::Command;
use transfer_store::StoreError;

pub use event::{DETAIL_TYPES, Event, SOURCE};
pub use measure::Measurement;
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

/// What a batch of records asks for, in order, each with the index of its record.
#[derive(Default)]
struct Batch {
    events: Vec<publish::From<Event>>,
    commands: Vec<publish::From<Command>>,
    measurements: Vec<publish::From<Measurement>>,
    /// The record that can be neither read nor set aside. It comes again, and all after it.
    unreadable: Option<usize>,
}

/// Relays a batch of records. The answer names the first record that must come again; all after it come again too.
pub async fn handle(relay: &Relay, batch: StreamEvent) -> DynamoDbEventResponse {
    let records = batch.records;
    let Batch { mut events, commands, measurements, unreadable } = read(relay, &records).await;
    let service = &relay.service;
    let (config, jitter) = (&service.config, &*service.ids);
    // Commands first: should only they succeed, a repetition of them is dropped by the queue.
    let unsent = publish::commands(&relay.queue, &config.command_queue_url, &commands, jitter).await;
    let limit = unsent.unwrap_or(records.len());
    events.retain(|event| event.record < limit);
    let unpublished = publish::events(&relay.events, &config.event_bus, &events, jitter).await;
    let failed = [unreadable, unsent, unpublished].into_iter().flatten().min();
    // What comes again is measured then.
    let done = measurements.into_iter().filter(|measurement| failed.is_none_or(|failed| measurement.record < failed));
    let now = service.now();
    done.for_each(|measurement| service.metrics.record(measurement.item.published(now)));
    let mut response = DynamoDbEventResponse::default();
    if let Some(record) = failed.and_then(|index| records.get(index)) {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier.clone_from(&record.change.sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}

async fn read(relay: &Relay, records: &[EventRecord]) -> Batch {
    let mut batch = Batch::default();
    for (index, record) in records.iter().enumerate() {
        match Consequences::of(record) {
            Ok(Consequences { events, commands, measurements }) => {
                batch.events.extend(publish::from(index, events));
                batch.commands.extend(publish::from(index, commands));
                batch.measurements.extend(publish::from(index, measurements));
            }
            Err(error) => {
                if let Parked::No = park(relay, record, &error).await {
                    batch.unreadable = Some(index);
                    break;
                }
            }
        }
    }
    batch
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
