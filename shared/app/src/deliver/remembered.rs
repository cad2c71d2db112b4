//! What an instance remembers of sessions, so that it need not ask or tell again. Another instance remembers something else,
//! so nothing may depend on it but the cost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use transfer_domain::TransferId;

/// How many sessions are remembered; beyond them, all are forgotten.
const KEPT: usize = 256;

/// Something of each of the last sessions.
#[derive(Debug)]
pub(super) struct Remembered<T>(Arc<Mutex<HashMap<TransferId, T>>>);

impl<T: Clone> Remembered<T> {
    pub(super) fn get(&self, transfer: TransferId) -> Option<T> {
        self.lock().get(&transfer).cloned()
    }

    pub(super) fn put(&self, transfer: TransferId, what: T) {
        let mut all = self.lock();
        if all.len() >= KEPT {
            all.clear();
        }
        all.insert(transfer, what);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TransferId, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
