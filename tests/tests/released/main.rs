//! What is deployed: the release binaries, under the Lambda Runtime Interface Emulator and counted.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers beside the tests fail a test by panicking, too")]

mod instructions;
mod release_binaries;

/// Whether a function is one of those that were built.
#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
fn is_released(function: &str) -> bool {
    let released = std::env::var("RELEASED").unwrap_or_default();
    released.is_empty() || released.split_whitespace().any(|name| name == function)
}
