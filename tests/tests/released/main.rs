//! What is deployed: the release binaries, under the Lambda Runtime Interface Emulator and counted.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

mod instructions;
mod release_binaries;
