//! Records that cannot be read, or that the bus or the queue refuses for good: set aside with their content, so that
//! nothing is lost and all others go on.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::Record;
use super::port::{Aside, Meaning, Refusal};
use crate::{Metric, Service, SetAside};

/// How long a record may hold up its shard for a refusal that nobody foresaw, or because it cannot be set aside. Long
/// enough for what passes by itself, short against the day that the stream keeps everybody else's records.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// Whether a record still holds up those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is set aside, or was given up.
    No,
    /// It must come again.
    Yes,
}

/// Sets records of one batch aside.
pub(crate) struct SettingAside<'a, A> {
    service: &'a Service,
    records: &'a [Record],
    aside: &'a A,
    done: HashSet<usize>,
}

impl<'a, A: Aside> SettingAside<'a, A> {
    pub(crate) fn new(service: &'a Service, records: &'a [Record], aside: &'a A) -> Self {
        Self { service, records, aside, done: HashSet::new() }
    }

    /// What to do about something that follows from a record and was not taken.
    pub(crate) async fn refused(&mut self, record: usize, what: &str, refusal: &Refusal) -> Held {
        let code = refusal.code.as_str();
        tracing::warn!(what, code, record.sequence = self.sequence(record), "not taken");
        match refusal.meaning {
            Meaning::ForGood => self.set_aside(record, &format!("{what}: {code}")).await,
            Meaning::Unclear if self.is_overdue(record) => self.set_aside(record, &format!("{what}: {code}")).await,
            Meaning::Passes | Meaning::Unclear => Held::Yes,
        }
    }

    /// Sets a record aside, once.
    pub(crate) async fn set_aside(&mut self, record: usize, why: &str) -> Held {
        if record >= self.records.len() || !self.done.insert(record) {
            return Held::No;
        }
        let sequence = self.sequence(record);
        tracing::error!(why, record.sequence = sequence, "a stream record is set aside");
        if self.aside.set_aside(record, why).await {
            self.service.metrics.record(Metric::UnrelayableRecord(SetAside::Parked));
            return Held::No;
        }
        if self.is_overdue(record) {
            // Its session's row still stands in the table, and nobody else's changes wait for it any longer.
            tracing::error!(why, record.sequence = sequence, "a stream record could not be set aside and is given up");
            self.service.metrics.record(Metric::UnrelayableRecord(SetAside::GivenUp));
            return Held::No;
        }
        self.done.remove(&record);
        tracing::error!(why, record.sequence = sequence, "a stream record could not be set aside and comes again");
        Held::Yes
    }

    fn is_overdue(&self, record: usize) -> bool {
        let written = self.records.get(record).map(|record| record.written_at);
        // A record without its time has the epoch's.
        written.is_some_and(|at| at.timestamp() > 0 && self.service.now() - at > PATIENCE)
    }

    fn sequence(&self, record: usize) -> &'a str {
        self.records.get(record).map(|record| record.sequence.as_str()).unwrap_or_default()
    }
}
