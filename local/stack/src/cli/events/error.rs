use std::error::Error;

use aws_loopback::AwsError;

/// Why events cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventsError {
    /// The HTTP client.
    #[error("no request can be made")]
    Client(#[source] reqwest::Error),
    /// Nobody answers.
    #[error("no stack runs at {base}; `cargo run` starts one, and --port tells where another one is")]
    NotRunning {
        base: String,
        #[source]
        source: reqwest::Error,
    },
    /// Somebody else answers.
    #[error("what answers at {base} is not a stack that tells its events")]
    SomethingElse {
        base: String,
        #[source]
        source: reqwest::Error,
    },
    /// What was chosen is no event pattern.
    #[error("no event can be chosen so")]
    Choice(#[source] AwsError),
    /// A call of EventBridge or SQS.
    #[error("{what}")]
    Aws {
        what: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl EventsError {
    pub(super) fn aws<E: Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Aws { what, source: Box::new(source) }
    }
}
