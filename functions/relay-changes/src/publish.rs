//! Events to the bus, commands to the queue. Both answer 200 with failures inside; a failure is named by its record.

use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use transfer_domain::{Command, Ids};

use crate::{Event, SOURCE};

/// How often a call with failures in it is made again for the failed entries.
const ATTEMPTS: u32 = 3;
/// The most entries that one call of either service takes.
const MAX_ENTRIES: usize = 10;
/// The most bytes that one call of either service takes, with room for what surrounds the content.
const MAX_BYTES: usize = 200 * 1024;

/// Something with the index of the record that it follows from.
#[derive(Debug, Clone)]
pub(crate) struct From<T> {
    pub(crate) record: usize,
    pub(crate) item: T,
}

/// Things that follow from one record.
pub(crate) fn from<T>(record: usize, items: Vec<T>) -> impl Iterator<Item = From<T>> {
    items.into_iter().map(move |item| From { record, item })
}

/// Publishes events; gives the lowest record that an unpublished event follows from. Of one session's events no later
/// one is published before an earlier one.
pub(crate) async fn events(
    client: &aws_sdk_eventbridge::Client,
    bus: &str,
    events: &[From<Event>],
    jitter: &dyn Ids,
) -> Option<usize> {
    let size = |event: &From<Event>| event.item.detail.to_string().len() + event.item.detail_type.len() + SOURCE.len();
    for batch in batches(events, size, |event| event.item.detail.get("sessionId").cloned()) {
        let mut waiting = batch;
        for attempt in 0..ATTEMPTS {
            pause(attempt, jitter).await;
            waiting = put_events(client, bus, waiting).await;
            if waiting.is_empty() {
                break;
            }
        }
        if let Some(lowest) = waiting.iter().map(|event| event.record).min() {
            return Some(lowest);
        }
    }
    None
}

/// Gives the events that were not taken.
async fn put_events<'a>(
    client: &aws_sdk_eventbridge::Client,
    bus: &str,
    events: Vec<&'a From<Event>>,
) -> Vec<&'a From<Event>> {
    let entries = events.iter().map(|event| {
        let at = event.item.occurred_at;
        PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(SOURCE)
            .detail_type(event.item.detail_type)
            .detail(event.item.detail.to_string())
            .time(aws_sdk_eventbridge::primitives::DateTime::from_millis(at.timestamp_millis()))
            .build()
    });
    match client.put_events().set_entries(Some(entries.collect())).send().await {
        Ok(answer) => {
            let results = answer.entries();
            // Positions match; an entry without an answer was not taken.
            let taken = |index: usize| results.get(index).is_some_and(|result| result.event_id().is_some());
            events.into_iter().enumerate().filter(|(index, _)| !taken(*index)).map(|(_, event)| event).collect()
        }
        Err(error) => {
            tracing::warn!(error = code(&error), "events could not be published");
            events
        }
    }
}

/// Sends commands; gives the lowest record that an unsent command follows from. Of one group's commands no later one is
/// sent before an earlier one.
pub(crate) async fn commands(
    client: &aws_sdk_sqs::Client,
    queue: &str,
    commands: &[From<Command>],
    jitter: &dyn Ids,
) -> Option<usize> {
    let texts: Vec<From<(String, &Command)>> = commands
        .iter()
        .map(|command| {
            let text = serde_json::to_string(&command.item).unwrap_or_default();
            From { record: command.record, item: (text, &command.item) }
        })
        .collect();
    // One of each group in a call: were there two, the second could be taken and the first not.
    for batch in batches(&texts, |command| command.item.0.len(), |command| Some(command.item.1.group())) {
        let mut waiting = batch;
        for attempt in 0..ATTEMPTS {
            pause(attempt, jitter).await;
            waiting = send_commands(client, queue, waiting).await;
            if waiting.is_empty() {
                break;
            }
        }
        if let Some(lowest) = waiting.iter().map(|command| command.record).min() {
            return Some(lowest);
        }
    }
    None
}

type Text<'a> = From<(String, &'a Command)>;

/// Gives the commands that were not taken.
async fn send_commands<'a, 'b>(
    client: &aws_sdk_sqs::Client,
    queue: &str,
    commands: Vec<&'a Text<'b>>,
) -> Vec<&'a Text<'b>> {
    let mut entries = Vec::with_capacity(commands.len());
    for (index, command) in commands.iter().enumerate() {
        let (text, command) = &command.item;
        let entry = SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(text)
            .message_group_id(command.group())
            .message_deduplication_id(command.deduplication_id())
            .build();
        // Both fields that it asks for are set.
        entries.extend(entry.ok());
    }
    match client.send_message_batch().queue_url(queue).set_entries(Some(entries)).send().await {
        Ok(answer) => {
            let taken: HashSet<&str> =
                answer.successful().iter().map(aws_sdk_sqs::types::SendMessageBatchResultEntry::id).collect();
            commands
                .into_iter()
                .enumerate()
                .filter(|(index, _)| !taken.contains(index.to_string().as_str()))
                .map(|(_, command)| command)
                .collect()
        }
        Err(error) => {
            tracing::warn!(error = code(&error), "commands could not be sent");
            commands
        }
    }
}

/// Before a repetition: up to 100, 200 … milliseconds, so that a busy service is not asked again at once.
async fn pause(attempt: u32, jitter: &dyn Ids) {
    if attempt > 0 {
        tokio::time::sleep(Duration::from_millis(100 << attempt.saturating_sub(1)).mul_f64(jitter.fraction())).await;
    }
}

/// Cuts a list into calls: in order, within the limits of count and bytes, and never two of one `group` in a call.
fn batches<T, G: PartialEq>(items: &[T], size: impl Fn(&T) -> usize, group: impl Fn(&T) -> Option<G>) -> Vec<Vec<&T>> {
    let mut batches: Vec<Vec<&T>> = Vec::new();
    let mut current: Vec<&T> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let meets_its_group =
            group(item).is_some_and(|mine| current.iter().any(|other| group(other).as_ref() == Some(&mine)));
        let full = current.len() == MAX_ENTRIES || bytes + size(item) > MAX_BYTES;
        if !current.is_empty() && (full || meets_its_group) {
            batches.push(std::mem::take(&mut current));
            bytes = 0;
        }
        bytes += size(item);
        current.push(item);
    }
    if !current.is_empty() {
        batches.push(current);
    }
    batches
}

/// Names the failure without the answer's content.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("no answer").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_full_at_ten_entries_or_at_the_byte_limit() {
        let items: Vec<usize> = vec![1; 23];
        let sizes: Vec<_> = batches(&items, |size| *size, |_| None::<()>).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 3]);
        let items = [MAX_BYTES - 1, 2, MAX_BYTES + 5, 1];
        let sizes: Vec<_> = batches(&items, |size| *size, |_| None::<()>).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 1, 1, 1]);
    }

    #[test]
    fn two_of_one_group_never_share_a_call_and_keep_their_order() {
        let items = ["a1", "b1", "a2", "c1", "a3"];
        let cut = batches(&items, |_| 1, |item| item.chars().next());
        assert_eq!(cut, [vec![&"a1", &"b1"], vec![&"a2", &"c1"], vec![&"a3"]]);
    }
}
