//! What fails, is cut off, repeated or raced, and what must hold all the same.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod concurrency;
mod crash_points;
mod deliver_faults;
mod publisher_faults;
mod store_faults;
mod tick_faults;
mod ttl;
