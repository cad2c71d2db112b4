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
#[serde(try_from = "String", into = "String")]
pub struct OrderKey {
    /// Milliseconds since the epoch by the provider's clock; by ours where it tells none.
    pub at_ms: i64,
    /// The provider's sequence within the session, 0 where it has none.
    pub sequence: u64,
    /// Which of two events at the same instant is the later one in the life of a session.
    pub rank: u8,
}

/// Many are kept with each session, and all of them are written with each message: so they are kept short, as time,
/// sequence and rank with dots between, the time in base 36 or `-` before all times, a sequence of 0 left out.
impl From<OrderKey> for String {
    fn from(key: OrderKey) -> Self {
        let at = if key.at_ms == i64::MIN { BEFORE_ALL.to_owned() } else { in_base_36(key.at_ms) };
        match key.sequence {
            0 => format!("{at}.{}", key.rank),
            sequence => format!("{at}.{sequence}.{}", key.rank),
        }
    }
}

/// The time of what is before every event.
const BEFORE_ALL: &str = "-";

/// A text is no order key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an order key")]
pub struct InvalidOrderKey;

impl TryFrom<String> for OrderKey {
    type Error = InvalidOrderKey;

    fn try_from(text: String) -> Result<Self, InvalidOrderKey> {
        let mut parts = text.split('.');
        let (Some(at), Some(second)) = (parts.next(), parts.next()) else { return Err(InvalidOrderKey) };
        let (sequence, rank) = parts.next().map_or(("0", second), |rank| (second, rank));
        Ok(Self {
            at_ms: if at == BEFORE_ALL {
                i64::MIN
            } else {
                i64::from_str_radix(at, 36).map_err(|_| InvalidOrderKey)?
            },
            sequence: sequence.parse().map_err(|_| InvalidOrderKey)?,
            rank: rank.parse().map_err(|_| InvalidOrderKey)?,
        })
    }
}

fn in_base_36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % 36).ok().and_then(|digit| char::from_digit(digit, 36));
        digits.extend(digit);
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    digits.extend((number < 0).then_some('-'));
    digits.iter().rev().collect()
}

impl OrderKey {
    /// Before every event.
    pub(crate) const FIRST: Self = Self { at_ms: i64::MIN, sequence: 0, rank: 0 };

    /// Behind what our own calls were answered, before every event that is told once.
    pub(crate) const REPEATED: Self = Self { rank: 1, ..Self::FIRST };

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
    /// The provider numbers its events and told no time of this one.
    Numbered {
        /// Its number: rising within the session, from 1.
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
            // What has a higher number than all that is known is as late as the newest of it. Where a lower one belongs
            // between others is not known, so it stands before all that has a time and takes nothing back. Without any
            // times the numbers alone decide, in whatever order the events come.
            Self::Numbered { sequence } => {
                let before = newest.filter(|newest| newest.sequence < sequence);
                let at_ms = before.map_or(created.timestamp_millis(), |newest| newest.at_ms);
                Place { key: OrderKey { at_ms, sequence, rank }, at: now, adjusted: false }
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

    #[test]
    fn numbers_order_what_has_no_time() {
        let place = |sequence, newest| Order::Numbered { sequence }.place(at(0), newest, at(60), 1);
        let first = place(1, None).key;
        let third = place(3, Some(first)).key;
        assert_eq!(place(2, Some(third)).key, place(2, Some(first)).key, "whatever came before");
        assert!(first < place(2, Some(third)).key && place(2, Some(third)).key < third);
        let timed = OrderKey { at_ms: at(5).timestamp_millis(), sequence: 4, rank: 2 };
        assert!(place(5, Some(timed)).key > timed, "it follows what has a time");
        assert!(place(3, Some(timed)).key < timed);
        assert_eq!((place(3, None).at, place(3, None).adjusted), (at(60), false));
    }

    fn told(told: DateTime<Utc>) -> Place {
        Order::Provider { at: told, sequence: 7 }.place(at(0), None, at(60), 1)
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for at_ms in [i64::MIN, -37, -1, 0, 35, 36, 1_795_341_600_000, i64::MAX] {
            for sequence in [0, 1, u64::MAX] {
                let key = OrderKey { at_ms, sequence, rank: 8 };
                let text = serde_json::to_string(&key).unwrap();
                assert_eq!(serde_json::from_str::<OrderKey>(&text).unwrap(), key, "{text}");
            }
        }
        assert_eq!(serde_json::to_string(&OrderKey::FIRST).unwrap(), "\"-.0\"");
        assert_eq!(serde_json::from_str::<OrderKey>("\"-1y2p0ij32e8e8.0\"").unwrap(), OrderKey::FIRST);
        let key = OrderKey { at_ms: 1_795_341_600_000, sequence: 0, rank: 3 };
        assert_eq!(serde_json::to_string(&key).unwrap(), "\"mwro18g0.3\"");
        for wrong in ["\"\"", "\"1\"", "\"1.2.x\"", "\"%.1\"", "[1,2,3]"] {
            assert!(serde_json::from_str::<OrderKey>(wrong).is_err(), "{wrong}");
        }
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
