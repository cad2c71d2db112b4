//! What a simulation measured.

use std::collections::BTreeMap;
use std::fmt;

use chrono::TimeDelta;

/// What was measured; figures of several simulations add up.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Sessions that were created.
    pub sessions: usize,
    /// From each expiry to the ended record.
    pub to_record: Vec<TimeDelta>,
    /// From each expiry to `transfer.expired`.
    pub to_event: Vec<TimeDelta>,
    /// How long sessions were open here whose conversation was over at the contact centre.
    pub stuck: Vec<TimeDelta>,
    /// The same where the contact centre cannot be asked.
    pub unasked: Vec<TimeDelta>,
    /// Sessions by their end reason.
    pub ends: BTreeMap<String, usize>,
    /// By channel: sessions, ticks, ticks that wrote.
    pub timers: BTreeMap<String, [usize; 3]>,
    /// Whatever is worth counting.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Figures {
    pub(super) fn count(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += times;
    }

    pub(super) fn timer(&mut self, channel: &str, column: usize) {
        self.timers.entry(channel.to_owned()).or_default()[column] += 1;
    }

    /// Adds those of another simulation.
    pub fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        for (mine, theirs) in [
            (&mut self.to_record, &other.to_record),
            (&mut self.to_event, &other.to_event),
            (&mut self.stuck, &other.stuck),
            (&mut self.unasked, &other.unasked),
        ] {
            mine.extend(theirs);
        }
        for (reason, count) in &other.ends {
            *self.ends.entry(reason.clone()).or_default() += count;
        }
        for (channel, counts) in &other.timers {
            let mine = self.timers.entry(channel.clone()).or_default();
            mine.iter_mut().zip(counts).for_each(|(mine, theirs)| *mine += theirs);
        }
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    /// The time that so many of a hundred do not exceed.
    pub fn percentile(times: &[TimeDelta], percent: usize) -> TimeDelta {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} sessions, ends: {:?}", self.sessions, self.ends)?;
        for (name, times) in [
            ("expiry to ended record", &self.to_record),
            ("expiry to transfer.expired", &self.to_event),
            ("open here, over there", &self.stuck),
            ("the same where nobody can be asked", &self.unasked),
        ] {
            let [half, most, all] = [50, 99, 100].map(|percent| seconds(Self::percentile(times, percent)));
            writeln!(out, "{name}: p50 {half} s, p99 {most} s, most {all} s, of {}", times.len())?;
        }
        for (channel, [sessions, ticks, writes]) in &self.timers {
            writeln!(out, "timers of {channel}: {sessions} sessions, {ticks} ticks, {writes} writes")?;
        }
        writeln!(out, "{:?}", self.counts)
    }
}

fn seconds(time: TimeDelta) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for a person")]
    let millis = time.num_milliseconds() as f64;
    millis / 1000.0
}
