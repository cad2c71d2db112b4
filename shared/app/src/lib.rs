//! The use cases of the service, one a file: each loads what its decision needs, asks the domain, commits what that
//! decided, and says what became of it.
//!
//! * [`Service`] is what a use case works with.
//! * What the contact's side and operators ask for: [`create()`], [`message`], [`typing`], [`receipts`], [`end()`],
//!   [`acknowledge()`], [`report()`], [`show`], [`follow`], [`list()`], [`tasks`], [`settings`], [`integrations`], [`endpoints`]; and
//!   who is responsible for the data: [`erase`], [`export`].
//! * What contact centres tell: [`receive`].
//! * What follows from a write: [`relay`] takes it out of the table, `deliver` (feature `outbound`) to the contact
//!   centre, [`task_events`] into the Inbox.
//! * What the clock brings: [`watch()`] finds what comes due, [`tick()`] applies it.
//!
//! Nothing here knows HTTP, Lambda or a client of AWS: whoever calls decodes and encodes, and brings what implements the
//! ports ([`Secrets`], [`relay::Transport`], [`relay::Aside`]).

mod about;
mod acknowledge;
mod addressed;
mod cache;
mod create;
#[cfg(feature = "outbound")]
pub mod deliver;
mod directory;
mod end;
pub mod endpoints;
pub mod erase;
pub mod export;
mod failure;
pub mod follow;
pub mod integrations;
mod list;
pub mod message;
mod metrics;
pub mod notices;
#[cfg(feature = "outbound")]
mod notify;
pub mod receipts;
pub mod receive;
pub mod relay;
mod report;
mod retry;
mod secrets;
mod service;
pub mod settings;
pub mod show;
pub mod task_events;
pub mod tasks;
mod throttle;
mod tick;
pub mod typing;
mod watch;

pub use about::{PROJECT_FIELD, SESSION_FIELD, about_project, about_session};
pub use acknowledge::{HandBackError, acknowledge};
pub use addressed::new_integration_id;
pub use cache::Cache;
pub use create::{Created, NotCreated, Wanted, create};
pub use directory::Directory;
pub use end::end;
pub use failure::{Failure, Fault, SessionError};
pub use list::{count, list};
pub use metrics::{CallFailure, Metric, Metrics, ProviderOperation, SetAside, WebhookOutcome};
#[cfg(feature = "outbound")]
pub use notify::Notifier;
pub use report::{NotReported, report};
pub use retry::{RetryError, retry};
pub use secrets::{NoSecrets, SecretError, Secrets};
pub use service::Service;
pub use throttle::{CallLimit, Throttle};
pub use tick::{Tick, tick};
pub use watch::{NotQueued, watch};
