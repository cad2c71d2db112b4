//! DynamoDB stream → EventBridge and SQS FIFO: the only publisher.
//!
//! Every record of a session tells in its image what the write changed. From that follow the events for everybody
//! outside and the commands for `deliver`, each with an id of its own, so that a repetition can be dropped.

mod event;
mod fit;
mod measure;
mod park;
mod publish;
mod record;
mod refusal;
mod transport;
mod wire;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use transfer_aws::Service;

use park::{Parked, Parking};
use transport::{Bus, Commands, Entry, Text};

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
    events: Vec<publish::From<Entry>>,
    commands: Vec<publish::From<Text>>,
    measurements: Vec<publish::From<Measurement>>,
    /// The record that can be neither read nor set aside. It comes again, and all after it.
    unreadable: Option<usize>,
}

/// Relays a batch of records. The answer names the first record that must come again; all after it come again too.
pub async fn handle(relay: &Relay, batch: StreamEvent) -> DynamoDbEventResponse {
    let records = batch.records;
    let service = &relay.service;
    let (config, jitter) = (&service.config, &*service.ids);
    let mut parking = Parking::new(relay, &records);
    let Batch { mut events, commands, measurements, unreadable } = read(&records, &mut parking).await;
    let queue = Commands { client: &relay.queue, queue: &config.command_queue_url };
    // Commands first: should only they succeed, a repetition of them is dropped by the queue.
    let unsent = publish::send_all(&queue, &commands, &mut parking, jitter).await;
    let limit = unsent.unwrap_or(records.len());
    events.retain(|event| event.record < limit);
    let bus = Bus { client: &relay.events, name: &config.event_bus };
    let unpublished = publish::send_all(&bus, &events, &mut parking, jitter).await;
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

async fn read(records: &[EventRecord], parking: &mut Parking<'_>) -> Batch {
    let mut batch = Batch::default();
    for (index, record) in records.iter().enumerate() {
        if let Err(why) = batch.add(index, record)
            && parking.park(index, &why).await == Parked::No
        {
            batch.unreadable = Some(index);
            break;
        }
    }
    batch
}

impl Batch {
    /// Adds all that follows from a record; nothing of it, and why, if the record cannot be read.
    fn add(&mut self, index: usize, record: &EventRecord) -> Result<(), String> {
        let read = Consequences::of(record).map_err(|error| error.to_string())?;
        let events = read.events.iter().map(Entry::of).collect::<Result<Vec<_>, _>>();
        let commands = read.commands.iter().map(Text::of).collect::<Result<Vec<_>, _>>();
        let (events, commands) = events.and_then(|events| Ok((events, commands?))).map_err(|refusal| refusal.code)?;
        self.events.extend(publish::from(index, events));
        self.commands.extend(publish::from(index, commands));
        self.measurements.extend(publish::from(index, read.measurements));
        Ok(())
    }
}
