//! Records that cannot be read, or that the bus or the queue refuses for good: set aside with their content, so that
//! nothing is lost and all others go on.

use std::collections::HashSet;

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_sqs::types::MessageAttributeValue;
use chrono::TimeDelta;
use transfer_aws::{Metric, SetAside};

use crate::Relay;
use crate::refusal::{Meaning, Refusal};
use crate::wire::ascii_json;

/// How long a record may hold up its shard for a refusal that nobody foresaw, or because it cannot be set aside. Long
/// enough for what passes by itself, short against the day that the stream keeps everybody else's records.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// The attribute of a parked message that says what was refused, and by which code.
const WHY: &str = "why";

/// Whether a record still holds up those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parked {
    /// It is set aside, or was given up.
    Yes,
    /// It must come again.
    No,
}

/// Sets records of one batch aside.
pub(crate) struct Parking<'a> {
    relay: &'a Relay,
    records: &'a [EventRecord],
    done: HashSet<usize>,
}

impl<'a> Parking<'a> {
    pub(crate) fn new(relay: &'a Relay, records: &'a [EventRecord]) -> Self {
        Self { relay, records, done: HashSet::new() }
    }

    /// What to do about something that follows from a record and was not taken.
    pub(crate) async fn refused(&mut self, record: usize, what: &str, refusal: &Refusal) -> Parked {
        let code = refusal.code.as_str();
        tracing::warn!(what, code, record.sequence = self.sequence(record), "not taken");
        match refusal.meaning {
            Meaning::ForGood => self.park(record, &format!("{what}: {code}")).await,
            Meaning::Unclear if self.is_overdue(record) => self.park(record, &format!("{what}: {code}")).await,
            Meaning::Passes | Meaning::Unclear => Parked::No,
        }
    }

    /// Sets a record aside, once.
    pub(crate) async fn park(&mut self, record: usize, why: &str) -> Parked {
        let Some(content) = self.records.get(record) else { return Parked::Yes };
        if !self.done.insert(record) {
            return Parked::Yes;
        }
        let sequence = self.sequence(record);
        tracing::error!(why, record.sequence = sequence, "a stream record is set aside");
        let queue = &self.relay.service.config.parked_records_queue_url;
        if queue.is_empty() || self.send(queue, content, why).await {
            self.relay.service.metrics.record(Metric::UnrelayableRecord(SetAside::Parked));
            return Parked::Yes;
        }
        if self.is_overdue(record) {
            // Its session's row still stands in the table, and nobody else's changes wait for it any longer.
            tracing::error!(why, record.sequence = sequence, "a stream record could not be set aside and is given up");
            self.relay.service.metrics.record(Metric::UnrelayableRecord(SetAside::GivenUp));
            return Parked::Yes;
        }
        self.done.remove(&record);
        tracing::error!(why, record.sequence = sequence, "a stream record could not be set aside and comes again");
        Parked::No
    }

    /// Sends as much of a record as the queue takes.
    async fn send(&self, queue: &str, content: &EventRecord, why: &str) -> bool {
        for form in forms(content) {
            let Ok(text) = ascii_json(&form) else { continue };
            let Ok(why) = MessageAttributeValue::builder().data_type("String").string_value(why).build() else {
                return false;
            };
            let message = self.relay.queue.send_message().queue_url(queue).message_body(text);
            let Err(error) = message.message_attributes(WHY, why).send().await else { return true };
            let refusal = Refusal::of_call(&error);
            tracing::warn!(code = refusal.code, "a stream record could not be set aside like this");
            if refusal.meaning != Meaning::ForGood {
                return false;
            }
        }
        false
    }

    fn is_overdue(&self, record: usize) -> bool {
        let written = self.records.get(record).map(|record| record.change.approximate_creation_date_time);
        // A record without its time has the epoch's.
        written.is_some_and(|at| at.timestamp() > 0 && self.relay.service.now() - at > PATIENCE)
    }

    fn sequence(&self, record: usize) -> &'a str {
        self.records.get(record).and_then(|record| record.change.sequence_number.as_deref()).unwrap_or_default()
    }
}

/// The whole record; without what it replaced; only which it is. A message holds less than two images can.
fn forms(record: &EventRecord) -> [EventRecord; 3] {
    let mut new_only = record.clone();
    if !new_only.change.new_image.is_empty() {
        new_only.change.old_image.inner_mut().clear();
    }
    let mut named = record.clone();
    named.change.new_image.inner_mut().clear();
    named.change.old_image.inner_mut().clear();
    [record.clone(), new_only, named]
}
