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
    owner: Owner,
    changed: watch::Sender<()>,
}

/// Who made a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// This process, which rests on it: nobody deletes it over the wire, and it holds whatever is sent.
    Process,
    /// Somebody over the wire, who may have forgotten it: it holds so much, and then forgets its oldest messages.
    Caller,
}

impl Watched {
    fn new(queue: Queue, owner: Owner) -> Self {
        Self { queue, owner, changed: watch::Sender::new(()) }
    }
}

impl Sqs {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, faults: Faults::default(), queues: Arc::default(), closing: watch::Sender::new(false) }
    }

    pub(crate) fn restore(core: Arc<Core>, kept: &BTreeMap<String, Value>) -> Result<Self, JournalError> {
        let sqs = Self::new(core);
        for queue in stored::restore(kept)? {
            lock(&sqs.queues).insert(queue.name.clone(), Watched::new(queue, Owner::Caller));
        }
        Ok(sqs)
    }

    /// Failures on order for the wire operations.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes the queue exist with these settings; an existing one keeps its messages and takes the
    /// settings, unlike `CreateQueue`, which refuses a difference. It is this process's from then on: over the wire it
    /// can be used but not deleted.
    ///
    /// Refuses a name that does not fit the kind, and a dead-letter queue that does not exist.
    pub fn declare(&self, name: &str, settings: QueueSettings) -> Result<QueueHandle, AwsError> {
        let mut queues = lock(&self.queues);
        let change = put_settings(&mut queues, name, settings, Owner::Process)?;
        self.core.commit(vec![change])?;
        Ok(QueueHandle::new(self.clone(), name.to_owned()))
    }

    /// Makes a queue for a caller; refused if there is one whose attributes are not these.
    fn create(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), AwsError> {
        let mut queues = lock(&self.queues);
        if let Some(watched) = queues.get(name) {
            let existing = &watched.queue.settings;
            let same = existing.with_attributes(attributes).is_ok_and(|settings| settings == *existing);
            return if same { Ok(()) } else { Err(refusal::queue_exists(name)) };
        }
        let settings = QueueSettings::from_attributes(attributes)?;
        let change = put_settings(&mut queues, name, settings, Owner::Caller)?;
        self.core.commit(vec![change])
    }

    /// Deletes a caller's queue with its messages. Queues whose dead-letter queue it was keep their messages from then on.
    fn delete(&self, name: &str) -> Result<(), AwsError> {
        let mut queues = lock(&self.queues);
        if queues.get(name).is_some_and(|watched| watched.owner == Owner::Process) {
            return Err(refusal::access_denied(name));
        }
        let deleted = queues.remove(name).ok_or_else(refusal::no_queue)?;
        let mut changes = deleted.queue.removal();
        for watched in queues.values_mut() {
            let settings = &mut watched.queue.settings;
            if settings.redrive.take_if(|redrive| redrive.dead_letter_queue == name).is_some() {
                changes.push(Stored::Settings.put(&watched.queue.name, settings));
            }
        }
        self.core.commit(changes)
    }

    /// The names of all queues, in their order.
    fn names(&self) -> Vec<String> {
        lock(&self.queues).keys().cloned().collect()
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

    /// Sends to one queue, and lets one that nobody may read any more forget its oldest messages.
    fn send(&self, name: &str, new: NewMessage) -> Result<Sent, AwsError> {
        let now = self.core.now();
        let mut queues = lock(&self.queues);
        let watched = queues.get_mut(name).ok_or_else(refusal::no_queue)?;
        let queue = &mut watched.queue;
        let new = check::message(new, &queue.settings)?;
        // The persisted number keeps ids apart across restarts.
        let context = format!("{}/{}", queue.name, queue.next_sequence());
        let id = self.core.ids.uuid_of(&context).to_string();
        let mut changes = Vec::new();
        let sent = queue.send(new, id, now, &mut changes);
        if watched.owner == Owner::Caller {
            let forgotten = queue.forget_oldest(now, &mut changes);
            if forgotten > 0 {
                tracing::warn!(queue = name, forgotten, "a queue is full: it forgot its oldest messages");
            }
        }
        let written = self.core.commit(changes);
        watched.changed.send_replace(());
        written.map(|()| sent)
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

/// Makes a queue or gives an existing one other settings.
fn put_settings(
    queues: &mut BTreeMap<String, Watched>,
    name: &str,
    settings: QueueSettings,
    owner: Owner,
) -> Result<Change, AwsError> {
    check::queue_name(name, settings.kind)?;
    if let Some(redrive) = &settings.redrive {
        let target = queues.get(&redrive.dead_letter_queue);
        check::dead_letter_queue(target.map(|found| found.queue.settings.kind), settings.kind)?;
    }
    let change = Stored::Settings.put(name, &settings);
    match queues.get_mut(name) {
        Some(watched) if watched.queue.settings.kind != settings.kind => return Err(refusal::queue_exists(name)),
        Some(watched) => {
            watched.queue.settings = settings;
            watched.owner = owner;
            watched.changed.send_replace(());
        }
        None => {
            let queue = Queue::new(name.to_owned(), settings);
            queues.insert(name.to_owned(), Watched::new(queue, owner));
        }
    }
    Ok(change)
}

/// Shows the queues' names and no message.
impl fmt::Debug for Sqs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queues = lock(&self.queues);
        formatter.debug_struct("Sqs").field("queues", &queues.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
