//! The queue of events for endpoints.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use transfer_app::relay::{Refusal, Transport};
use transfer_domain::Notice;

use super::{ascii_json, fitted, refusal, taken};

/// A notice as it is sent.
#[derive(Debug)]
pub struct Queued {
    body: String,
    group: String,
    deduplication_id: String,
}

/// The queue of notices.
#[derive(Debug, Clone)]
pub struct Notices {
    client: aws_sdk_sqs::Client,
    queue: String,
}

impl Notices {
    /// The queue of this address.
    pub fn new(client: aws_sdk_sqs::Client, queue: impl Into<String>) -> Self {
        Self { client, queue: queue.into() }
    }
}

impl Transport for Notices {
    type Content = Notice;
    type Item = Queued;
    const WHAT: &'static str = "event for an endpoint";

    fn written(notice: &Notice) -> Result<Queued, Refusal> {
        let mut fitting = notice.clone();
        if let Value::Object(detail) = fitted(&notice.event.detail) {
            fitting.event.detail = detail;
        }
        let body = ascii_json(&fitting).map_err(|_| refusal::unwritable())?;
        Ok(Queued { body, group: named(&notice.group()), deduplication_id: named(&notice.deduplication_id()) })
    }

    fn size(item: &Queued) -> usize {
        item.body.len()
    }

    fn group(item: &Queued) -> &str {
        &item.group
    }

    async fn send(&self, notices: &[&Queued]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = notices.iter().enumerate().map(|(index, notice)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&notice.body)
                .message_group_id(&notice.group)
                .message_deduplication_id(&notice.deduplication_id)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| refusal::unwritable())?;
        let sent = self.client.send_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| refusal::of_call(&error))?;
        Ok(taken(&answer, notices.len()))
    }
}

/// As the queue takes a name: of at most 128 characters, however long those are that it is made of.
fn named(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
