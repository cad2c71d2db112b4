//! What calls cost: the capacity that DynamoDB reports, added up.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counts the calls of one [`crate::Store`] and what they consumed.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Consumed>>);

/// What calls consumed. Capacity units as DynamoDB bills them: a read unit is 4 KiB read with strong consistency, a
/// write unit 1 KiB written; both double in a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Consumed {
    /// Calls over the network, not counting the SDK's own retries.
    pub round_trips: u32,
    /// Read units.
    pub read_units: f64,
    /// Write units, those of the indexes included.
    pub write_units: f64,
    /// The part of the write units that went into indexes.
    pub index_write_units: f64,
}

/// Whether a call reads or writes: DynamoDB reports one number for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

impl Meter {
    /// What was consumed so far.
    pub fn read(&self) -> Consumed {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was consumed since it was taken last.
    pub fn take(&self) -> Consumed {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn round_trip(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).round_trips += 1;
    }

    pub(crate) fn add(&self, access: Access, capacity: &ConsumedCapacity) {
        let mut consumed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let units = capacity.capacity_units().unwrap_or_default();
        match access {
            Access::Read => consumed.read_units += units,
            Access::Write => {
                let indexes = capacity.global_secondary_indexes().into_iter().flat_map(|indexes| indexes.values());
                consumed.write_units += units;
                consumed.index_write_units += indexes.filter_map(|index| index.capacity_units).sum::<f64>();
            }
        }
    }
}
