//! What every contact centre's adapter promises, held against its simulator through the whole stack.
//!
//! * [`SCENARIOS`] is the one list: each entry is played with every profile and looks at both sides, at our API and
//!   events and at what the contact centre has.
//! * [`Profile`] is what the kit has to be told of a provider; [`PROFILES`] lists them, one for each product and for each
//!   [`Way`] of callbacks. What a provider cannot do follows from its adapter's capabilities and from what its profile
//!   says that it lacks, in words. A profile also brings the [`Row`]s of its contract's status map, the
//!   [`Alternative`]s of its settings, and its [`Speech`]: [`Sample`]s of each part of a message, in its own form.
//! * [`Content`] is a part of a message on its way, played with every profile in both ways.
//! * [`Site`] is a contact centre of any setup, [`Bench`] a stack with one on it, [`Transfer`] one session on that bench.
//! * [`play`] plays everything, a few stacks at a time; [`table`] shows what came of it.
//!
//! A further provider is one entry in [`PROFILES`].

mod alternatives;
mod bench;
mod content;
mod map;
mod needs;
mod part;
mod play;
mod profile;
mod profiles;
mod report;
mod samples;
mod scenarios;
mod site;
mod transfer;
mod way;

pub use alternatives::Alternative;
pub use bench::Bench;
pub use content::Content;
pub use map::{Row, Stage, Tell};
pub use needs::Need;
pub use part::Part;
pub use play::{Outcome, Played, play};
pub use profile::{Kinds, PROFILES, Profile, Secure};
pub use report::{table, values};
pub use samples::{Form, Line, Move, Person, Sample, Speaker, Speech};
pub use scenarios::{Pace, SCENARIOS, Scenario};
pub use site::{Plot, Site};
pub use transfer::Transfer;
pub use way::{Address, Headers, Keys, Way};
