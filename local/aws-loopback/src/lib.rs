//! EventBridge, SQS and Secrets Manager on loopback, as far as the SDKs need them.
//!
//! One HTTP router answers the AWS JSON protocol of the three services, chosen by `X-Amz-Target`,
//! so that the unmodified SDKs work against it by `endpoint_url`. Signatures are not checked:
//! whoever reaches its address can do everything. Beside the wire there are direct handles ([`EventBridge`],
//! [`Sqs`], [`Secrets`]) for whoever plays the part of the event source mappings.
//!
//! Time is injected. Waiting (long polls, [`QueueHandle::ready`]) uses timers of the runtime for
//! the distance the injected clock shows; whoever moves the clock by hand calls
//! [`AwsLoopback::time_changed`].

mod clock;
mod core;
mod error;
mod eventbridge;
mod faults;
mod journal;
mod loopback;
mod page;
mod secrets;
mod sqs;
mod wire;

pub use clock::Clock;
pub use error::AwsError;
pub use eventbridge::{Delivery, EventBridge, EventPattern, MAX_REQUEST_BYTES, Rule};
pub use faults::Faults;
pub use journal::{Change, Journal, JournalError};
pub use loopback::AwsLoopback;
pub use secrets::Secrets;
pub use sqs::{
    AttributeValue, Deduplication, DeduplicationScope, NewMessage, QueueCounts, QueueHandle, QueueKind, QueueSettings,
    ReceivedMessage, Redrive, Sent, Sqs,
};

/// The account every ARN and queue URL names.
pub const ACCOUNT: &str = "000000000000";
/// The region every ARN and event names.
pub const REGION: &str = "local";
