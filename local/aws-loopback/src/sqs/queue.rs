//! One queue as a state machine: no clock, no waiting, no input or output.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::QueueCounts;
use super::deduplication::{Deduplicator, FirstSend, WINDOW_SECONDS};
use super::message::{Message, NewMessage, ReceivedMessage, Sent, after};
use super::receipt::Receipt;
use super::refusal;
use super::settings::{DeduplicationScope, QueueKind, QueueSettings, arn};
use super::stored::Stored;
use crate::error::AwsError;
use crate::journal::Change;

/// How much a queue holds that nobody may read any more: so many messages,
const MAX_MESSAGES: usize = 10_000;
/// and so many bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) settings: QueueSettings,
    messages: BTreeMap<u64, Message>,
    /// The size of all messages.
    bytes: usize,
    pub(super) next_sequence: u64,
    pub(super) deduplicator: Deduplicator,
    /// Sequences of messages whose `hidden_until` is set, perhaps passed already.
    hidden: BTreeSet<u64>,
}

/// When a receive would find something, as far as the clock alone decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    Now,
    At(DateTime<Utc>),
    /// Only another send, delete or release can change it.
    Waiting,
}

/// The outcome of a receive.
pub(crate) struct Taken {
    pub(crate) messages: Vec<ReceivedMessage>,
    /// Messages that were received too often and now belong to the dead-letter queue.
    pub(crate) dead: Vec<Message>,
}

impl Queue {
    pub(crate) fn new(name: String, settings: QueueSettings) -> Self {
        Self {
            name,
            settings,
            messages: BTreeMap::new(),
            bytes: 0,
            next_sequence: 1,
            deduplicator: Deduplicator::default(),
            hidden: BTreeSet::new(),
        }
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.settings.kind == QueueKind::Fifo
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Takes a checked message, or recognises it as a repeat.
    pub(crate) fn send(&mut self, new: NewMessage, id: String, now: DateTime<Utc>, changes: &mut Vec<Change>) -> Sent {
        let key = self.deduplication_key(&new);
        for ended in self.deduplicator.close_ended(now) {
            changes.push(Stored::Deduplication(&ended).removal(&self.name));
        }
        if let Some(first) = key.as_deref().and_then(|key| self.deduplicator.find(key, now)) {
            return self.sent(first.message_id.clone(), first.sequence);
        }
        let message = Message {
            id,
            body: new.body,
            attributes: new.attributes,
            group: new.group,
            deduplication_id: new.deduplication_id,
            sequence: self.next_sequence,
            sent_at: now,
            available_at: after(now, new.delay.unwrap_or(self.settings.delay)),
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
            hidden_until: None,
        };
        let sent = self.sent(message.id.clone(), message.sequence);
        if let Some(key) = key {
            self.open_window(key, &message, now, changes);
        }
        self.insert(message, changes);
        sent
    }

    /// Takes a message that was received too often from the queue `source`.
    pub(crate) fn adopt(&mut self, message: Message, source: &str, now: DateTime<Utc>, changes: &mut Vec<Change>) {
        let message = Message {
            sequence: self.next_sequence,
            sent_at: now,
            available_at: now,
            dead_letter_source: Some(arn(source)),
            hidden_until: None,
            ..message
        };
        self.insert(message, changes);
    }

    /// Hands out up to `max` messages and hides them for `visibility` seconds.
    ///
    /// A FIFO group with a message in flight or still delayed gives nothing; otherwise one receive
    /// may take several messages of a group, in order.
    pub(crate) fn receive(
        &mut self,
        max: usize,
        visibility: u32,
        now: DateTime<Utc>,
        changes: &mut Vec<Change>,
    ) -> Taken {
        self.drop_retired(now, changes);
        self.unhide_passed(now);
        let mut taken = Taken { messages: Vec::new(), dead: Vec::new() };
        for sequence in self.candidates(max, now) {
            if self.is_dead(sequence) {
                if let Some(message) = self.remove(sequence, changes) {
                    taken.dead.push(message);
                }
            } else if let Some(message) = self.hand_out(sequence, visibility, now, changes) {
                taken.messages.push(message);
            }
        }
        taken
    }

    /// Deletes by receipt. Repeating it is harmless; FIFO queues refuse an expired receipt.
    pub(crate) fn delete(
        &mut self,
        handle: &str,
        now: DateTime<Utc>,
        changes: &mut Vec<Change>,
    ) -> Result<(), AwsError> {
        let receipt = Receipt::parse(&self.name, handle)?;
        let Some(message) = self.messages.get(&receipt.sequence) else {
            return Ok(());
        };
        let held = receipt.is_latest_of(message);
        if self.is_fifo() && !(held && message.is_in_flight(now)) {
            return Err(refusal::receipt_expired());
        }
        if held {
            self.remove(receipt.sequence, changes);
        }
        Ok(())
    }

    /// Hides a held message for `seconds` from now, or shows it again at once with zero.
    pub(crate) fn change_visibility(&mut self, handle: &str, seconds: u32, now: DateTime<Utc>) -> Result<(), AwsError> {
        let receipt = Receipt::parse(&self.name, handle)?;
        let message = self
            .messages
            .get_mut(&receipt.sequence)
            .filter(|message| receipt.is_latest_of(message) && message.is_in_flight(now))
            .ok_or_else(refusal::not_in_flight)?;
        message.hidden_until = Some(after(now, seconds));
        Ok(())
    }

    /// Deletes everything; the deduplication windows stay.
    pub(crate) fn purge(&mut self, changes: &mut Vec<Change>) {
        while let Some((&sequence, _)) = self.messages.first_key_value() {
            self.remove(sequence, changes);
        }
    }

    /// Drops what is older than the retention and, of a queue that is full, the oldest tenth; tells how many those were.
    pub(crate) fn forget_oldest(&mut self, now: DateTime<Utc>, changes: &mut Vec<Change>) -> usize {
        self.drop_retired(now, changes);
        let mut forgotten = 0;
        if self.messages.len() <= MAX_MESSAGES && self.bytes <= MAX_BYTES {
            return forgotten;
        }
        while (self.messages.len() > MAX_MESSAGES / 10 * 9 || self.bytes > MAX_BYTES / 10 * 9)
            && let Some((&sequence, _)) = self.messages.first_key_value()
        {
            self.remove(sequence, changes);
            forgotten += 1;
        }
        forgotten
    }

    /// What takes the queue out of the journal.
    pub(crate) fn removal(&self) -> Vec<Change> {
        let messages = self.messages.keys().map(|&sequence| Stored::Message(sequence).removal(&self.name));
        let windows = self.deduplicator.keys().map(|key| Stored::Deduplication(key).removal(&self.name));
        let own = [Stored::Settings, Stored::Sequence].map(|stored| stored.removal(&self.name));
        messages.chain(windows).chain(own).collect()
    }

    pub(crate) fn counts(&self, now: DateTime<Utc>) -> QueueCounts {
        let mut counts = QueueCounts::default();
        for message in self.messages.values() {
            if message.is_in_flight(now) {
                counts.in_flight += 1;
            } else if message.available_at > now {
                counts.delayed += 1;
            } else {
                counts.visible += 1;
            }
        }
        counts
    }

    pub(crate) fn readiness(&self, now: DateTime<Utc>) -> Readiness {
        if !self.candidates(1, now).is_empty() {
            return Readiness::Now;
        }
        let times = self
            .messages
            .values()
            .map(|message| message.hidden_until.map_or(message.available_at, |until| until.max(message.available_at)));
        times.filter(|time| *time > now).min().map_or(Readiness::Waiting, Readiness::At)
    }

    /// The sequences a receive may take now, oldest first.
    fn candidates(&self, max: usize, now: DateTime<Utc>) -> Vec<u64> {
        let mut blocked = self.groups_in_flight(now);
        let mut found = Vec::new();
        for (&sequence, message) in &self.messages {
            if found.len() >= max {
                break;
            }
            let group = message.group.as_deref().filter(|_| self.is_fifo());
            if message.is_in_flight(now) || group.is_some_and(|group| blocked.contains(group)) {
                continue;
            }
            if message.available_at > now {
                blocked.extend(group);
                continue;
            }
            found.push(sequence);
        }
        found
    }

    fn groups_in_flight(&self, now: DateTime<Utc>) -> HashSet<&str> {
        if !self.is_fifo() {
            return HashSet::new();
        }
        self.hidden
            .iter()
            .filter_map(|sequence| self.messages.get(sequence))
            .filter(|message| message.is_in_flight(now))
            .filter_map(|message| message.group.as_deref())
            .collect()
    }

    fn is_dead(&self, sequence: u64) -> bool {
        let count = self.messages.get(&sequence).map(|message| message.receive_count);
        let limit = self.settings.redrive.as_ref();
        count.zip(limit).is_some_and(|(count, limit)| count >= limit.max_receive_count)
    }

    fn hand_out(
        &mut self,
        sequence: u64,
        visibility: u32,
        now: DateTime<Utc>,
        changes: &mut Vec<Change>,
    ) -> Option<ReceivedMessage> {
        let is_fifo = self.is_fifo();
        let message = self.messages.get_mut(&sequence)?;
        message.receive_count = message.receive_count.saturating_add(1);
        message.hidden_until = Some(after(now, visibility));
        self.hidden.insert(sequence);
        let first_received_at = *message.first_received_at.get_or_insert(now);
        changes.push(Stored::Message(sequence).put(&self.name, message));
        Some(ReceivedMessage {
            message_id: message.id.clone(),
            receipt_handle: Receipt::issue(&self.name, message),
            body: message.body.clone(),
            attributes: message.attributes.clone(),
            receive_count: message.receive_count,
            sent_at: message.sent_at,
            first_received_at,
            group: message.group.clone(),
            deduplication_id: message.deduplication_id.clone(),
            sequence_number: is_fifo.then(|| sequence_number(sequence)),
            dead_letter_source: message.dead_letter_source.clone(),
        })
    }

    fn insert(&mut self, message: Message, changes: &mut Vec<Change>) {
        self.next_sequence = self.next_sequence.saturating_add(1);
        changes.push(Stored::Sequence.put(&self.name, &self.next_sequence));
        changes.push(Stored::Message(message.sequence).put(&self.name, &message));
        self.hold(message);
    }

    /// Takes a message that is in the journal already.
    pub(super) fn hold(&mut self, message: Message) {
        self.bytes = self.bytes.saturating_add(message.size());
        self.messages.insert(message.sequence, message);
    }

    fn remove(&mut self, sequence: u64, changes: &mut Vec<Change>) -> Option<Message> {
        self.hidden.remove(&sequence);
        let message = self.messages.remove(&sequence)?;
        self.bytes = self.bytes.saturating_sub(message.size());
        changes.push(Stored::Message(sequence).removal(&self.name));
        Some(message)
    }

    fn drop_retired(&mut self, now: DateTime<Utc>, changes: &mut Vec<Change>) {
        while let Some((&sequence, message)) = self.messages.first_key_value()
            && after(message.sent_at, self.settings.retention) <= now
        {
            self.remove(sequence, changes);
        }
    }

    fn unhide_passed(&mut self, now: DateTime<Utc>) {
        let messages = &mut self.messages;
        self.hidden.retain(|sequence| {
            let Some(message) = messages.get_mut(sequence) else {
                return false;
            };
            if !message.is_in_flight(now) {
                message.hidden_until = None;
            }
            message.hidden_until.is_some()
        });
    }

    fn open_window(&mut self, key: String, message: &Message, now: DateTime<Utc>, changes: &mut Vec<Change>) {
        let first = FirstSend {
            message_id: message.id.clone(),
            sequence: message.sequence,
            ends_at: after(now, WINDOW_SECONDS),
        };
        changes.push(Stored::Deduplication(&key).put(&self.name, &first));
        self.deduplicator.open(key, first);
    }

    fn deduplication_key(&self, new: &NewMessage) -> Option<String> {
        let id = new.deduplication_id.as_ref().filter(|_| self.is_fifo())?;
        Some(match self.settings.deduplication_scope {
            DeduplicationScope::Queue => id.clone(),
            // Ids hold no space, so the pair is unambiguous.
            DeduplicationScope::MessageGroup => {
                format!("{} {id}", new.group.as_deref().unwrap_or_default())
            }
        })
    }

    fn sent(&self, message_id: String, sequence: u64) -> Sent {
        Sent { message_id, sequence_number: self.is_fifo().then(|| sequence_number(sequence)) }
    }
}

/// Twenty digits, so that they order as text too.
fn sequence_number(sequence: u64) -> String {
    format!("{sequence:020}")
}
