//! Commands that must come again, and when.

use std::time::Duration;

use transfer_store::StoreError;

use crate::SecretError;

/// The longest pause between two tries of something that waits for the contact centre.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// As [`LONGEST_PAUSE`], of something that has waited for an hour.
const LONGEST_PAUSE_LATER: Duration = Duration::from_mins(5);
/// How often what pauses looks whether somebody asked for its try. The queue keeps a message back until a time, and only
/// whoever received it can make that sooner.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// For how long it does, from the first try in vain on: the queue does not give a message out for ever.
const LOOKS_FOR: Duration = Duration::from_mins(10);
/// From when on it counts as later.
const LATER: Duration = Duration::from_hours(1);

/// A command is not done and must come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// What kept it from being done; no personal data.
    pub why: String,
    when: When,
}

/// When a command comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// After so long.
    After(Duration),
    /// When its pause is over, or before, to see whether that was cut short.
    Paused(Duration),
    /// When our own side may be able to do it: not before so long, and later the oftener it came.
    Able(Option<Duration>),
}

impl Retry {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), when: When::Able(None) }
    }

    pub(crate) fn after(why: impl Into<String>, pause: Duration) -> Self {
        Self { why: why.into(), when: When::After(pause) }
    }

    /// After something came to nothing, for which there is such a pause: as [`Self::paused`].
    pub(crate) fn tried(why: impl Into<String>, pause: Duration, waited: Duration) -> Self {
        Self::after(why, looking(pause, waited))
    }

    /// In the pause before a try, of which so much is left, if it has waited for so long: while somebody may ask for the try
    /// to be made at once, the command looks whether anybody did.
    pub(crate) fn paused(why: impl Into<String>, left: Duration, waited: Duration) -> Self {
        Self { why: why.into(), when: When::Paused(looking(left, waited)) }
    }

    /// Whether nothing was tried, because its time has not come.
    pub fn is_pause(&self) -> bool {
        matches!(self.when, When::Paused(_))
    }

    /// Of a command that cannot be read: by another version of the function it may be.
    pub fn unreadable() -> Self {
        Self::because("it cannot be read")
    }

    /// How long it waits that came so often; `fraction` of 0 to 1 scatters those that failed together.
    pub fn pause(&self, receives: u32, fraction: f64) -> Duration {
        match self.when {
            When::After(pause) | When::Paused(pause) => pause,
            When::Able(least) => backoff(receives, Duration::ZERO, fraction).max(least.unwrap_or_default()),
        }
    }
}

impl From<StoreError> for Retry {
    fn from(error: StoreError) -> Self {
        Self { when: When::Able(error.retry_after()), why: error.to_string() }
    }
}

impl From<SecretError> for Retry {
    fn from(error: SecretError) -> Self {
        Self { when: When::Able(error.retry_after()), why: error.to_string() }
    }
}

fn looking(pause: Duration, waited: Duration) -> Duration {
    if waited < LOOKS_FOR { pause.min(LOOKS_EVERY) } else { pause }
}

/// The pause after so many tries in vain, the first of which is so long ago: 1, 2, 4 … 30 seconds, each scattered over its
/// later half.
pub(crate) fn backoff(tries: u32, waited: Duration, fraction: f64) -> Duration {
    let longest = if waited >= LATER { LONGEST_PAUSE_LATER } else { LONGEST_PAUSE };
    let doubled = Duration::from_secs(1_u64 << tries.saturating_sub(1).min(12)).min(longest);
    doubled.mul_f64(0.5 + fraction.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute_and_to_five_after_an_hour() {
        let longest: Vec<_> =
            [0, 1, 2, 3, 5, 6, 1000].map(|tries| backoff(tries, Duration::ZERO, 1.0).as_secs()).into();
        assert_eq!(longest, [1, 1, 2, 4, 16, 30, 30]);
        assert_eq!(backoff(1000, LATER, 1.0), LONGEST_PAUSE_LATER);
        assert_eq!(backoff(6, Duration::ZERO, 0.0), Duration::from_secs(15), "at least half of it");
    }

    #[test]
    fn what_pauses_looks_every_few_seconds_whether_its_try_is_asked_for_and_later_no_more() {
        let pause = |left: u64, waited: u64| {
            let retry = Retry::paused("", Duration::from_secs(left), Duration::from_secs(waited));
            assert!(retry.is_pause());
            retry.pause(1, 0.0).as_secs()
        };
        assert_eq!([pause(2, 0), pause(30, 0), pause(300, 599)], [2, 5, 5]);
        assert_eq!(pause(300, 600), 300);
    }

    #[test]
    fn what_our_side_cannot_do_waits_longer_the_oftener_it_came_and_as_long_as_it_is_told() {
        let busy = Retry { why: String::new(), when: When::Able(Some(Duration::from_secs(1))) };
        let pauses: Vec<_> = [1, 2, 4, 9].map(|receives| busy.pause(receives, 1.0).as_secs()).into();
        assert_eq!(pauses, [1, 2, 8, 30]);
        assert_eq!(Retry::after("", Duration::from_mins(9)).pause(50, 0.0), Duration::from_mins(9));
    }
}
