//! Event buses: entries become full events and go to whoever has a matching rule.

mod entry;
pub(crate) mod operations;
mod rule;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

pub use rule::{Rule, SourcePattern};

use crate::core::{Core, lock};
use crate::error::AwsError;
use crate::faults::Faults;
use crate::sqs::{NewMessage, QueueHandle};

/// How large all entries of one put call may be together.
pub const MAX_REQUEST_BYTES: usize = 256 * 1024;

/// How many events the record keeps; older ones are forgotten.
const RECORD_LENGTH: usize = 10_000;

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
    faults: Faults,
    state: Arc<Mutex<State>>,
    /// How many events were ever accepted.
    accepted: watch::Sender<usize>,
}

struct State {
    buses: BTreeSet<String>,
    targets: Vec<(Rule, Target)>,
    delivery: Delivery,
    recorded: VecDeque<Value>,
}

enum Target {
    Channel(mpsc::UnboundedSender<Value>),
    Queue(QueueHandle),
}

impl EventBridge {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        let state = State {
            buses: BTreeSet::from(["default".to_owned()]),
            targets: Vec::new(),
            delivery: Delivery::default(),
            recorded: VecDeque::new(),
        };
        Self { core, faults: Faults::default(), state: Arc::new(Mutex::new(state)), accepted: watch::Sender::new(0) }
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
        self.add(rule, Target::Channel(sender))?;
        Ok(receiver)
    }

    /// Sends every event that matches from now on as a message to a standard queue.
    ///
    /// The put call is answered when the message is in the queue, so with a journal an accepted
    /// event survives the process. What the queue refuses is lost, as without a dead-letter queue
    /// at the target. Refuses a rule on a bus that does not exist.
    pub fn deliver_to(&self, rule: Rule, queue: QueueHandle) -> Result<(), AwsError> {
        self.add(rule, Target::Queue(queue))
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
        lock(&self.state).recorded.iter().filter(|event| wanted(event)).cloned().collect()
    }

    /// The accepted events after the first `seen` ever accepted.
    pub fn events_since(&self, seen: usize) -> Vec<Value> {
        let state = lock(&self.state);
        let forgotten = self.accepted.borrow().saturating_sub(state.recorded.len());
        let skip = seen.saturating_sub(forgotten);
        state.recorded.iter().skip(skip).cloned().collect()
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
        Err(AwsError::sender("ResourceNotFoundException", format!("Event bus {bus} does not exist.")))
    }

    /// Records and delivers the events of one call; fails if a queue could not take one.
    pub(crate) fn publish(&self, events: Vec<(String, Value)>) -> Result<(), AwsError> {
        let mut state = lock(&self.state);
        let delivery = state.delivery;
        let times = match delivery {
            Delivery::InOrder | Delivery::Reversed => 1,
            Delivery::Duplicated => 2,
        };
        let mut ordered: Vec<&(String, Value)> = events.iter().collect();
        if delivery == Delivery::Reversed {
            ordered.reverse();
        }
        for (bus, event) in ordered {
            for _ in 0..times {
                state.deliver(bus, event)?;
            }
        }
        let count = events.len();
        state.recorded.extend(events.into_iter().map(|(_, event)| event));
        let excess = state.recorded.len().saturating_sub(RECORD_LENGTH);
        state.recorded.drain(..excess);
        self.accepted.send_modify(|total| *total += count);
        Ok(())
    }

    fn add(&self, rule: Rule, target: Target) -> Result<(), AwsError> {
        self.check_bus(rule.bus())?;
        lock(&self.state).targets.push((rule, target));
        Ok(())
    }
}

impl State {
    fn deliver(&mut self, bus: &str, event: &Value) -> Result<(), AwsError> {
        let mut outcome = Ok(());
        self.targets.retain(|(rule, target)| {
            if !rule.matches(bus, event) {
                return true;
            }
            match target {
                // A closed channel is a subscriber that left.
                Target::Channel(sender) => sender.send(event.clone()).is_ok(),
                Target::Queue(queue) => {
                    match queue.send(NewMessage::new(event.to_string())) {
                        Ok(_) => {}
                        // What a queue does not take is not the sender's trouble: the put is answered before.
                        Err(error) if error.is_senders() => {
                            tracing::error!(code = error.code(), queue = queue.name(), "an event was not delivered");
                        }
                        Err(error) => outcome = Err(error),
                    }
                    true
                }
            }
        });
        outcome
    }
}

/// Shows no event: details hold what people wrote.
impl fmt::Debug for EventBridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventBridge").field("accepted", &*self.accepted.borrow()).finish_non_exhaustive()
    }
}
