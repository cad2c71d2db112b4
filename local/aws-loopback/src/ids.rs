//! Identifiers that look random on the wire and need no random number generator.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Hands out identifiers that never repeat within one start.
///
/// The seed is the time of the start; callers whose ids must differ across restarts even under a
/// clock that stands still add a persisted number of their own as `context`.
pub(crate) struct IdSource {
    seed: i64,
    issued: AtomicU64,
}

impl IdSource {
    pub(crate) fn new(started_at: DateTime<Utc>) -> Self {
        Self { seed: started_at.timestamp_micros(), issued: AtomicU64::new(0) }
    }

    /// A new id in the form of a version 4 UUID.
    pub(crate) fn next(&self, context: &str) -> Uuid {
        let issued = self.issued.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(issued.to_be_bytes())
            .chain_update(context)
            .finalize();
        let mut bytes = [0_u8; 16];
        for (byte, random) in bytes.iter_mut().zip(digest) {
            *byte = random;
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_for_the_same_context() {
        let ids = IdSource::new(DateTime::UNIX_EPOCH);
        assert_ne!(ids.next("a"), ids.next("a"));
    }

    #[test]
    fn a_context_separates_two_starts_at_the_same_instant() {
        let first = IdSource::new(DateTime::UNIX_EPOCH).next("queue/1");
        let second = IdSource::new(DateTime::UNIX_EPOCH).next("queue/2");
        assert_ne!(first, second);
    }
}
