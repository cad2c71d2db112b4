//! Event buses: entries become full events and go to whoever has a matching rule.

mod entry;
mod made;
pub(crate) mod operations;
mod pattern;
mod record;
mod refusal;
mod rule;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

pub use pattern::EventPattern;
pub use rule::Rule;

use crate::core::{Core, lock};
use crate::error::AwsError;
use crate::faults::Faults;
use crate::journal::{Change, JournalError};
use crate::sqs::{NewMessage, QueueHandle, Sqs};
use made::MadeRules;
use record::Record;

/// How large all entries of one put call may be together.
pub const MAX_REQUEST_BYTES: usize = 256 * 1024;

/// How subscribers get the events of one call. EventBridge promises neither order nor exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// Each event once, in the order of the entries.
    #[default]
    InOrder,
    /// Each event twice in a row.
    Duplicated,
    /// Each event once, the last entry of a call first.
    Reversed,
}

/// The direct handle to the buses; cheap to clone, all clones share the state.
#[derive(Clone)]
pub struct EventBridge {
    pub(crate) core: Arc<Core>,
    sqs: Sqs,
    faults: Faults,
    state: Arc<Mutex<State>>,
    /// How many events were ever accepted.
    accepted: watch::Sender<usize>,
}

struct State {
    buses: BTreeSet<String>,
    /// Those of this process.
    subscribers: Vec<(Rule, Subscriber)>,
    /// Those that were made over the wire.
    rules: MadeRules,
    delivery: Delivery,
    record: Record,
}

enum Subscriber {
    Channel(mpsc::UnboundedSender<Value>),
    Queue(QueueHandle),
}

impl EventBridge {
    pub(crate) fn new(core: Arc<Core>, sqs: Sqs) -> Self {
        Self::with_rules(core, sqs, MadeRules::default())
    }

    pub(crate) fn restore(core: Arc<Core>, sqs: Sqs, kept: &BTreeMap<String, Value>) -> Result<Self, JournalError> {
        Ok(Self::with_rules(core, sqs, MadeRules::restore(kept)?))
    }

    fn with_rules(core: Arc<Core>, sqs: Sqs, rules: MadeRules) -> Self {
        let state = Arc::new(Mutex::new(State {
            buses: BTreeSet::from(["default".to_owned()]),
            subscribers: Vec::new(),
            rules,
            delivery: Delivery::default(),
            record: Record::default(),
        }));
        Self { core, sqs, faults: Faults::default(), state, accepted: watch::Sender::new(0) }
    }

    /// Failures on order for the wire operations.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes a bus exist; entries for a bus that does not are refused one by one.
    ///
    /// A partner's bus is named like the partner event source (`aws.partner/…`), as in AWS.
    pub fn create_bus(&self, name: impl Into<String>) {
        lock(&self.state).buses.insert(name.into());
    }

    /// Sends every event that matches from now on to the returned channel.
    ///
    /// The channel holds what the receiver has not taken, without bound, and is gone with the
    /// process; [`EventBridge::deliver_to`] is the target that survives one. Refuses a rule on a
    /// bus that does not exist.
    pub fn subscribe(&self, rule: Rule) -> Result<mpsc::UnboundedReceiver<Value>, AwsError> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.add(rule, Subscriber::Channel(sender))?;
        Ok(receiver)
    }

    /// Sends every event that matches from now on as a message to a standard queue.
    ///
    /// The put call is answered when the message is in the queue, so with a journal an accepted
    /// event survives the process. What the queue refuses is lost, as without a dead-letter queue
    /// at the target. Refuses a rule on a bus that does not exist.
    pub fn deliver_to(&self, rule: Rule, queue: QueueHandle) -> Result<(), AwsError> {
        self.add(rule, Subscriber::Queue(queue))
    }

    /// How deliveries are disturbed from now on.
    pub fn set_delivery(&self, delivery: Delivery) {
        lock(&self.state).delivery = delivery;
    }

    /// The accepted events, oldest first, as far back as the record reaches.
    pub fn recorded_events(&self) -> Vec<Value> {
        self.recorded_where(|_| true)
    }

    /// Those of the recorded events that are `wanted`, oldest first.
    pub fn recorded_where(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        lock(&self.state).record.events().filter(|event| wanted(event)).cloned().collect()
    }

    /// The last events of one bus that are `wanted`, at most so many, oldest first.
    pub fn last_events(&self, bus: &str, most: usize, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        lock(&self.state).record.last(bus, most, wanted)
    }

    /// The accepted events after the first `seen` ever accepted.
    pub fn events_since(&self, seen: usize) -> Vec<Value> {
        let state = lock(&self.state);
        let forgotten = self.accepted.borrow().saturating_sub(state.record.len());
        let skip = seen.saturating_sub(forgotten);
        state.record.events().skip(skip).cloned().collect()
    }

    /// The number of events ever accepted, to await the next without sleeping.
    pub fn accepted(&self) -> watch::Receiver<usize> {
        self.accepted.subscribe()
    }

    /// Waits until some recorded event satisfies `wanted`, and returns the first that does.
    pub async fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut accepted = self.accepted();
        let mut seen = 0;
        loop {
            let total = *accepted.borrow_and_update();
            if let Some(event) = self.events_since(seen).into_iter().find(&wanted) {
                return event;
            }
            seen = total;
            if accepted.changed().await.is_err() {
                // `self` holds the sender: it cannot be gone.
                std::future::pending::<()>().await;
            }
        }
    }

    pub(crate) fn check_bus(&self, bus: &str) -> Result<(), AwsError> {
        if lock(&self.state).buses.contains(bus) {
            return Ok(());
        }
        Err(refusal::no_bus(bus))
    }

    /// Looks at the rules that were made over the wire.
    fn read_rules<T>(&self, look: impl FnOnce(&MadeRules) -> Result<T, AwsError>) -> Result<T, AwsError> {
        look(&lock(&self.state).rules)
    }

    /// Changes the rules that were made over the wire, and writes the changes to the journal.
    fn change_rules<T>(
        &self,
        act: impl FnOnce(&mut MadeRules) -> Result<(T, Vec<Change>), AwsError>,
    ) -> Result<T, AwsError> {
        let mut state = lock(&self.state);
        let (outcome, changes) = act(&mut state.rules)?;
        self.core.commit(changes)?;
        Ok(outcome)
    }

    /// Records and delivers the events of one call; fails if a queue could not take one.
    pub(crate) fn publish(&self, events: Vec<(String, Value)>) -> Result<(), AwsError> {
        let mut state = lock(&self.state);
        let delivery = state.delivery;
        let times = match delivery {
            Delivery::InOrder | Delivery::Reversed => 1,
            Delivery::Duplicated => 2,
        };
        let texts: Vec<String> = events.iter().map(|(_, event)| event.to_string()).collect();
        let mut ordered: Vec<_> = events.iter().zip(&texts).collect();
        if delivery == Delivery::Reversed {
            ordered.reverse();
        }
        for ((bus, event), text) in ordered {
            for _ in 0..times {
                state.tell_subscribers(bus, event, text)?;
                state.tell_targets(&self.sqs, bus, event, text)?;
            }
        }
        let count = events.len();
        for ((bus, event), text) in events.into_iter().zip(texts) {
            state.record.add(bus, event, text.len());
        }
        self.accepted.send_modify(|total| *total += count);
        Ok(())
    }

    fn add(&self, rule: Rule, subscriber: Subscriber) -> Result<(), AwsError> {
        self.check_bus(rule.bus())?;
        lock(&self.state).subscribers.push((rule, subscriber));
        Ok(())
    }
}

impl State {
    fn tell_subscribers(&mut self, bus: &str, event: &Value, text: &str) -> Result<(), AwsError> {
        let mut outcome = Ok(());
        self.subscribers.retain(|(rule, subscriber)| {
            if !rule.matches(bus, event) {
                return true;
            }
            match subscriber {
                // A closed channel is a subscriber that left.
                Subscriber::Channel(sender) => sender.send(event.clone()).is_ok(),
                Subscriber::Queue(queue) => {
                    if let Err(error) = taken(queue.send(NewMessage::new(text)), queue.name()) {
                        outcome = Err(error);
                    }
                    true
                }
            }
        });
        outcome
    }

    fn tell_targets(&self, sqs: &Sqs, bus: &str, event: &Value, text: &str) -> Result<(), AwsError> {
        for target in self.rules.targets_of(bus, event) {
            let Some(name) = target.queue() else { continue };
            let Some(message) = target.message(event, text) else {
                tracing::warn!(queue = name, "an event was not delivered: it has nothing at the target's InputPath");
                continue;
            };
            taken(sqs.queue(name).and_then(|queue| queue.send(message)), name)?;
        }
        Ok(())
    }
}

/// What a queue does not take is not the sender's trouble: the put is answered before. Only what could not be written is.
fn taken<T>(sent: Result<T, AwsError>, queue: &str) -> Result<(), AwsError> {
    match sent {
        Err(error) if error.is_senders() => {
            tracing::error!(code = error.code(), message = error.message(), queue, "an event was not delivered");
            Ok(())
        }
        sent => sent.map(drop),
    }
}

/// Shows no event: details hold what people wrote.
impl fmt::Debug for EventBridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventBridge").field("accepted", &*self.accepted.borrow()).finish_non_exhaustive()
    }
}
