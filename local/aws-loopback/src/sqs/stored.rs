//! Where queues stand in the journal: `sqs/<queue>/<what>/<which>`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::deduplication::Deduplicator;
use super::message::Message;
use super::queue::Queue;
use crate::journal::{Change, JournalError, decode};

/// One kept thing of a queue.
pub(crate) enum Stored<'a> {
    Settings,
    Sequence,
    Message(u64),
    Deduplication(&'a str),
}

const PREFIX: &str = "sqs/";

impl Stored<'_> {
    pub(crate) fn put(&self, queue: &str, value: &impl Serialize) -> Change {
        Change::put(self.key(queue), value)
    }

    pub(crate) fn removal(&self, queue: &str) -> Change {
        Change::Remove { key: self.key(queue) }
    }

    fn key(&self, queue: &str) -> String {
        match self {
            Self::Settings => format!("{PREFIX}{queue}/settings/"),
            Self::Sequence => format!("{PREFIX}{queue}/sequence/"),
            Self::Message(sequence) => format!("{PREFIX}{queue}/message/{sequence:020}"),
            Self::Deduplication(key) => format!("{PREFIX}{queue}/deduplication/{key}"),
        }
    }
}

/// All queues of the journal. Messages that were in flight are not any more.
pub(crate) fn restore(kept: &BTreeMap<String, Value>) -> Result<Vec<Queue>, JournalError> {
    let mut by_queue: BTreeMap<&str, Vec<(&str, &str, &String, &Value)>> = BTreeMap::new();
    for (key, value) in kept {
        let Some(rest) = key.strip_prefix(PREFIX) else {
            continue;
        };
        let mut parts = rest.splitn(3, '/');
        if let (Some(queue), Some(what), Some(which)) = (parts.next(), parts.next(), parts.next()) {
            by_queue.entry(queue).or_default().push((what, which, key, value));
        }
    }
    by_queue.into_iter().map(|(name, things)| restore_queue(name, &things)).collect()
}

fn restore_queue(name: &str, things: &[(&str, &str, &String, &Value)]) -> Result<Queue, JournalError> {
    let settings = things.iter().find(|(what, ..)| *what == "settings");
    let Some((_, _, key, value)) = settings else {
        return Err(JournalError::Damaged { record: format!("{PREFIX}{name}") });
    };
    let mut queue = Queue::new(name.to_owned(), decode(key, value)?);
    let mut windows = Vec::new();
    for (what, which, key, value) in things {
        match *what {
            "sequence" => queue.next_sequence = decode(key, value)?,
            "message" => {
                let message: Message = decode(key, value)?;
                queue.hold(message);
            }
            "deduplication" => windows.push(((*which).to_owned(), decode(key, value)?)),
            _ => {}
        }
    }
    queue.deduplicator = Deduplicator::restore(windows);
    Ok(queue)
}
