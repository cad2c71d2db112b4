//! Ids and tokens, repeatable from a seed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};

/// Source of the ids and tokens that a provider hands out. The same seed gives the same sequence.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    /// A new id in the shape of a random UUID.
    pub(crate) fn uuid(&self) -> String {
        let digest = self.digest();
        let mut bytes = [0_u8; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = from;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A new id in the shape of a `sys_id`: 32 hexadecimal digits.
    pub(crate) fn sys_id(&self) -> String {
        self.uuid().replace('-', "")
    }

    /// A new opaque token.
    pub(crate) fn token(&self) -> String {
        hex::encode(self.digest())
    }

    fn digest(&self) -> [u8; 32] {
        let count = self.next.fetch_add(1, Ordering::SeqCst);
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(count.to_be_bytes());
        hash.finalize().into()
    }
}

/// A seed that differs between runs, so that ids do not repeat against a kept database.
pub(crate) fn fresh_seed() -> u64 {
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
}
