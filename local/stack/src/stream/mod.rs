//! The stream's event source mapping: reads the table's stream and hands batches to `relay-changes`, as Lambda does.

mod checkpoint;
mod delivery;
mod record;
mod shards;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::Client;

pub(crate) use checkpoint::KEY as POSITIONS;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use delivery::{MAX_BATCH, StreamDelivery};

use checkpoint::Position;
use shards::Shards;

/// Why the stream cannot be followed for now.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// DynamoDB Streams did not answer as it should.
    #[error("DynamoDB Streams failed to {action}: {why}")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// The kind of failure.
        why: String,
    },
    /// The position cannot be kept.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// What batches of the stream are handed to.
#[async_trait]
pub trait StreamTarget: Send + Sync {
    /// Processes a batch and names what has to come again.
    async fn handle(&self, batch: Event) -> DynamoDbEventResponse;
}

#[async_trait]
impl StreamTarget for relay_changes::Relay {
    async fn handle(&self, batch: Event) -> DynamoDbEventResponse {
        relay_changes::handle(self, batch).await
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The stream has nothing new.
    Idle,
    /// Something was processed, or a shard came to its end.
    Progressed,
    /// The target wants the rest of the batch again.
    Failed {
        /// How often in a row nothing of it was done.
        attempts: u32,
    },
}

/// Follows one stream.
pub struct StreamDriver {
    shards: Shards,
    checkpoint: Checkpoint,
    target: Arc<dyn StreamTarget>,
    delivery: StreamDelivery,
    batch_size: usize,
    batch: Option<Batch>,
    attempts: u32,
}

/// A batch on its way.
#[derive(Debug)]
struct Batch {
    shard: String,
    /// The sequence numbers in the order of the stream.
    sequence: Vec<String>,
    /// What is still to be handed over, in this order.
    waiting: VecDeque<EventRecord>,
    /// Handed over once more after the last one.
    again: Vec<EventRecord>,
    last: bool,
}

impl StreamDriver {
    /// Follows the stream from the checkpoint, or from its beginning.
    pub fn new(client: Client, stream_arn: String, mut checkpoint: Checkpoint, target: Arc<dyn StreamTarget>) -> Self {
        checkpoint.adopt(&stream_arn);
        Self {
            shards: Shards::new(client, stream_arn),
            checkpoint,
            target,
            delivery: StreamDelivery::default(),
            batch_size: MAX_BATCH,
            batch: None,
            attempts: 0,
        }
    }

    /// How batches are handed over from the next one on, and the most records of one (1 to [`MAX_BATCH`]).
    pub fn disturb(&mut self, delivery: StreamDelivery, batch_size: usize) {
        self.delivery = delivery;
        self.batch_size = batch_size.clamp(1, MAX_BATCH);
    }

    /// Hands over everything that the stream still holds once more.
    pub fn redeliver_all(&mut self) -> Result<(), StreamError> {
        self.batch = None;
        self.shards.reset();
        Ok(self.checkpoint.rewind()?)
    }

    /// The stream.
    pub fn stream_arn(&self) -> &str {
        self.shards.stream_arn()
    }

    /// Hands over one batch, or again what is left of one that failed. Dropping the future loses nothing.
    pub async fn step(&mut self) -> Result<Step, StreamError> {
        if self.batch.is_none() {
            self.batch = self.next_batch().await?;
        }
        let Some(batch) = &self.batch else { return Ok(Step::Idle) };
        let before = batch.waiting.len();
        let done = if before == 0 { 0 } else { self.hand_over(&batch.waiting).await };
        if done == 0 && before > 0 {
            self.attempts = self.attempts.saturating_add(1);
            return Ok(Step::Failed { attempts: self.attempts });
        }
        self.attempts = 0;
        if let Some(batch) = &mut self.batch {
            batch.waiting.drain(..done);
        }
        self.advance()?;
        self.complete();
        Ok(Step::Progressed)
    }

    async fn next_batch(&mut self) -> Result<Option<Batch>, StreamError> {
        let Some(reading) = self.shards.read(&mut self.checkpoint, self.batch_size).await? else { return Ok(None) };
        let sequence = reading.records.iter().map(|record| sequence_number(record).to_owned()).collect();
        let (waiting, again) = match self.delivery {
            StreamDelivery::InOrder => (reading.records, Vec::new()),
            StreamDelivery::Duplicated => (reading.records.clone(), reading.records),
            StreamDelivery::Shuffled { seed } => (delivery::shuffled(reading.records, seed), Vec::new()),
        };
        Ok(Some(Batch { shard: reading.shard, sequence, waiting: waiting.into(), again, last: reading.last }))
    }

    /// Tells how many records are done.
    async fn hand_over(&self, waiting: &VecDeque<EventRecord>) -> usize {
        let mut event = Event::default();
        event.records = waiting.iter().cloned().collect();
        let response = self.target.handle(event).await;
        first_failure(waiting, &response).unwrap_or(waiting.len())
    }

    /// Everything before the first record that is not done is done.
    fn advance(&mut self) -> Result<(), StreamError> {
        let Some(batch) = &self.batch else { return Ok(()) };
        let waiting: HashSet<&str> = batch.waiting.iter().map(sequence_number).collect();
        let done = batch.sequence.iter().take_while(|sequence| !waiting.contains(sequence.as_str())).last();
        let finished = batch.last && batch.waiting.is_empty() && batch.again.is_empty();
        if done.is_none() && !finished {
            return Ok(());
        }
        let after = done.cloned().or_else(|| self.checkpoint.position(&batch.shard).after);
        Ok(self.checkpoint.advance(&batch.shard, Position { after, finished })?)
    }

    /// Lets go of a batch that is done, or begins its repetition.
    fn complete(&mut self) {
        let Some(mut batch) = self.batch.take_if(|batch| batch.waiting.is_empty()) else { return };
        if !batch.again.is_empty() {
            batch.waiting = std::mem::take(&mut batch.again).into();
            self.batch = Some(batch);
        } else if batch.last {
            self.shards.finish(&batch.shard);
        }
    }
}

impl fmt::Debug for StreamDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamDriver").field("stream_arn", &self.stream_arn()).finish_non_exhaustive()
    }
}

fn sequence_number(record: &EventRecord) -> &str {
    record.change.sequence_number.as_deref().unwrap_or_default()
}

/// The place of the first record that must come again; an identifier that is none of the batch's means all of it.
fn first_failure(batch: &VecDeque<EventRecord>, response: &DynamoDbEventResponse) -> Option<usize> {
    let place = |identifier: &str| batch.iter().position(|record| sequence_number(record) == identifier).unwrap_or(0);
    let failures = response.batch_item_failures.iter();
    failures.map(|failure| failure.item_identifier.as_deref().map_or(0, place)).min()
}
