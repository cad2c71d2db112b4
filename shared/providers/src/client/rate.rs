//! A token bucket per integration, in this process. Several processes together may exceed the rate; the provider's
//! 429 then says so.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{IntegrationId, ProjectId};

use super::{Answer, Call};
use crate::{CallError, Connection};

/// More integrations than this in one process are forgotten rather than remembered.
const MAX_INTEGRATIONS: usize = 4096;

/// What may be made at once is what a minute allows.
const BUCKET: TimeDelta = TimeDelta::minutes(1);

/// How long a turn waits for whoever it was given to.
const TURN_KEPT: TimeDelta = TimeDelta::minutes(2);

/// The line before each integration.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<HashMap<Place, Line>>);

type Place = (ProjectId, IntegrationId);

/// Who came too early gets a turn, and whoever comes later gets a later one: first come, first served.
#[derive(Debug, Default)]
struct Line {
    /// When the bucket will be full again (the generic cell rate algorithm), with all turns that were given.
    full_at: Option<DateTime<Utc>>,
    /// The turns that nobody has taken yet.
    turns: VecDeque<DateTime<Utc>>,
}

/// Whether a piece of work had its turn in the line. Its first call waits for it; those that follow are counted and wait no
/// more: work of several calls would else begin anew for ever while others stand in the line.
#[derive(Debug, Default)]
pub struct Admission(AtomicBool);

impl Admission {
    /// The next piece of work waits for a turn of its own.
    pub fn renew(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Connection<'_> {
    /// Makes a call, if the integration's bucket has one left where the call is limited; else says how long to wait.
    pub async fn make(&self, call: Call) -> Result<Answer, CallError> {
        let now = self.now();
        if let Some(per_minute) = call.per_minute {
            let key = (self.integration.project_id.clone(), self.integration.integration_id.clone());
            let rates = &self.client.inner.rates;
            if self.admission.0.load(Ordering::Relaxed) {
                rates.count(key, per_minute, now);
            } else {
                rates.admit(key, per_minute, now).map_err(|after| CallError::NotYet { after })?;
                self.admission.0.store(true, Ordering::Relaxed);
            }
        }
        self.client.exchange(call, now).await
    }
}

impl Rates {
    fn admit(&self, key: Place, per_minute: u32, now: DateTime<Utc>) -> Result<(), Duration> {
        Self::line(&mut self.lines(), key).admit(per_minute, now)
    }

    fn count(&self, key: Place, per_minute: u32, now: DateTime<Utc>) {
        Self::line(&mut self.lines(), key).count(per_minute, now);
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Place, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(lines: &mut HashMap<Place, Line>, key: Place) -> &mut Line {
        if lines.len() >= MAX_INTEGRATIONS && !lines.contains_key(&key) {
            lines.clear();
        }
        lines.entry(key).or_default()
    }
}

impl Line {
    fn admit(&mut self, per_minute: u32, now: DateTime<Utc>) -> Result<(), Duration> {
        while self.turns.front().is_some_and(|turn| now - *turn > TURN_KEPT) {
            self.turns.pop_front();
        }
        if self.turns.front().is_some_and(|turn| *turn <= now) {
            self.turns.pop_front();
            return Ok(());
        }
        let turn = self.count(per_minute, now) - BUCKET;
        match (turn - now).to_std() {
            Ok(wait) if !wait.is_zero() => {
                self.turns.push_back(turn);
                Err(wait)
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Counts a call; when the bucket is full again with it.
    fn count(&mut self, per_minute: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let each = BUCKET / i32::try_from(per_minute).unwrap_or(i32::MAX).max(1);
        let full_at = self.full_at.unwrap_or(now).max(now) + each;
        *self.full_at.insert(full_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_refuses_until_one_call_has_flowed_out() {
        let rates = Rates::default();
        let key = || (ProjectId::new("p").unwrap(), IntegrationId::new("i").unwrap());
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..60 {
            assert_eq!(rates.admit(key(), 60, start), Ok(()));
        }
        assert_eq!(rates.admit(key(), 60, start), Err(Duration::from_secs(1)));
        assert_eq!(rates.admit(key(), 60, start + TimeDelta::seconds(1)), Ok(()));
        assert!(rates.admit(key(), 60, start + TimeDelta::seconds(1)).is_err());
        assert_eq!(rates.admit(key(), 60, start + TimeDelta::seconds(1)), Err(Duration::from_secs(2)));
        let other = (ProjectId::new("p").unwrap(), IntegrationId::new("other").unwrap());
        assert_eq!(rates.admit(other, 60, start), Ok(()));
    }

    #[test]
    fn a_process_that_knows_as_many_integrations_as_it_remembers_still_holds_each_to_its_rate() {
        let rates = Rates::default();
        let key = |number: usize| (ProjectId::new("p").unwrap(), IntegrationId::new(format!("i-{number}")).unwrap());
        let start = DateTime::UNIX_EPOCH;
        for number in 0..MAX_INTEGRATIONS {
            assert_eq!(rates.admit(key(number), 1, start), Ok(()));
        }
        assert_eq!(rates.admit(key(7), 1, start), Err(Duration::from_mins(1)));
    }

    #[test]
    fn whoever_waits_gets_a_turn_of_its_own_and_all_are_through_when_the_rate_says_so() {
        let mut line = Line::default();
        let start = DateTime::UNIX_EPOCH;
        let mut turns: Vec<_> = (0..300).filter_map(|_| line.admit(120, start).err()).collect();
        assert_eq!(turns.len(), 180);
        let last = *turns.iter().max().unwrap();
        assert_eq!(last, Duration::from_secs(90));
        turns.sort_unstable();
        turns.dedup();
        assert_eq!(turns.len(), 180, "no two have the same turn");
        for turn in turns {
            assert_eq!(line.admit(120, start + TimeDelta::from_std(turn).unwrap()), Ok(()), "{turn:?}");
        }
    }
}
