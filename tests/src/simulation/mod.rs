//! Many transfers at once, by a seed: the real functions, one delivery after another.
//!
//! A scheduler owns the time and picks each next delivery: requests of the agent runtime, stream records, commands, minutes
//! of the watch and its ticks, callbacks and partner events of the contact centres, events for the Inbox, removals by TTL.
//! It delays them, brings them twice, loses what may be lost, kills processes and lets contact centres fail. Everything
//! is awaited one after another, so that a seed repeats itself: `SEED=7 cargo test -p transfer-tests --test simulation`.
//!
//! After each delivery is checked what must hold at any time (`checks.rs`), and when nothing is left to be done what must
//! hold at rest (`rest.rs`). What is wrong is told with the steps that led to it.

mod agenda;
mod centres;
mod checks;
mod deliveries;
mod dice;
mod figures;
mod ledger;
mod mishaps;
mod plan;
mod post;
mod requests;
mod rest;
mod run;

pub use figures::Figures;
pub use plan::Plan;
pub use run::{Outcome, simulate};
