//! The template and the code say the same: what differs fails here, not at a deployment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod alarms;
mod environment;
mod functions;
mod permissions;
mod reading;
mod routes;
mod table;
mod wiring;
