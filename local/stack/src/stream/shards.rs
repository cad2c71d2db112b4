//! Reading a stream shard by shard, a parent before its children.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodbstreams::types::ShardIteratorType;

use super::StreamError;
use super::checkpoint::{Checkpoint, Position};
use super::record::render;

/// What was read from a shard in one call.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) shard: String,
    pub(super) records: Vec<EventRecord>,
    /// Nothing comes after these records.
    pub(super) last: bool,
}

#[derive(Debug, Default)]
struct Shard {
    parent: Option<String>,
    iterator: Option<String>,
}

/// Reads the shards of one stream. It moves on in memory; what is done stands in the checkpoint.
#[derive(Debug)]
pub(super) struct Shards {
    client: Client,
    stream_arn: String,
    open: BTreeMap<String, Shard>,
    listed: bool,
}

impl Shards {
    pub(super) fn new(client: Client, stream_arn: String) -> Self {
        Self { client, stream_arn, open: BTreeMap::new(), listed: false }
    }

    pub(super) fn stream_arn(&self) -> &str {
        &self.stream_arn
    }

    /// Starts again from the checkpoint.
    pub(super) fn reset(&mut self) {
        self.open.clear();
        self.listed = false;
    }

    /// The next records of any shard; `None` when there are none now.
    pub(super) async fn read(
        &mut self,
        checkpoint: &mut Checkpoint,
        limit: usize,
    ) -> Result<Option<Reading>, StreamError> {
        if !self.listed {
            self.list(checkpoint).await?;
        }
        let ready: Vec<String> = self.open.keys().filter(|shard| self.is_ready(shard)).cloned().collect();
        for shard in ready {
            if let Some(reading) = self.read_shard(&shard, checkpoint, limit).await? {
                return Ok(Some(reading));
            }
        }
        Ok(None)
    }

    /// The shard is done: its children may be read.
    pub(super) fn finish(&mut self, shard: &str) {
        self.open.remove(shard);
        self.listed = false;
    }

    fn is_ready(&self, shard: &str) -> bool {
        let parent = self.open.get(shard).and_then(|shard| shard.parent.as_deref());
        parent.is_none_or(|parent| !self.open.contains_key(parent))
    }

    async fn list(&mut self, checkpoint: &mut Checkpoint) -> Result<(), StreamError> {
        let mut listed = BTreeMap::new();
        let mut start = None;
        loop {
            let page = self.client.describe_stream().stream_arn(&self.stream_arn).set_exclusive_start_shard_id(start);
            let page = page.send().await.map_err(|error| failed("describe the stream", &error))?;
            let Some(description) = page.stream_description else { break };
            for shard in description.shards.unwrap_or_default() {
                listed.insert(shard.shard_id.unwrap_or_default(), shard.parent_shard_id);
            }
            start = description.last_evaluated_shard_id;
            if start.is_none() {
                break;
            }
        }
        checkpoint.retain(|shard| listed.contains_key(shard));
        listed.retain(|shard, _| !checkpoint.position(shard).finished);
        self.open.retain(|shard, _| listed.contains_key(shard));
        for (shard, parent) in listed {
            self.open.entry(shard).or_default().parent = parent;
        }
        // A stream without shards is one that has just begun.
        self.listed = !self.open.is_empty();
        Ok(())
    }

    async fn read_shard(
        &mut self,
        shard: &str,
        checkpoint: &Checkpoint,
        limit: usize,
    ) -> Result<Option<Reading>, StreamError> {
        let known = self.open.get_mut(shard).and_then(|shard| shard.iterator.take());
        let iterator = match known {
            Some(iterator) => iterator,
            None => self.iterator(shard, &checkpoint.position(shard)).await?,
        };
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        // After a failure the iterator stays away, so that a new one is asked for at the checkpoint.
        let page = self.client.get_records().shard_iterator(iterator).limit(limit).send().await;
        let page = match page {
            Ok(page) => page,
            Err(error) if error.code() == Some("ExpiredIteratorException") => return Ok(None),
            Err(error) => return Err(failed("read records", &error)),
        };
        let last = page.next_shard_iterator.is_none();
        if let Some(shard) = self.open.get_mut(shard) {
            shard.iterator = page.next_shard_iterator;
        }
        let records: Vec<_> = page.records.unwrap_or_default();
        let records: Vec<_> = records.into_iter().map(|record| render(record, &self.stream_arn)).collect();
        let reading = Reading { shard: shard.to_owned(), records, last };
        Ok(Some(reading).filter(|reading| reading.last || !reading.records.is_empty()))
    }

    async fn iterator(&self, shard: &str, position: &Position) -> Result<String, StreamError> {
        let ask = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let from_beginning = ask.clone().shard_iterator_type(ShardIteratorType::TrimHorizon);
        let answer = match &position.after {
            None => from_beginning.send().await,
            Some(after) => {
                let ask = ask.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(after);
                match ask.send().await {
                    Err(error) if error.code() == Some("TrimmedDataAccessException") => {
                        tracing::warn!("the stream no longer holds the last position: going on with its oldest record");
                        from_beginning.send().await
                    }
                    answer => answer,
                }
            }
        };
        let answer = answer.map_err(|error| failed("find a place in the stream", &error))?;
        answer
            .shard_iterator
            .ok_or(StreamError::Refused { action: "find a place in the stream", why: "no iterator".to_owned() })
    }
}

fn failed<E: ProvideErrorMetadata, R>(action: &'static str, error: &SdkError<E, R>) -> StreamError {
    let why = match error {
        SdkError::ServiceError(_) => error.code().unwrap_or("an error without a code"),
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ConstructionFailure(_) | SdkError::ResponseError(_) | _ => "an unreadable answer",
    };
    StreamError::Refused { action, why: why.to_owned() }
}
