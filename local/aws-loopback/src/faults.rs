//! Failures on order, for tests of those who call the services.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::AwsError;

/// Makes the next calls of one service fail; cheap to clone, all clones share the counters.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    calls: Arc<AtomicUsize>,
    entries: Arc<AtomicUsize>,
}

impl Faults {
    /// The next `count` calls over the wire answer `ThrottlingException` and do nothing.
    ///
    /// The SDKs retry throttled calls, and every attempt counts as a call.
    pub fn throttle_calls(&self, count: usize) {
        self.calls.store(count, Ordering::SeqCst);
    }

    /// The next `count` entries of batch calls fail with `InternalFailure`, the call itself with 200.
    pub fn fail_entries(&self, count: usize) {
        self.entries.store(count, Ordering::SeqCst);
    }

    pub(crate) fn check_call(&self) -> Result<(), AwsError> {
        if take_one(&self.calls) {
            return Err(AwsError::sender("ThrottlingException", "Rate exceeded"));
        }
        Ok(())
    }

    pub(crate) fn check_entry(&self) -> Result<(), AwsError> {
        if take_one(&self.entries) {
            return Err(AwsError::receiver(
                "InternalFailure",
                "The request processing has failed because of an unknown error.",
            ));
        }
        Ok(())
    }
}

fn take_one(counter: &AtomicUsize) -> bool {
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}
