//! What comes next, by simulated time; of what comes at the same moment, the dice decide.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde_json::Value;

use super::post::Callback;

/// One delivery.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The agent runtime requests a transfer.
    Create { case: usize },
    /// The contact's next message.
    Say { case: usize },
    /// The agent runtime ends it.
    End { case: usize },
    /// Somebody looks at a session of which `transfer.stale` told, where nobody else can be asked.
    Stale { case: usize },
    /// The human at the contact centre does the next thing.
    Human { case: usize },
    /// A callback of a contact centre arrives.
    Callback { callback: Callback, tries: u32 },
    /// An event of a partner bus arrives.
    Partner { event: Value, tries: u32 },
    /// One of our own events arrives at the Inbox.
    Inbox { event: Value, tries: u32 },
    /// Stream records come to `relay-changes`.
    Relay,
    /// Commands come to `deliver`.
    Deliver,
    /// The minute of `watch`.
    Watch,
    /// Ticks come to `tick`.
    Tick,
    /// DynamoDB removes what has expired.
    Sweep,
    /// A contact centre stops answering.
    Down { centre: usize, seconds: i64 },
    /// It answers again.
    Up { centre: usize },
}

impl Step {
    /// Whether it comes again and again, whatever else is to be done.
    fn is_routine(&self) -> bool {
        matches!(self, Self::Watch | Self::Sweep | Self::Deliver)
    }
}

#[derive(Debug, Default)]
pub(super) struct Agenda {
    order: BinaryHeap<Reverse<(i64, u64, u64)>>,
    steps: BTreeMap<u64, Step>,
    serial: u64,
    /// How many are not routine.
    left: usize,
}

impl Agenda {
    /// Adds a step at a moment, in milliseconds; `lot` decides among those of the same moment.
    pub(super) fn add(&mut self, at: i64, lot: u64, step: Step) {
        self.serial += 1;
        self.left += usize::from(!step.is_routine());
        self.order.push(Reverse((at, lot, self.serial)));
        self.steps.insert(self.serial, step);
    }

    pub(super) fn next(&mut self) -> Option<(i64, Step)> {
        let Reverse((at, _, serial)) = self.order.pop()?;
        let step = self.steps.remove(&serial)?;
        self.left -= usize::from(!step.is_routine());
        Some((at, step))
    }

    /// Whether nothing is left but routine.
    pub(super) fn is_idle(&self) -> bool {
        self.left == 0
    }
}
