//! Time and ids that tests decide.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{Clock, Ids, TransferId};
use uuid::Builder;

/// When every world begins; five seconds before the moment of the relay's documented test vector.
pub fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_212_000, 0).expect("a time")
}

/// A clock that stands still until it is moved, in milliseconds.
#[derive(Debug)]
pub struct TestClock {
    now: AtomicI64,
    each_look: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { now: AtomicI64::new(start_of_time().timestamp_millis()), each_look: AtomicI64::default() }
    }
}

impl TestClock {
    /// Moves it on.
    pub fn pass(&self, time: TimeDelta) {
        self.now.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
    }

    /// From now on, whoever looks at it finds it moved on by so much.
    pub fn run(&self, each_look: TimeDelta) {
        self.each_look.store(each_look.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = self.each_look.load(Ordering::SeqCst);
        DateTime::from_timestamp_millis(self.now.fetch_add(passed, Ordering::SeqCst) + passed).expect("a time")
    }
}

/// Ids that count, secrets that differ, and jitter that never waits.
#[derive(Debug, Default)]
pub struct TestIds(AtomicU64);

impl TestIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl Ids for TestIds {
    fn transfer_id(&self, now: DateTime<Utc>) -> TransferId {
        let mut tail = [0; 10];
        tail[2..].copy_from_slice(&self.next().to_be_bytes());
        let millis = u64::try_from(now.timestamp_millis()).expect("a time after 1970");
        let uuid = Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
        TransferId::new(uuid).expect("version 7")
    }

    fn secret(&self) -> String {
        // The base64 of 32 bytes: of the last character some bits mean nothing and are none.
        format!("{:042}0", self.next())
    }

    fn fraction(&self) -> f64 {
        0.0
    }
}
