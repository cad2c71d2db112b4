//! What goes wrong with which I/O, and the record of all of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{Call, Refusal};

/// What happens to one I/O instead of passing.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing is forwarded; the caller gets this answer.
    Answer(Refusal),
    /// Nothing is forwarded; the connection is closed.
    DropBefore,
    /// It is forwarded and takes effect, but the answer is lost: an ambiguous write.
    DropAfter,
    /// The entries at these positions of a batch call fail inside a 200; the others are forwarded.
    FailEntries(Vec<usize>),
    /// The same, refused with a code for what they are.
    RefuseEntries(Vec<usize>, &'static str),
}

/// How a batch call answers an entry that it does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusing {
    /// The entry is refused inside a 200.
    Entry,
    /// The whole call is.
    Call,
}

/// Which side of an I/O the process is killed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It was about to make the call.
    Before,
    /// The call took effect, and the process did not live to see the answer.
    After,
}

/// What became of an I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Forwarded and answered.
    Passed,
    /// Hit by a planned fault.
    Faulted,
    /// Dropped because the process had been cut off.
    CutOff,
}

/// One I/O that came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Io {
    /// Its number, from 1.
    pub step: usize,
    /// The AWS operation, or method and path.
    pub operation: String,
    /// What it asked of AWS.
    pub calls: Vec<Call>,
    /// What became of it.
    pub fate: Fate,
}

/// The plan and the record of one or more proxies. A clone is the same plan.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    ios: Vec<Io>,
    steps: Vec<(usize, Fault)>,
    operations: Vec<(String, VecDeque<Fault>)>,
    contents: Vec<Content>,
    cut: Option<(usize, Side)>,
}

/// What a batch call does not take, however often it comes.
#[derive(Debug)]
struct Content {
    operation: String,
    marker: String,
    refusing: Refusing,
    code: &'static str,
}

impl Content {
    fn fault(&self, operation: &str, body: &[u8]) -> Option<Fault> {
        if operation != self.operation {
            return None;
        }
        let body: Value = serde_json::from_slice(body).expect("a call in JSON");
        let entries = body["Entries"].as_array().into_iter().flatten().enumerate();
        let has_it = |(_, entry): &(usize, &Value)| entry.to_string().contains(&self.marker);
        let positions: Vec<usize> = entries.filter(has_it).map(|(position, _)| position).collect();
        if positions.is_empty() {
            return None;
        }
        Some(match self.refusing {
            Refusing::Entry => Fault::RefuseEntries(positions, self.code),
            Refusing::Call => Fault::Answer(Refusal::of(self.code)),
        })
    }
}

impl Faults {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets plan and record: the next I/O is number 1 and passes.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// The I/O with this number goes wrong.
    pub fn at(&self, step: usize, fault: Fault) {
        self.lock().steps.push((step, fault));
    }

    /// The next I/Os of an operation go wrong, one fault each.
    pub fn on(&self, operation: &str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().operations.push((operation.to_owned(), faults.into_iter().collect()));
    }

    /// No batch call of the operation takes an entry with this text in it.
    pub fn refuse(&self, operation: &str, marker: &str, refusing: Refusing, code: &'static str) {
        let (operation, marker) = (operation.to_owned(), marker.to_owned());
        self.lock().contents.push(Content { operation, marker, refusing, code });
    }

    /// The process is killed at this I/O: from there on everything is dropped.
    pub fn cut(&self, step: usize, side: Side) {
        self.lock().cut = Some((step, side));
    }

    /// All I/O since the last clear, in order.
    pub fn ios(&self) -> Vec<Io> {
        self.lock().ios.clone()
    }

    /// The operations of all I/O since the last clear, in order.
    pub fn operations(&self) -> Vec<String> {
        self.lock().ios.iter().map(|io| io.operation.clone()).collect()
    }

    /// How many I/Os of an operation came by.
    pub fn count(&self, operation: &str) -> usize {
        self.lock().ios.iter().filter(|io| io.operation == operation).count()
    }

    /// Counts an I/O and says what is to happen to it; `None` = it passes.
    pub(super) fn next(&self, operation: &str, calls: Vec<Call>, body: &[u8]) -> Option<Fault> {
        let mut state = self.lock();
        let step = state.ios.len() + 1;
        let (fault, fate) = state.decide(step, operation, body);
        state.ios.push(Io { step, operation: operation.to_owned(), calls, fate });
        fault
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn decide(&mut self, step: usize, operation: &str, body: &[u8]) -> (Option<Fault>, Fate) {
        match self.cut {
            Some((at, Side::After)) if step == at => return (Some(Fault::DropAfter), Fate::CutOff),
            Some((at, _)) if step >= at => return (Some(Fault::DropBefore), Fate::CutOff),
            Some(_) | None => {}
        }
        let planned = self.steps.iter().find(|(at, _)| *at == step).map(|(_, fault)| fault.clone());
        let queued = || {
            let waiting = self.operations.iter_mut().filter(|(name, _)| name == operation);
            waiting.map(|(_, faults)| faults).find_map(VecDeque::pop_front)
        };
        let content = || self.contents.iter().find_map(|content| content.fault(operation, body));
        match planned.or_else(queued).or_else(content) {
            Some(fault) => (Some(fault), Fate::Faulted),
            None => (None, Fate::Passed),
        }
    }
}
