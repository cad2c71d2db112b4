//! Ids and tokens that look random on the wire and need no random number generator: the same seed gives the same sequence.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A sequence of ids and tokens without repeats.
#[derive(Debug)]
pub struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Ids {
    /// The sequence of a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    /// A new id in the shape of a random UUID.
    pub fn uuid(&self) -> String {
        self.uuid_of("").to_string()
    }

    /// A new UUID. Whoever starts again with the same seed, such as under a clock that stands still, tells his starts
    /// apart by a context that he kept.
    pub fn uuid_of(&self, context: &str) -> Uuid {
        let digest = self.digest(context);
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = from;
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A new id in the shape of a `sys_id`: 32 hexadecimal digits.
    pub fn sys_id(&self) -> String {
        self.uuid_of("").simple().to_string()
    }

    /// A new opaque token.
    pub fn token(&self) -> String {
        hex::encode(self.digest(""))
    }

    fn digest(&self, context: &str) -> [u8; 32] {
        let count = self.next.fetch_add(1, Ordering::SeqCst);
        let hash = Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(count.to_be_bytes());
        hash.chain_update(context).finalize().into()
    }
}

/// A seed that differs between runs, so that ids do not repeat against a kept database.
pub fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::try_from(since.as_nanos()).unwrap_or(since.as_secs());
    nanos ^ (u64::from(std::process::id()) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_without_repeats() {
        let (a, b) = (Ids::from_seed(7), Ids::from_seed(7));
        let first = a.uuid();
        assert_eq!(first, b.uuid());
        assert_ne!(first, a.uuid());
    }

    #[test]
    fn a_context_separates_two_starts_with_the_same_seed() {
        assert_ne!(Ids::from_seed(7).uuid_of("queue/1"), Ids::from_seed(7).uuid_of("queue/2"));
    }
}
