//! The order of provider events, independent of the order they arrive in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Orders two provider events of one session: provider time, then provider sequence, then the rank of the kind
/// (design, section 5). The derived order compares the fields in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// Milliseconds since the epoch by the provider's clock; by ours where it tells none.
    pub at_ms: i64,
    /// The provider's sequence within the session, 0 where it has none.
    pub sequence: u64,
    /// Which of two events at the same instant is the later one in the life of a session.
    pub rank: u8,
}

/// What a provider tells about the order of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// The provider's own time, with its sequence where it has one (else 0).
    Provider {
        /// When it happened by the provider's clock.
        at: DateTime<Utc>,
        /// The provider's rising sequence within the session.
        sequence: u64,
    },
    /// The provider tells no time: what arrives later is newer.
    Arrival,
}
