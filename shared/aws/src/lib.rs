//! What every function does at start and around each invocation: configuration, clients, clock, logs, metrics, secrets.

mod clients;
mod clock;
#[cfg(feature = "commands")]
pub mod commands;
mod config;
mod emf;
mod invocation;
mod logs;
mod queue;
#[cfg(feature = "secrets")]
mod secrets;
mod service;
#[cfg(feature = "commands")]
pub mod ticks;
mod xray;

pub use aws_types::SdkConfig;
pub use clients::sdk_config;
pub use clock::{RandomIds, SystemClock};
pub use config::{Config, ConfigError, ConsoleSignIn, check_public_roots};
pub use emf::emf_documents;
pub use invocation::{Observed, observed, start};
pub use logs::json_lines;
pub use queue::{Receives, each_event, receives};
#[cfg(feature = "secrets")]
pub use secrets::SecretStore;
pub use service::Service;
