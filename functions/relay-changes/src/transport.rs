//! The bus and the queue of commands, and what is sent to them.

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use serde_json::Value;
use transfer_app::relay::{Refusal, Transport};
use transfer_domain::{Command, Event};

use crate::fit::fitted;
use crate::refusal;
use crate::wire::ascii_json;

/// The source of all our events.
pub const SOURCE: &str = "agent-transfer";

/// What the bus counts for the time of an entry.
const TIME_BYTES: usize = 14;

/// An event as it is sent.
#[derive(Debug)]
pub(crate) struct Entry {
    detail: String,
    detail_type: &'static str,
    session: String,
    at_ms: i64,
}

/// A command as it is sent.
#[derive(Debug)]
pub(crate) struct Text {
    body: String,
    group: String,
    deduplication_id: String,
}

/// The bus.
pub(crate) struct Bus<'a> {
    pub(crate) client: &'a aws_sdk_eventbridge::Client,
    pub(crate) name: &'a str,
}

impl Transport for Bus<'_> {
    type Content = Event;
    type Item = Entry;
    const WHAT: &'static str = "event";

    fn written(event: &Event) -> Result<Entry, Refusal> {
        let session = event.detail.get("sessionId").map(Value::to_string).unwrap_or_default();
        let detail = ascii_json(&fitted(event)).map_err(|_| refusal::unwritable())?;
        Ok(Entry { detail, detail_type: event.detail_type, session, at_ms: event.occurred_at.timestamp_millis() })
    }

    fn size(item: &Entry) -> usize {
        item.detail.len() + item.detail_type.len() + SOURCE.len() + TIME_BYTES
    }

    fn group(item: &Entry) -> &str {
        &item.session
    }

    async fn send(&self, events: &[&Entry]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(self.name)
                .source(SOURCE)
                .detail_type(event.detail_type)
                .detail(event.detail.as_str())
                .time(aws_sdk_eventbridge::primitives::DateTime::from_millis(event.at_ms))
                .build()
        });
        let put = self.client.put_events().set_entries(Some(entries.collect())).send().await;
        let answer = put.map_err(|error| refusal::of_call(&error))?;
        // Positions match; an entry without an answer was not taken.
        let taken = |index: usize| match answer.entries().get(index) {
            Some(result) if result.event_id().is_some() => Ok(()),
            result => Err(refusal::of_entry(result.and_then(PutEventsResultEntry::error_code))),
        };
        Ok((0..events.len()).map(taken).collect())
    }
}

/// The queue of commands.
pub(crate) struct Commands<'a> {
    pub(crate) client: &'a aws_sdk_sqs::Client,
    pub(crate) queue: &'a str,
}

impl Transport for Commands<'_> {
    type Content = Command;
    type Item = Text;
    const WHAT: &'static str = "command";

    fn written(command: &Command) -> Result<Text, Refusal> {
        let body = ascii_json(command).map_err(|_| refusal::unwritable())?;
        Ok(Text { body, group: command.group(), deduplication_id: command.deduplication_id() })
    }

    fn size(item: &Text) -> usize {
        item.body.len()
    }

    fn group(item: &Text) -> &str {
        &item.group
    }

    async fn send(&self, commands: &[&Text]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = commands.iter().enumerate().map(|(index, command)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&command.body)
                .message_group_id(&command.group)
                .message_deduplication_id(&command.deduplication_id)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| refusal::unwritable())?;
        let sent = self.client.send_message_batch().queue_url(self.queue).set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| refusal::of_call(&error))?;
        let taken = |index: usize| {
            let id = index.to_string();
            if answer.successful().iter().any(|result| result.id() == id) {
                return Ok(());
            }
            let failed = answer.failed().iter().find(|result| result.id() == id);
            Err(refusal::of_entry(failed.map(BatchResultErrorEntry::code)))
        };
        Ok((0..commands.len()).map(taken).collect())
    }
}
