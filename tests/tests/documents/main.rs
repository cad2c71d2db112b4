//! What is written down and the code say the same: description, schemas, samples, architecture, template, and what is measured.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod architecture;
mod described_examples;
mod event_schemas;
mod handlers;
mod measurements;
mod openapi;
mod template;
