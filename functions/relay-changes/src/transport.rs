//! The bus, and what is sent to it.

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use serde_json::Value;
use transfer_app::relay::{Refusal, Transport};
use transfer_aws::commands::{ascii_json, refusal};
use transfer_domain::Event;

use crate::fit::fitted;

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
