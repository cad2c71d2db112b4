//! What comes due soon: a message for each session, which its queue keeps back until the second.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use transfer_store::{DueFrom, DueSession, StoreError};

use crate::relay::{MAX_ENTRIES, Transport, pause};
use crate::tick::Tick;
use crate::{Metric, Service};

/// How far ahead it is looked: until the next look, a minute later, with seconds to spare for one that begins late and
/// for an index that is behind its table. What comes due within this by a later change is told by [`crate::relay`].
pub(crate) const AHEAD: TimeDelta = TimeDelta::seconds(75);
/// What has been due for longer should have been done.
const OVERDUE_AFTER: TimeDelta = TimeDelta::minutes(1);
/// How many entries of a shard are read at once.
const PAGE: u16 = 1_000;
/// How often a call with failures in it is made for the failed entries.
const ATTEMPTS: u32 = 3;
/// How many calls are under way at once.
const CALLS_AT_ONCE: usize = 8;

/// Why not everything that comes due soon was queued. It still stands in the index, for the next look.
#[derive(Debug, thiserror::Error)]
pub enum NotQueued {
    /// The queue did not take some of it.
    #[error("the queue did not take {0} ticks")]
    Refused(usize),
    /// The table could not be asked.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// Queues a tick for each session that comes due before the next look, and measures how many have been due for long.
/// What it cannot finish within `time`, it leaves to the next look, which begins with what has been due the longest.
pub async fn watch(service: &Service, queue: &impl Transport<Content = Tick>, time: Duration) -> Result<(), NotQueued> {
    let (began, now) = (Instant::now(), service.now());
    let (mut overdue, mut refused) = (0, 0);
    let mut next = Some(DueFrom::default());
    while let Some(from) = next.take() {
        if began.elapsed() >= time {
            tracing::warn!("there was no time to look at everything that comes due");
            break;
        }
        let page = service.store.due_page(now + AHEAD, from, Some(PAGE)).await?;
        overdue += page.sessions.iter().filter(|due| due.at < now - OVERDUE_AFTER).count();
        refused += queue_all(service, queue, page.sessions, now).await;
        next = page.after;
    }
    service.metrics.record(Metric::Overdue(overdue));
    if refused > 0 { Err(NotQueued::Refused(refused)) } else { Ok(()) }
}

/// Queues a tick for each; tells how many were not taken.
async fn queue_all<Q: Transport<Content = Tick>>(
    service: &Service,
    queue: &Q,
    due: Vec<DueSession>,
    now: DateTime<Utc>,
) -> usize {
    let all = due.len();
    let ticks: Vec<_> = due.into_iter().filter_map(|due| Q::written(&Tick::of_entry(due, now)).ok()).collect();
    let calls: Vec<_> = ticks.chunks(MAX_ENTRIES).collect();
    let mut taken = 0;
    for calls in calls.chunks(CALLS_AT_ONCE) {
        taken += join_all(calls.iter().map(|call| send(service, queue, call))).await.into_iter().sum::<usize>();
    }
    all - taken
}

/// Makes a call, and again for what was not taken; tells how many were.
async fn send<Q: Transport<Content = Tick>>(service: &Service, queue: &Q, ticks: &[Q::Item]) -> usize {
    let mut waiting: Vec<_> = ticks.iter().collect();
    for attempt in 0..ATTEMPTS {
        pause(attempt, &*service.ids).await;
        match queue.send(&waiting).await {
            Ok(results) => {
                let untaken = results.into_iter().zip(waiting).filter_map(|(result, tick)| {
                    let refusal = result.err()?;
                    tracing::warn!(code = refusal.code, "a tick is not taken");
                    Some(tick)
                });
                waiting = untaken.collect();
            }
            Err(refusal) => tracing::warn!(code = refusal.code, ticks = waiting.len(), "a call is refused"),
        }
        if waiting.is_empty() {
            break;
        }
    }
    ticks.len() - waiting.len()
}
