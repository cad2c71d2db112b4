//! The table's stream, as the event source mapping of `relay-changes` reads it.

use std::collections::{BTreeMap, VecDeque};

use aws_lambda_events::dynamodb::{Event, EventRecord, StreamViewType, UserIdentity};
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use chrono::DateTime;

/// Records that have not been relayed yet.
#[derive(Debug)]
pub struct Feed {
    client: Client,
    stream_arn: String,
    iterators: BTreeMap<String, Option<String>>,
    waiting: VecDeque<EventRecord>,
}

impl Feed {
    pub(super) fn new(client: Client, stream_arn: String) -> Self {
        Self { client, stream_arn, iterators: BTreeMap::new(), waiting: VecDeque::new() }
    }

    /// Everything that waits, oldest first, as one batch; it goes on waiting until [`Self::done`] or [`Self::skip`].
    pub async fn batch(&mut self) -> Event {
        self.read().await;
        let mut batch = Event::default();
        batch.records = self.waiting.iter().cloned().collect();
        batch
    }

    /// The batch was relayed up to the record with this sequence number, or wholly.
    pub fn done(&mut self, until: Option<&str>) {
        match until {
            None => self.waiting.clear(),
            Some(sequence) => {
                while self.waiting.front().is_some_and(|it| it.change.sequence_number.as_deref() != Some(sequence)) {
                    self.waiting.pop_front();
                }
                assert!(!self.waiting.is_empty(), "the failure names no record of the batch");
            }
        }
    }

    /// Leaves out what waits: a test that starts in the middle.
    pub async fn skip(&mut self) {
        self.read().await;
        self.waiting.clear();
    }

    async fn read(&mut self) {
        self.list().await;
        let shards: Vec<String> = self.iterators.keys().cloned().collect();
        for shard in shards {
            while let Some(Some(iterator)) = self.iterators.get(&shard).cloned() {
                let page = self.client.get_records().shard_iterator(iterator).send().await.expect("records");
                let records = page.records.unwrap_or_default();
                let read_all = records.is_empty();
                self.waiting.extend(records.into_iter().map(|record| render(record, &self.stream_arn)));
                self.iterators.insert(shard.clone(), page.next_shard_iterator);
                if read_all {
                    break;
                }
            }
        }
    }

    async fn list(&mut self) {
        // A shard that is read to its end has children.
        if !self.iterators.is_empty() && self.iterators.values().all(Option::is_some) {
            return;
        }
        let described = self.client.describe_stream().stream_arn(&self.stream_arn).send().await.expect("a stream");
        for shard in described.stream_description.and_then(|stream| stream.shards).unwrap_or_default() {
            let id = shard.shard_id.expect("a shard id");
            if self.iterators.contains_key(&id) {
                continue;
            }
            let iterator = self
                .client
                .get_shard_iterator()
                .stream_arn(&self.stream_arn)
                .shard_id(&id)
                .shard_iterator_type(ShardIteratorType::TrimHorizon)
                .send()
                .await
                .expect("an iterator");
            self.iterators.insert(id, iterator.shard_iterator);
        }
    }
}

/// A record as Lambda hands it to a function.
fn render(record: Record, stream_arn: &str) -> EventRecord {
    let mut event = EventRecord::default();
    "local".clone_into(&mut event.aws_region);
    event.event_id = record.event_id.unwrap_or_default();
    event.event_name = record.event_name.map(|name| name.as_str().to_owned()).unwrap_or_default();
    event.event_source = record.event_source;
    event.event_version = record.event_version;
    event.event_source_arn = Some(stream_arn.to_owned());
    // The embedded engine marks removals by TTL, in a spelling that the SDK reads as an identity without words.
    event.user_identity = record.user_identity.map(|_| {
        let mut user = UserIdentity::default();
        "Service".clone_into(&mut user.type_);
        "dynamodb.amazonaws.com".clone_into(&mut user.principal_id);
        user
    });
    let change = record.dynamodb.expect("a change");
    let at = change.approximate_creation_date_time.and_then(|at| DateTime::from_timestamp(at.secs(), 0));
    event.change.approximate_creation_date_time = at.unwrap_or_default();
    event.change.keys = change.keys.unwrap_or_default().into();
    event.change.new_image = change.new_image.unwrap_or_default().into();
    event.change.old_image = change.old_image.unwrap_or_default().into();
    event.change.sequence_number = change.sequence_number;
    event.change.size_bytes = change.size_bytes.unwrap_or_default();
    event.change.stream_view_type = Some(StreamViewType::NewAndOldImages);
    event
}
