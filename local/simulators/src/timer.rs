//! The one place where a simulator reads the clock and waits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, SecondsFormat};

/// Clock and waiting of one simulator. Clones share the same time.
#[derive(Clone, Debug, Default)]
pub struct Timer {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The moment at which it stands; without one it runs like the machine's.
    still_at: Option<i64>,
    ahead_ms: AtomicI64,
    last_stamp_ms: AtomicI64,
}

impl Timer {
    /// One that stands, milliseconds since 1970, until it is moved: then no slow machine makes events older than they
    /// are.
    pub fn standing(at_ms: i64) -> Self {
        Self { inner: Arc::new(Inner { still_at: Some(at_ms), ..Inner::default() }) }
    }

    /// Milliseconds since 1970, moved forward by what [`Timer::advance`] added.
    pub fn now_ms(&self) -> i64 {
        let machines = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = self.inner.still_at.unwrap_or_else(|| i64::try_from(machines()).unwrap_or(i64::MAX));
        now.saturating_add(self.inner.ahead_ms.load(Ordering::SeqCst))
    }

    /// A time for an event: never the same twice and never going back, so that event order is visible in it.
    pub fn stamp_ms(&self) -> i64 {
        let now = self.now_ms();
        let before = self
            .inner
            .last_stamp_ms
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(now.max(last.saturating_add(1))))
            .unwrap_or_else(|unchanged| unchanged);
        now.max(before.saturating_add(1))
    }

    /// Makes the clock read later from now on, for example to let tokens expire in a test.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.inner.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// Waits in real time. Every delay of a simulator goes through here.
    pub async fn pause(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// Epoch milliseconds as RFC 3339 UTC with milliseconds, as the vendors write times.
pub(crate) fn rfc3339(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_rise_strictly_even_within_one_millisecond() {
        let timer = Timer::default();
        let stamps: Vec<i64> = (0..1000).map(|_| timer.stamp_ms()).collect();
        assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn advancing_moves_every_clone() {
        let timer = Timer::default();
        let clone = timer.clone();
        let before = clone.now_ms();
        timer.advance(Duration::from_hours(1));
        assert!(clone.now_ms() - before >= 3_600_000);
    }

    #[test]
    fn one_that_stands_moves_only_by_command() {
        let timer = Timer::standing(1_768_212_000_000);
        assert_eq!(timer.now_ms(), 1_768_212_000_000);
        timer.advance(Duration::from_secs(1));
        assert_eq!(timer.now_ms(), 1_768_212_001_000);
    }

    #[test]
    fn times_are_written_with_milliseconds_and_zulu() {
        assert_eq!(rfc3339(1_768_212_000_005), "2026-01-12T10:00:00.005Z");
    }
}
