//! The order of provider events, independent of the order they arrive in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long before the transfer's creation an event of it may have happened: clocks differ, and a contact centre may
/// tell of a conversation that it had before.
pub const EARLIEST_BEFORE_CREATION: TimeDelta = TimeDelta::days(1);

/// How far ahead of ours a sender's clock may be.
pub const LATEST_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Orders two provider events of one session: provider time, then provider sequence, then the rank of the kind. The
/// derived order compares the fields in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// Milliseconds since the epoch by the provider's clock; by ours where it tells none.
    pub at_ms: i64,
    /// The provider's sequence within the session, 0 where it has none.
    pub sequence: u64,
    /// Which of two events at the same instant is the later one in the life of a session.
    pub rank: u8,
}

impl OrderKey {
    /// Before every event.
    pub(crate) const FIRST: Self = Self { at_ms: i64::MIN, sequence: 0, rank: 0 };

    /// The place of what arrives now and tells no time of its own: behind all that is known.
    pub(crate) fn arriving(now: DateTime<Utc>, newest: Option<Self>, rank: u8) -> Self {
        let now_ms = now.timestamp_millis();
        let (at_ms, sequence) = match newest {
            Some(newest) if newest.at_ms >= now_ms => match newest.sequence.checked_add(1) {
                Some(next) => (newest.at_ms, next),
                None => (newest.at_ms.saturating_add(1), 0),
            },
            Some(_) | None => (now_ms, 0),
        };
        Self { at_ms, sequence, rank }
    }

    /// The instant of the place.
    pub(crate) fn at(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.at_ms)
    }
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

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: OrderKey,
    /// When it happened.
    pub(crate) at: DateTime<Utc>,
    /// Whether the time that was told lay out of bounds, and the nearest bound stands for it.
    pub(crate) adjusted: bool,
}

impl Order {
    /// The place among the events of a session that was created at `created`, of which `newest` is known. A time out
    /// of bounds would win, or lose, against everything else for ever.
    pub(crate) fn place(self, created: DateTime<Utc>, newest: Option<OrderKey>, now: DateTime<Utc>, rank: u8) -> Place {
        match self {
            Self::Provider { at: told, sequence } => {
                let at = told.min(now + LATEST_AHEAD).max(created - EARLIEST_BEFORE_CREATION);
                let key = OrderKey { at_ms: at.timestamp_millis(), sequence, rank };
                Place { key, at, adjusted: at != told }
            }
            Self::Arrival => Place { key: OrderKey::arriving(now, newest, rank), at: now, adjusted: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_341_600 + seconds, 0).unwrap()
    }

    fn told(told: DateTime<Utc>) -> Place {
        Order::Provider { at: told, sequence: 7 }.place(at(0), None, at(60), 1)
    }

    #[test]
    fn a_time_out_of_bounds_is_the_nearest_bound() {
        assert_eq!((told(at(30)).at, told(at(30)).adjusted), (at(30), false));
        let (day, ahead) = (24 * 60 * 60, 60 + 5 * 60);
        for (given, taken) in [
            (at(ahead), at(ahead)),
            (at(ahead + 1), at(ahead)),
            (at(365 * day), at(ahead)),
            (DateTime::<Utc>::MAX_UTC, at(ahead)),
            (at(-day), at(-day)),
            (at(-day - 1), at(-day)),
            (DateTime::<Utc>::MIN_UTC, at(-day)),
        ] {
            let place = told(given);
            assert_eq!((place.at, place.adjusted), (taken, given != taken), "{given}");
            assert_eq!(place.key, OrderKey { at_ms: taken.timestamp_millis(), sequence: 7, rank: 1 });
        }
    }

    #[test]
    fn what_arrives_without_a_time_is_newer_than_all_that_is_known() {
        let now = at(0).timestamp_millis();
        for newest in [
            OrderKey { at_ms: now - 1, sequence: 9, rank: 8 },
            OrderKey { at_ms: now, sequence: 0, rank: 8 },
            OrderKey { at_ms: now + 200_000, sequence: 1_000_000, rank: 8 },
            OrderKey { at_ms: now + 1, sequence: u64::MAX, rank: 8 },
        ] {
            let place = Order::Arrival.place(at(-5), Some(newest), at(0), 0);
            assert!(place.key > newest, "{newest:?}");
            assert_eq!((place.at, place.adjusted), (at(0), false));
        }
        assert_eq!(OrderKey::arriving(at(0), None, 3), OrderKey { at_ms: now, sequence: 0, rank: 3 });
    }
}
