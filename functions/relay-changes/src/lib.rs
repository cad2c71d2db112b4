//! DynamoDB stream → EventBridge and SQS: reads the stream's records, and brings [`transfer_app::relay`] to the bus
//! and the queues.

mod aside;
mod record;
mod transport;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use transfer_app::relay::{self, Outlets};
use transfer_aws::Service;
use transfer_aws::commands::{Commands, Notices};
use transfer_aws::ticks::Ticks;

use aside::ParkedRecords;
use transport::{Bus, Feed};

pub use record::happened;

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
    let config = &relay.service.config;
    let records: Vec<_> = batch.records.iter().map(record::read).collect();
    let to = Outlets {
        bus: Bus { client: &relay.events, name: &config.event_bus },
        feed: Feed { store: &relay.service.store, clock: &*relay.service.clock },
        notices: Notices::new(relay.queue.clone(), &config.notice_queue_url),
        commands: Commands::new(relay.queue.clone(), &config.command_queue_url),
        ticks: Ticks::new(relay.queue.clone(), &config.tick_queue_url),
    };
    let aside =
        ParkedRecords { client: &relay.queue, queue: &config.parked_records_queue_url, records: &batch.records };
    let failed = relay::relay(&relay.service, &records, &to, &aside).await;
    let mut response = DynamoDbEventResponse::default();
    if let Some(record) = failed.and_then(|index| batch.records.get(index)) {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier.clone_from(&record.change.sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}
