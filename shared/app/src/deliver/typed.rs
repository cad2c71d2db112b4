//! What was told last of the contact's typing, so that a repetition is not told again.

use transfer_domain::{TransferId, Typing};

use super::remembered::Remembered;

/// What was told before.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedBefore(Remembered<Typing>);

impl TypedBefore {
    /// Whether it is news, and from now on it is not. Commands of one session come one after the other.
    pub(super) fn takes(&self, transfer: TransferId, typing: Typing) -> bool {
        let is_news = self.0.get(transfer).is_none_or(|last| typing.is_news_after(&last));
        if is_news {
            self.0.put(transfer, typing);
        }
        is_news
    }
}
