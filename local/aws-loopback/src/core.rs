//! What the three services share: time, identifiers and the journal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use seeded_ids::Ids;
use serde_json::Value;

use crate::clock::Clock;
use crate::error::AwsError;
use crate::journal::{Change, Journal};

pub(crate) struct Core {
    clock: Clock,
    pub(crate) ids: Ids,
    journal: Option<Arc<dyn Journal>>,
    /// Changes made in memory that the journal has not taken yet.
    unwritten: Mutex<Vec<Change>>,
}

impl Core {
    pub(crate) fn new(clock: Clock, journal: Option<Arc<dyn Journal>>) -> Self {
        let ids = Ids::from_seed(clock().timestamp_micros().unsigned_abs());
        Self { clock, ids, journal, unwritten: Mutex::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Writes `changes`, and before them whatever an earlier failure left unwritten.
    ///
    /// Called with every mutation, even an empty one: a call may rest on an earlier change (a
    /// deduplicated send on the first), and must not be acknowledged before that one is written.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Result<(), AwsError> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let failed = || AwsError::receiver("InternalFailure", "The state could not be written.");
        if changes.iter().any(|change| matches!(change, Change::Put { value: Value::Null, .. })) {
            return Err(failed());
        }
        let mut unwritten = lock(&self.unwritten);
        unwritten.extend(changes);
        if unwritten.is_empty() {
            return Ok(());
        }
        journal.commit(&unwritten).map_err(|error| {
            tracing::error!(error = %error, "loopback state could not be written");
            failed()
        })?;
        unwritten.clear();
        Ok(())
    }
}

/// Locks even after a panic elsewhere: every critical section leaves the state whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
