//! A circuit for each integration, and for each event endpoint: while nobody answers there, what is meant for it waits
//! without each of it finding that out by itself, and what is meant for others notices nothing. Of this process: others
//! find out by themselves.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::HealthState;

use super::retry::backoff;

/// So many calls in a row that came to nothing open the circuit.
const OPENS_AFTER: u32 = 3;
/// An answer that takes longer is slow: meanwhile what waits for the answer serves nobody else.
const SLOW: TimeDelta = TimeDelta::seconds(3);
/// As many times as long as a slow answer took is the pause after it, so that it takes a third of whatever waits for it.
const PAUSE_AFTER_SLOW: i32 = 2;
/// For how long one try keeps the others waiting, if nobody hears of it any more.
const TRY_LASTS: TimeDelta = TimeDelta::seconds(30);
/// For so long an answer shows that all is well; after that, another process may have seen otherwise.
const WELL_FOR: TimeDelta = TimeDelta::minutes(1);
/// More than this in one process are forgotten rather than remembered.
const MAX_CIRCUITS: usize = 4096;

/// The circuits of this process.
#[derive(Debug)]
pub(crate) struct Circuits<K>(Arc<Mutex<HashMap<K, Circuit>>>);

impl<K> Clone for Circuits<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Circuits<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

#[derive(Debug, Default)]
struct Circuit {
    /// How many calls in a row came to nothing.
    in_vain: u32,
    /// Why the last of them did.
    why: Option<String>,
    /// How many answers in a row were slow.
    slow: u32,
    /// When one may be tried again.
    open_until: Option<DateTime<Utc>>,
    /// Until when it is taken to be well, if nothing comes to nothing.
    well_until: DateTime<Utc>,
}

impl<K: Hash + Eq + Clone> Circuits<K> {
    /// Lets a call through, or tells how long to wait.
    pub(crate) fn admit(&self, of: &K, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut circuits = self.lock();
        let Some(circuit) = circuits.get_mut(of) else { return Ok(()) };
        match circuit.open_until {
            Some(until) if now < until => Err((until - now).to_std().unwrap_or_default()),
            // The one that tries it keeps the others waiting until it is known.
            Some(_) => {
                circuit.open_until = Some(now + TRY_LASTS);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// It answered; tells how it had answered before, as far as this process knows: what others saw meanwhile, it does not.
    pub(crate) fn answered(&self, of: &K, now: DateTime<Utc>) -> HealthState {
        self.well(of, now, |_| (0, None))
    }

    /// It answered, after so long; tells how it had answered before. One that is slow again and again gets one call at a
    /// time, with pauses.
    pub(crate) fn answered_after(&self, of: &K, now: DateTime<Utc>, took: TimeDelta) -> HealthState {
        self.well(of, now, |before| {
            let slow = if took <= SLOW { 0 } else { before.slow.saturating_add(1) };
            (slow, (slow >= OPENS_AFTER).then(|| now + took.min(TRY_LASTS) * PAUSE_AFTER_SLOW))
        })
    }

    fn well(
        &self,
        of: &K,
        now: DateTime<Utc>,
        pauses: impl FnOnce(&Circuit) -> (u32, Option<DateTime<Utc>>),
    ) -> HealthState {
        let mut circuits = self.with_room_for(of);
        let circuit = circuits.entry(of.clone()).or_default();
        let (slow, open_until) = pauses(circuit);
        let before = match circuit.answers() {
            HealthState::Healthy if now >= circuit.well_until => HealthState::Unknown,
            before @ (HealthState::Unknown | HealthState::Healthy | HealthState::Degraded | HealthState::Failing) => {
                before
            }
        };
        let well_until = if before == HealthState::Healthy { circuit.well_until } else { now + WELL_FOR };
        *circuit = Circuit { in_vain: 0, why: None, slow, open_until, well_until };
        before
    }

    /// How it answers, as far as this process knows, and why the last call came to nothing.
    pub(crate) fn state(&self, of: &K) -> (HealthState, Option<String>) {
        let circuits = self.lock();
        circuits.get(of).map_or((HealthState::Unknown, None), |circuit| (circuit.answers(), circuit.why.clone()))
    }

    /// A call came to nothing, for this reason, as all have for so long; tells how it answers now, and whether that is
    /// another state than before.
    pub(crate) fn in_vain(
        &self,
        of: &K,
        now: DateTime<Utc>,
        why: &str,
        failing_for: Duration,
        fraction: f64,
    ) -> (HealthState, bool) {
        let mut circuits = self.with_room_for(of);
        let circuit = circuits.entry(of.clone()).or_default();
        let before = circuit.answers();
        circuit.in_vain = circuit.in_vain.saturating_add(1);
        circuit.why = Some(why.to_owned());
        if circuit.in_vain >= OPENS_AFTER {
            let pause = backoff(circuit.in_vain - OPENS_AFTER + 1, failing_for, fraction);
            circuit.open_until = Some(now + TimeDelta::from_std(pause).unwrap_or(TRY_LASTS));
        }
        (circuit.answers(), circuit.answers() != before)
    }

    /// All that are known, forgotten if this one is new and there is no room for it.
    fn with_room_for(&self, of: &K) -> MutexGuard<'_, HashMap<K, Circuit>> {
        let mut circuits = self.lock();
        if circuits.len() >= MAX_CIRCUITS && !circuits.contains_key(of) {
            circuits.clear();
        }
        circuits
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Circuit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Circuit {
    const fn answers(&self) -> HealthState {
        match self.in_vain {
            0 => HealthState::Healthy,
            1..OPENS_AFTER => HealthState::Degraded,
            OPENS_AFTER.. => HealthState::Failing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_three_slow_answers_one_is_asked_at_a_time_with_pauses_twice_as_long_until_one_is_quick() {
        let (circuits, mine, other) = (Circuits::default(), "mine", "other");
        let slow = TimeDelta::milliseconds(9_900);
        for (second, before) in [(0, HealthState::Unknown), (1, HealthState::Healthy)] {
            assert_eq!(circuits.answered_after(&mine, at(second), slow), before);
            assert_eq!(circuits.admit(&mine, at(second)), Ok(()));
        }
        circuits.answered_after(&mine, at(2), slow);
        assert_eq!(circuits.admit(&mine, at(2)), Err(Duration::from_millis(19_800)));
        assert_eq!(circuits.admit(&other, at(2)), Ok(()), "nobody else notices");
        assert_eq!(circuits.admit(&mine, at(22)), Ok(()), "one is asked");
        assert_eq!(circuits.admit(&mine, at(22)), Err(Duration::from_secs(30)), "and one only");
        assert_eq!(circuits.answered_after(&mine, at(32), slow), HealthState::Healthy, "it has what it was sent");
        assert_eq!(circuits.admit(&mine, at(51)), Err(Duration::from_millis(800)));
        assert_eq!(circuits.admit(&mine, at(52)), Ok(()));
        circuits.answered_after(&mine, at(53), TimeDelta::seconds(3));
        assert_eq!([circuits.admit(&mine, at(53)), circuits.admit(&mine, at(53))], [Ok(()), Ok(())]);
    }

    #[test]
    fn a_process_that_knows_as_many_as_it_remembers_still_counts_what_comes_to_nothing() {
        let circuits = Circuits::default();
        for number in 0..MAX_CIRCUITS {
            circuits.in_vain(&number, at(0), "503", Duration::ZERO, 1.0);
        }
        for second in [1, 2] {
            circuits.in_vain(&7, at(second), "503", Duration::ZERO, 1.0);
        }
        assert!(circuits.admit(&7, at(2)).is_err());
    }

    #[test]
    fn a_slow_answer_ends_what_came_to_nothing() {
        let (circuits, mine) = (Circuits::default(), "mine");
        for second in [0, 1, 2] {
            circuits.in_vain(&mine, at(second), "503", Duration::ZERO, 1.0);
        }
        assert_eq!(circuits.state(&mine), (HealthState::Failing, Some("503".to_owned())));
        assert_eq!(circuits.answered_after(&mine, at(3), TimeDelta::seconds(4)), HealthState::Failing);
        assert_eq!(circuits.state(&mine), (HealthState::Healthy, None));
        assert_eq!(circuits.admit(&mine, at(3)), Ok(()));
        assert_eq!(circuits.answered(&mine, at(4)), HealthState::Healthy);
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_212_000 + seconds, 0).unwrap()
    }

    #[test]
    fn after_three_in_vain_one_is_tried_at_a_time_and_the_first_answer_lets_all_through() {
        let (circuits, mine, other) = (Circuits::default(), "mine", "other");
        assert_eq!(circuits.answered(&mine, at(0)), HealthState::Unknown);
        let states = [0, 1, 2, 3].map(|second| circuits.in_vain(&mine, at(second), "503", Duration::ZERO, 1.0));
        let (degraded, failing) = (HealthState::Degraded, HealthState::Failing);
        assert_eq!(states, [(degraded, true), (degraded, false), (failing, true), (failing, false)]);
        assert_eq!(circuits.admit(&mine, at(3)), Err(Duration::from_secs(2)));
        assert_eq!(circuits.admit(&other, at(3)), Ok(()), "nobody else notices");
        assert_eq!(circuits.admit(&mine, at(5)), Ok(()), "one is tried");
        assert_eq!(circuits.admit(&mine, at(5)), Err(Duration::from_secs(30)), "and one only");
        assert_eq!(circuits.admit(&mine, at(35)), Ok(()), "unless nothing was heard of it");
        assert_eq!(circuits.answered(&mine, at(36)), HealthState::Failing);
        assert_eq!(circuits.admit(&mine, at(35)), Ok(()));
        assert_eq!(circuits.answered(&mine, at(95)), HealthState::Healthy);
        assert_eq!(circuits.answered(&mine, at(96)), HealthState::Unknown, "others may know better by now");
    }
}
