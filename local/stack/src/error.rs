//! Why the stack does not start or stops working, each in one line for a person at a laptop.

use std::io;
use std::net::IpAddr;

use aws_loopback::{AwsError, JournalError};
use embedded_dynamodb::{EmbeddedError, TableError, TemplateError};

use crate::queues::QueueError;
use crate::routes::RouteError;
use crate::stream::{CheckpointError, StreamError};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Somebody else listens there.
    #[error("port {port} is in use; choose another one with --port")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// Somebody else listens where EventBridge, SQS and Secrets Manager were to be.
    #[error("port {port} is in use; choose another one with --aws-port")]
    AwsPortInUse {
        /// The port.
        port: u16,
    },
    /// No network of this machine has the address.
    #[error("{address} is no address of this machine; choose another one with --listen")]
    NotOurAddress {
        /// The address.
        address: IpAddr,
    },
    /// A listener could not be opened.
    #[error("port {port} cannot be listened on")]
    Listen {
        /// The port; 0 is any.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The API cannot be called by ourselves.
    #[error(transparent)]
    NoApi(#[from] mcp::NoApi),
    /// The template does not say what the stack needs.
    #[error("the template has no usable routes")]
    Routes(#[from] RouteError),
    /// The template does not say how a queue hands out its messages.
    #[error(transparent)]
    Queues(#[from] QueueError),
    /// The template does not say what the table is.
    #[error("the template has no usable table")]
    Template(#[from] TemplateError),
    /// The embedded database.
    #[error(transparent)]
    Database(#[from] EmbeddedError),
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table has no stream.
    #[error("the table {0} has no stream, from which everything follows")]
    NoStream(String),
    /// What the data file has of queues and secrets.
    #[error("the queues and secrets in {path} cannot be used; move it away to start with an empty one")]
    Journal {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: JournalError,
    },
    /// What the data file has of the stream's position.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] transfer_aws::ConfigError),
    /// A setting for a DynamoDB elsewhere is missing.
    #[error("the environment variable {0} is not set")]
    MissingVariable(&'static str),
    /// A queue or a bus of this process.
    #[error("a queue or bus of the stack failed")]
    Aws(#[from] AwsError),
    /// A simulated contact centre.
    #[error("a simulated contact centre does not start")]
    Simulator(#[from] simulators::StartError),
    /// The stream cannot be followed.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// It cannot be looked for what comes due.
    #[error("what comes due is not found or not queued")]
    Watch(#[from] transfer_app::NotQueued),
    /// It did not become quiet: something fails again and again.
    #[error("the stack does not become quiet: {0}")]
    Unsettled(&'static str),
    /// The demonstration's project could not be set up.
    #[error("the project {project} could not be set up: {why}")]
    Setup {
        /// The project.
        project: String,
        /// What was answered.
        why: String,
    },
}
