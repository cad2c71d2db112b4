//! The whole service in one process: the same functions behind an API gateway, with table, stream, queues, event bus,
//! secrets and contact centres on loopback.
//!
//! [`Stack::start`] starts it, for the command line and for tests. With [`Driving::Stepped`] nothing moves but by
//! [`Stack::settle`], so that tests need no sleeps.

mod aws;
mod background;
mod centres;
pub mod cli;
mod clock;
mod consumers;
mod database;
mod docs;
mod error;
mod forward;
pub mod gateway;
mod kept;
mod listen;
pub mod mapping;
mod options;
mod progress;
pub mod queues;
mod recent;
pub mod routes;
mod servers;
mod setup;
mod stack;
pub mod stream;
mod wiring;

pub use centres::{Centre, Connected, SIMULATED, Simulated, Site};
pub use clock::TestClock;
pub use error::StackError;
pub use options::{Driving, Elsewhere, StackOptions, Storage};
pub use progress::Progress;
pub use setup::DEMO_PROJECT;
pub use stack::Stack;
