//! How many calls one caller may make: a bucket of tokens for each, in memory.
//!
//! The gateway can throttle a route, but not a caller of it, and it cannot tell integrations apart. What is counted
//! here is counted by each process for itself: it keeps a flood away from everything behind it, and is no quota.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How many buckets there are. A number that stays the same, so that no flood of names costs memory; names that share
/// a bucket share its tokens.
const BUCKETS: usize = 4096;

/// How many calls are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimit {
    /// In the long run, each second.
    pub rate: u32,
    /// At once.
    pub burst: u32,
}

/// Lets through as many calls of each name as the limit allows. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Throttle {
    limit: CallLimit,
    /// Seeded by chance in each process, so that nobody can choose whose bucket to share.
    hash: Arc<RandomState>,
    /// When each bucket will be full again. Made when it is needed first.
    full_at: Arc<Mutex<Vec<DateTime<Utc>>>>,
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Throttle {
    /// A throttle whose buckets are full.
    pub fn new(limit: CallLimit) -> Self {
        Self { limit, hash: Arc::default(), full_at: Arc::default() }
    }

    /// Takes a token of the name, or tells how long to wait for one.
    pub fn take(&self, name: &[&str], now: DateTime<Utc>) -> Result<(), Duration> {
        let per_call = TimeDelta::microseconds(1_000_000 / i64::from(self.limit.rate.max(1)));
        let most = per_call * i32::try_from(self.limit.burst.max(1)).unwrap_or(i32::MAX);
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.is_empty() {
            buckets.resize(BUCKETS, DateTime::<Utc>::MIN_UTC);
        }
        let hash = usize::try_from(self.hash.hash_one(name) % BUCKETS as u64).unwrap_or_default();
        let Some(full_at) = buckets.get_mut(hash) else { return Ok(()) };
        // A clock that was set back must not keep a bucket empty for as long.
        let owed = (*full_at - now).clamp(TimeDelta::zero(), most);
        let after = owed + per_call;
        if after > most {
            return Err((after - most).to_std().unwrap_or_default());
        }
        *full_at = now + after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle() -> Throttle {
        Throttle::new(CallLimit { rate: 10, burst: 5 })
    }

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_768_212_000_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let throttle = throttle();
        for _ in 0..5 {
            assert_eq!(throttle.take(&["a"], at(0)), Ok(()));
        }
        assert_eq!(throttle.take(&["a"], at(0)), Err(Duration::from_millis(100)));
        assert_eq!(throttle.take(&["a"], at(60)), Err(Duration::from_millis(40)));
        assert_eq!(throttle.take(&["a"], at(100)), Ok(()));
        assert!(throttle.take(&["a"], at(100)).is_err());
        for _ in 0..5 {
            assert_eq!(throttle.take(&["a"], at(10_000)), Ok(()), "what was refused costs nothing");
        }
    }

    #[test]
    fn one_name_uses_up_nothing_of_another() {
        let throttle = throttle();
        while throttle.take(&["a", "b"], at(0)).is_ok() {}
        // Two of many may share a bucket by chance; nearly all do not.
        let others: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let let_in = others.iter().filter(|other| throttle.take(&["a", other], at(0)).is_ok()).count();
        assert!(let_in >= 97, "{let_in}");
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_out_for_long() {
        let throttle = throttle();
        while throttle.take(&["a"], at(3_600_000)).is_ok() {}
        assert_eq!(throttle.take(&["a"], at(0)), Err(Duration::from_millis(100)));
    }
}
