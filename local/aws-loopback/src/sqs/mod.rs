//! Queues: the service around the state machine, with waiting and the journal.

mod check;
mod deduplication;
mod handle;
mod lambda_event;
mod message;
pub(crate) mod operations;
mod queue;
#[cfg(test)]
mod queue_tests;
mod receipt;
mod refusal;
mod settings;
mod stored;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::watch;

pub use handle::{QueueCounts, QueueHandle};
pub use message::{AttributeValue, NewMessage, ReceivedMessage, Sent};
pub use settings::{Deduplication, DeduplicationScope, QueueKind, QueueSettings, Redrive};

use crate::core::{Core, lock};
use crate::error::AwsError;
use crate::faults::Faults;
use crate::journal::{Change, JournalError};
use queue::{Queue, Readiness};
use stored::Stored;

/// The direct handle to all queues; cheap to clone, all clones share the state.
#[derive(Clone)]
pub struct Sqs {
    core: Arc<Core>,
    faults: Faults,
    queues: Arc<Mutex<BTreeMap<String, Watched>>>,
    closing: watch::Sender<bool>,
}

/// A queue and the means to wake those who wait for it.
struct Watched {
    queue: Queue,
    changed: watch::Sender<()>,
}

impl Watched {
    fn new(queue: Queue) -> Self {
        Self { queue, changed: watch::Sender::new(()) }
    }
}

impl Sqs {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, faults: Faults::default(), queues: Arc::default(), closing: watch::Sender::new(false) }
    }

    pub(crate) fn restore(core: Arc<Core>, kept: &BTreeMap<String, Value>) -> Result<Self, JournalError> {
        let sqs = Self::new(core);
        for queue in stored::restore(kept)? {
            lock(&sqs.queues).insert(queue.name.clone(), Watched::new(queue));
        }
        Ok(sqs)
    }

    /// Failures on order for the wire operations.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes the queue exist with these settings; an existing one keeps its messages and takes the
    /// settings, unlike `CreateQueue`, which refuses a difference.
    ///
    /// Refuses a name that does not fit the kind, and a dead-letter queue that does not exist.
    pub fn declare(&self, name: &str, settings: QueueSettings) -> Result<QueueHandle, AwsError> {
        let mut queues = lock(&self.queues);
        check::queue_name(name, settings.kind)?;
        if let Some(redrive) = &settings.redrive {
            let target = queues.get(&redrive.dead_letter_queue);
            check::dead_letter_queue(target.map(|found| found.queue.settings.kind), settings.kind)?;
        }
        let existing = queues.get_mut(name);
        if let Some(watched) = &existing
            && watched.queue.settings.kind != settings.kind
        {
            return Err(refusal::queue_exists(name));
        }
        let change = Stored::Settings.put(name, &settings);
        if let Some(watched) = existing {
            watched.queue.settings = settings;
            watched.changed.send_replace(());
        } else {
            let queue = Queue::new(name.to_owned(), settings);
            queues.insert(name.to_owned(), Watched::new(queue));
        }
        self.core.commit(vec![change])?;
        Ok(QueueHandle::new(self.clone(), name.to_owned()))
    }

    /// The queue of this name; refused if there is none.
    pub fn queue(&self, name: &str) -> Result<QueueHandle, AwsError> {
        if lock(&self.queues).contains_key(name) {
            return Ok(QueueHandle::new(self.clone(), name.to_owned()));
        }
        Err(refusal::no_queue())
    }

    pub(crate) fn wake_all(&self) {
        for watched in lock(&self.queues).values() {
            watched.changed.send_replace(());
        }
    }

    pub(crate) fn end_long_polls(&self) {
        self.closing.send_replace(true);
    }

    /// Reads one queue.
    fn read<T>(&self, name: &str, look: impl FnOnce(&Queue) -> T) -> Result<T, AwsError> {
        lock(&self.queues).get(name).map(|watched| look(&watched.queue)).ok_or_else(refusal::no_queue)
    }

    /// Changes one queue, writes the changes to the journal, and wakes who waits for the queue.
    fn change<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Queue, &mut Vec<Change>) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let mut queues = lock(&self.queues);
        let watched = queues.get_mut(name).ok_or_else(refusal::no_queue)?;
        let mut changes = Vec::new();
        let outcome = act(&mut watched.queue, &mut changes);
        let written = self.core.commit(changes);
        watched.changed.send_replace(());
        let outcome = outcome?;
        written.map(|()| outcome)
    }

    /// Receives from one queue and moves what was received too often, in one commit.
    fn receive(&self, name: &str, max: usize, visibility: Option<u32>) -> Result<Vec<ReceivedMessage>, AwsError> {
        let now = self.core.now();
        let mut queues = lock(&self.queues);
        let source = queues.get_mut(name).ok_or_else(refusal::no_queue)?;
        let mut changes = Vec::new();
        let visibility = visibility.unwrap_or(source.queue.settings.visibility_timeout);
        let taken = source.queue.receive(max, visibility, now, &mut changes);
        let redrive = source.queue.settings.redrive.clone();
        if !taken.dead.is_empty() {
            // Their groups may be free now.
            source.changed.send_replace(());
        }
        if let Some(target) = redrive.and_then(|rule| queues.get_mut(&rule.dead_letter_queue)) {
            for message in taken.dead {
                target.queue.adopt(message, name, now, &mut changes);
                target.changed.send_replace(());
            }
        }
        self.core.commit(changes)?;
        Ok(taken.messages)
    }

    fn readiness(&self, name: &str) -> Result<(Readiness, watch::Receiver<()>), AwsError> {
        let now = self.core.now();
        let queues = lock(&self.queues);
        let watched = queues.get(name).ok_or_else(refusal::no_queue)?;
        // Subscribed under the same lock as the look: no change in between is missed.
        Ok((watched.queue.readiness(now), watched.changed.subscribe()))
    }
}

/// Shows the queues' names and no message.
impl fmt::Debug for Sqs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queues = lock(&self.queues);
        formatter.debug_struct("Sqs").field("queues", &queues.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
