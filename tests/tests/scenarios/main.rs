//! What people and systems do with the service, through HTTP, on the whole local stack or the small world of the harness.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod api_edges;
mod api_reading;
mod bus_clients;
mod callback_limits;
mod console;
mod courtesy;
mod erasing;
mod exporting;
mod flows;
mod following;
mod further_provider;
mod handback;
mod inbox_tasks;
mod integrations;
mod isolation;
mod looking;
mod mcp;
mod operating;
mod orders;
mod outcomes;
mod patience;
mod polling;
mod redaction;
mod relay;
mod succession;
mod targets;
mod transports;
mod voice;
mod watching;
mod webhooks;
