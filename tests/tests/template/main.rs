//! The template and the code say the same: what differs fails here, not at a deployment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod alarms;
mod encryption;
mod environment;
mod functions;
mod lasting_table;
mod permissions;
mod reading;
mod routes;
mod table;
mod trust;
mod wiring;
