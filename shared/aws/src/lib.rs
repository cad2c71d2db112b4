//! What every function does at start and around each invocation: configuration, clients, clock, logs, metrics, secrets.

mod addressed;
mod clients;
mod clock;
mod config;
mod directory;
mod emf;
mod invocation;
mod logs;
mod metrics;
mod queue;
mod receive;
mod secrets;
mod service;
mod throttle;
mod xray;

pub use addressed::new_integration_id;
pub use aws_config::SdkConfig;
pub use clients::sdk_config;
pub use clock::{RandomIds, SystemClock};
pub use config::{Config, ConfigError};
pub use directory::Directory;
pub use invocation::{Observed, about_project, about_session, observed, start};
pub use logs::json_lines;
pub use metrics::{CallFailure, Metric, Metrics, ProviderOperation, SetAside, WebhookOutcome};
pub use queue::each_event;
pub use receive::Received;
pub use secrets::{SecretError, SecretStore};
pub use service::Service;
pub use throttle::{CallLimit, Throttle};
