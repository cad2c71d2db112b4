//! Logs: one JSON object a line, with the time.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard output, at `info` unless `RUST_LOG` says otherwise. Once a process; later calls do nothing.
pub fn start_logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).try_init();
    if started.is_err() {
        tracing::debug!("logging had been started");
    }
}
