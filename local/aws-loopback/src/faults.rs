//! Failures on order, for tests of those who call the services.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::core::lock;
use crate::error::AwsError;

/// Makes calls of one service fail; cheap to clone, all clones share the state.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    calls: Arc<AtomicUsize>,
    entries: Arc<AtomicUsize>,
    refused: Arc<Mutex<Vec<Refused>>>,
}

/// What is refused however often it comes.
#[derive(Debug, Clone)]
struct Refused {
    marker: String,
    code: &'static str,
    whole: bool,
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

    /// From now on every entry of a batch call that has this text in its content is refused with the code.
    pub fn refuse_entries_with(&self, marker: &str, code: &'static str) {
        lock(&self.refused).push(Refused { marker: marker.to_owned(), code, whole: false });
    }

    /// From now on every batch call that has this text in an entry is refused as a whole with the code.
    pub fn refuse_calls_with(&self, marker: &str, code: &'static str) {
        lock(&self.refused).push(Refused { marker: marker.to_owned(), code, whole: true });
    }

    /// Refuses nothing any more for its content.
    pub fn refuse_nothing(&self) {
        lock(&self.refused).clear();
    }

    /// Whether a batch call with entries of these contents may pass.
    pub(crate) fn check_batch<'a>(&self, contents: impl IntoIterator<Item = &'a str>) -> Result<(), AwsError> {
        contents.into_iter().try_for_each(|content| self.check(content, true))
    }

    /// Whether an entry of a batch call may pass.
    pub(crate) fn check_content(&self, content: &str) -> Result<(), AwsError> {
        self.check(content, false)
    }

    fn check(&self, content: &str, whole: bool) -> Result<(), AwsError> {
        let refused = lock(&self.refused);
        match refused.iter().find(|it| it.whole == whole && content.contains(&it.marker)) {
            Some(refused) => Err(AwsError::sender(refused.code, "Refused on order.")),
            None => Ok(()),
        }
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
