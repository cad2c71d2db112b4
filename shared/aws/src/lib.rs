//! What every function does at start: configuration, clients, clock, logs, secrets.

mod clients;
mod clock;
mod config;
mod directory;
mod logs;
mod queue;
mod receive;
mod secrets;
mod service;

pub use aws_config::SdkConfig;
pub use clients::sdk_config;
pub use clock::{RandomIds, SystemClock};
pub use config::{Config, ConfigError};
pub use directory::Directory;
pub use logs::start_logs;
pub use queue::each_event;
pub use receive::Received;
pub use secrets::{SecretError, SecretStore};
pub use service::Service;
