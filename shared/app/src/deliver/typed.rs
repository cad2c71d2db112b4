//! What was told last of the contact's typing, so that a repetition is not told again. It is remembered here alone: another
//! instance may tell it once more, which does no harm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use transfer_domain::{TransferId, Typing};

/// How many sessions are remembered; beyond them, all are forgotten.
const KEPT: usize = 256;

/// What was told before.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedBefore(Arc<Mutex<HashMap<TransferId, Typing>>>);

impl TypedBefore {
    /// Whether it is news, and from now on it is not.
    pub(super) fn takes(&self, transfer: TransferId, typing: Typing) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = all.get(&transfer).is_none_or(|last| typing.is_news_after(last));
        if is_news {
            if all.len() >= KEPT {
                all.clear();
            }
            all.insert(transfer, typing);
        }
        is_news
    }
}
