//! What the tests of the whole service share.
//!
//! * [`api`] is the whole local stack, used through HTTP.
//! * [`conformance`] holds every adapter to its contract, by one list of scenarios.
//! * [`description`] holds requests and answers to the description of the API; every call of [`api`] is held to it.
//! * [`example_desk`] is a contact centre with the smallest adapter there can be.
//! * [`fault_proxy`] stands between a function and what it calls, counts its I/O and makes any of it go wrong.
//! * [`harness`] is a small world without an HTTP gateway: the real functions on an embedded DynamoDB, on AWS
//!   stand-ins and on a simulated contact centre, with time, ids and every batch in the test's hand.
//! * [`receiver`] is a project's receiver of webhooks.
//! * [`samples`] are the events in `events/` and the world that they are about.
//! * [`simulation`] plays many transfers at once, by a seed, and checks what must always hold.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a harness fails a test by panicking"
)]

pub mod api;
pub mod conformance;
pub mod description;
pub mod example_desk;
pub mod fault_proxy;
pub mod harness;
pub mod receiver;
pub mod samples;
pub mod simulation;
