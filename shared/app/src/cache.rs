//! What was read, kept in memory for a while.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Until when it is kept, and what.
type Kept<V> = (DateTime<Utc>, V);

/// Values by key, each for its own time. Clones share them. What is over goes with the next value that comes.
pub struct Cache<K, V>(Arc<Mutex<HashMap<K, Kept<V>>>>);

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// The value, unless its time is over.
    pub fn get(&self, key: &K, now: DateTime<Utc>) -> Option<V> {
        self.lock().get(key).filter(|(until, _)| *until > now).map(|(_, value)| value.clone())
    }

    /// Keeps a value for this long.
    pub fn put(&self, key: K, value: V, now: DateTime<Utc>, kept: TimeDelta) {
        let mut all = self.lock();
        all.retain(|_, (until, _)| *until > now);
        all.insert(key, (now + kept, value));
    }

    /// Forgets the keys of which this holds.
    pub fn forget(&self, which: impl Fn(&K) -> bool) {
        self.lock().retain(|key, _| !which(key));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Kept<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    /// What is kept may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap_or_default()
    }

    #[test]
    fn each_value_is_kept_for_its_own_time_and_until_it_is_forgotten() {
        let cache = Cache::default();
        cache.put("short", 1, at(0), TimeDelta::seconds(5));
        cache.put("long", 2, at(0), TimeDelta::seconds(60));
        assert_eq!((cache.get(&"short", at(4)), cache.get(&"short", at(5))), (Some(1), None));
        assert_eq!(cache.get(&"long", at(59)), Some(2));
        cache.put("other", 3, at(10), TimeDelta::seconds(60));
        assert_eq!(cache.lock().len(), 2, "what is over is gone");
        cache.clone().forget(|key| key.starts_with('l'));
        assert_eq!((cache.get(&"long", at(11)), cache.get(&"other", at(11))), (None, Some(3)));
        cache.clear();
        assert_eq!(cache.get(&"other", at(11)), None);
    }
}
