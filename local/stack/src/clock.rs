//! A clock that tests and demonstrations move.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use transfer_aws::SystemClock;
use transfer_domain::Clock;

/// A clock that goes forward when it is told to. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<Shown>>);

#[derive(Debug, Clone, Copy)]
enum Shown {
    /// It stands.
    At(DateTime<Utc>),
    /// It runs, this far ahead of the machine's.
    Ahead(TimeDelta),
}

impl TestClock {
    /// Stands at a moment.
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Shown::At(moment.trunc_subsecs(3)))))
    }

    /// Stands at the present moment.
    pub fn standing() -> Self {
        Self::at(SystemClock.now())
    }

    /// Runs like the machine's clock until it is moved.
    pub fn running() -> Self {
        Self(Arc::new(Mutex::new(Shown::Ahead(TimeDelta::zero()))))
    }

    /// Moves it forward. Within a [`crate::Stack`], [`crate::Stack::advance`] wakes everything that waits for time.
    pub fn advance(&self, by: Duration) {
        let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
        let mut shown = self.lock();
        *shown = match *shown {
            Shown::At(moment) => Shown::At(moment + by),
            Shown::Ahead(ahead) => Shown::Ahead(ahead + by),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        match *self.lock() {
            Shown::At(moment) => moment,
            Shown::Ahead(ahead) => SystemClock.now() + ahead,
        }
    }
}
