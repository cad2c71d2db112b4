//! The bus and the feeds of sessions, and what is sent to them.

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use serde_json::Value;
use transfer_app::relay::{Meaning, Published, Refusal, Transport};
use transfer_aws::commands::{ascii_json, fitted, refusal};
use transfer_domain::{Clock, EVENT_SOURCE, Envelope, Event, ProjectId, SessionId};
use transfer_store::{FeedEntry, Store};

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
        let detail = ascii_json(&fitted(&event.detail)).map_err(|_| refusal::unwritable())?;
        Ok(Entry { detail, detail_type: event.detail_type, session, at_ms: event.occurred_at.timestamp_millis() })
    }

    fn size(item: &Entry) -> usize {
        item.detail.len() + item.detail_type.len() + EVENT_SOURCE.len() + TIME_BYTES
    }

    fn group(item: &Entry) -> &str {
        &item.session
    }

    async fn send(&self, events: &[&Entry]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(self.name)
                .source(EVENT_SOURCE)
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

/// The feeds of sessions.
pub(crate) struct Feed<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a dyn Clock,
}

impl Transport for Feed<'_> {
    type Content = Published;
    type Item = FeedEntry;
    const WHAT: &'static str = "event of a feed";

    fn written(published: &Published) -> Result<FeedEntry, Refusal> {
        let Published { event, record, index } = published;
        let named = |name: &str| event.detail.get(name).and_then(Value::as_str).unwrap_or_default();
        let project: Result<ProjectId, _> = named("projectId").parse();
        let session: Result<SessionId, _> = named("sessionId").parse();
        let (Ok(project), Ok(session)) = (project, session) else { return Err(refusal::unwritable()) };
        let Value::Object(detail) = fitted(&event.detail) else { return Err(refusal::unwritable()) };
        let told = Envelope { detail_type: event.detail_type.to_owned(), time: event.occurred_at, detail };
        FeedEntry::of(&project, session.transfer, (record, *index), &told).map_err(|error| Refusal::from(&error))
    }

    fn size(item: &FeedEntry) -> usize {
        item.bytes()
    }

    fn group(item: &FeedEntry) -> &str {
        item.session()
    }

    async fn send(&self, rows: &[&FeedEntry]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let written = self.store.publish(rows, self.clock.now()).await.map_err(|error| Refusal::from(&error))?;
        let left = || Refusal { code: "unprocessed".to_owned(), meaning: Meaning::Passes };
        Ok(written.into_iter().map(|written| if written { Ok(()) } else { Err(left()) }).collect())
    }
}
