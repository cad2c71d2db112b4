//! What goes wrong with one delivery: the process that carries it out is killed before or after one of its calls, or one
//! of its calls of AWS fails, or has its effect without an answer.

use std::sync::Arc;

use super::run::Simulation;
use crate::fault_proxy::{Fate, Fault, Refusal, Side};
use crate::harness::Process;

/// The furthest call that something happens to.
const CALLS: usize = 9;

/// A process at work.
pub(super) struct Work {
    pub(super) process: Arc<Process>,
    disturbed: bool,
}

impl Simulation {
    /// A process for one delivery, with whatever is to go wrong.
    pub(super) fn begin(&mut self) -> Work {
        self.world.faults.clear();
        if !self.dice.percent(self.plan.mishaps) {
            return Work { process: Arc::clone(&self.calm), disturbed: false };
        }
        let step = 1 + self.dice.index(CALLS);
        let faults = &self.world.faults;
        match self.dice.index(6) {
            0 | 1 => faults.cut(step, Side::Before),
            2 => faults.cut(step, Side::After),
            3 => faults.at(step, Fault::DropAfter),
            4 => faults.at(step, Fault::Answer(Refusal::throttled())),
            _ => (0..6).for_each(|more| faults.at(step + more, Fault::Answer(Refusal::internal()))),
        }
        Work { process: Arc::clone(&self.fragile), disturbed: true }
    }

    /// Whether the process lived to give its answer. One that did not is followed by another, which remembers nothing.
    pub(super) fn survived(&mut self, work: &Work) -> bool {
        if !work.disturbed {
            return true;
        }
        let ios = self.world.faults.ios();
        self.world.faults.clear();
        let killed = ios.iter().any(|io| io.fate == Fate::CutOff);
        if ios.iter().any(|io| io.fate == Fate::Faulted) {
            self.figures.count("calls that failed", 1);
        }
        if killed {
            self.figures.count("kills", 1);
            self.fragile = Arc::new(self.world.process());
        }
        !killed
    }
}
