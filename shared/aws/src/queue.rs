//! Messages of queues, and events that wait in one between their rule and their function.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use serde_json::Value;
use tracing::Instrument as _;
use transfer_app::Metric;
use transfer_store::StoreError;

use crate::Service;

/// Hands each event of a batch to `handle`. The answer names the events that must come again; a queue between a rule
/// and its function keeps them for longer than an asynchronous invocation would, and gives up into a queue that can
/// be redriven.
pub async fn each_event<F>(service: &Service, batch: SqsEvent, handle: impl Fn(Value) -> F) -> SqsBatchResponse
where
    F: Future<Output = Result<(), StoreError>>,
{
    let received = Receives::new(service);
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        // Of its own, because what one event is about is not what the next one is about.
        let span = tracing::error_span!(
            "event",
            message.id = message.message_id,
            project.id = tracing::field::Empty,
            transfer.id = tracing::field::Empty
        );
        let taken = match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
            Ok(event) => handle(event).instrument(span.clone()).await.map_err(|error| error.to_string()),
            Err(_) => Err("it is no JSON".to_owned()),
        };
        let Err(why) = taken else { continue };
        span.in_scope(|| tracing::warn!(why, "an event must come again"));
        response.batch_item_failures.push(received.failed(message));
    }
    response
}

/// What a function knows of how often its messages come.
#[derive(Debug, Clone)]
pub struct Receives {
    app: transfer_app::Service,
    most: u32,
}

impl Receives {
    /// Of the queue that invokes this function.
    pub fn new(service: &Service) -> Self {
        Self { app: service.app.clone(), most: service.config.max_receives }
    }

    /// A message that must come again. One that will not is counted here: the queue of dead letters may have slept for
    /// weeks, and then its own metric is late.
    pub fn failed(&self, message: SqsMessage) -> BatchItemFailure {
        if self.most > 0 && receives(&message) >= self.most {
            tracing::error!(message.id = message.message_id, "a message is given up");
            self.app.metrics.record(Metric::MessageGivenUp);
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        failure
    }
}

/// How often a message came, from 1.
pub fn receives(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}
