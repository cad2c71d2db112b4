//! The command line.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    agent_transfer::cli::run().await
}
