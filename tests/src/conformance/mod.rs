//! What every contact centre's adapter promises, held against its simulator through the whole stack.
//!
//! * [`SCENARIOS`] is the one list: each entry is played with every provider and looks at both sides, at our API and
//!   events and at what the contact centre has.
//! * [`Profile`] is what the kit has to be told of a provider; [`PROFILES`] lists them. What a provider cannot do
//!   follows from its adapter's capabilities and from what its profile says that it lacks, in words.
//! * [`Bench`] is a stack with one provider on it, [`Transfer`] one session on that bench.
//! * [`play`] plays everything, a few stacks at a time; [`table`] shows what came of it.
//!
//! A further provider is one entry in [`PROFILES`]; those that are still to come stand in [`AWAITED`].

mod bench;
mod desk;
mod needs;
mod play;
mod profile;
mod report;
mod scenarios;
mod transfer;

pub use bench::{Address, Bench};
pub use desk::Desk;
pub use needs::Need;
pub use play::{Outcome, Played, play};
pub use profile::{AWAITED, Headers, Kinds, PROFILES, Profile};
pub use report::table;
pub use scenarios::{Pace, SCENARIOS, Scenario};
pub use transfer::Transfer;
