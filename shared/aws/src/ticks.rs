//! The queue of ticks, which keeps each back until its session is due.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use transfer_app::Tick;
use transfer_app::relay::{Refusal, Transport};

use crate::commands::{ascii_json, refusal, taken};

/// A tick as it is sent.
#[derive(Debug)]
pub struct Delayed {
    body: String,
    seconds: i32,
    session: String,
}

/// The queue of ticks.
#[derive(Debug, Clone)]
pub struct Ticks {
    client: aws_sdk_sqs::Client,
    queue: String,
}

impl Ticks {
    /// The queue of this address.
    pub fn new(client: aws_sdk_sqs::Client, queue: impl Into<String>) -> Self {
        Self { client, queue: queue.into() }
    }
}

impl Transport for Ticks {
    type Content = Tick;
    type Item = Delayed;
    const WHAT: &'static str = "tick";

    fn written(tick: &Tick) -> Result<Delayed, Refusal> {
        let body = ascii_json(tick).map_err(|_| refusal::unwritable())?;
        Ok(Delayed { body, seconds: tick.delay_seconds.into(), session: tick.transfer_id.to_string() })
    }

    fn size(item: &Delayed) -> usize {
        item.body.len()
    }

    fn group(item: &Delayed) -> &str {
        &item.session
    }

    async fn send(&self, ticks: &[&Delayed]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = ticks.iter().enumerate().map(|(index, tick)| {
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string());
            entry.message_body(&tick.body).delay_seconds(tick.seconds).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| refusal::unwritable())?;
        let sent = self.client.send_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| refusal::of_call(&error))?;
        Ok(taken(&answer, ticks.len()))
    }
}
