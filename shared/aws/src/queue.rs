//! Events that wait in a queue between their rule and their function.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde_json::Value;
use tracing::Instrument as _;
use transfer_store::StoreError;

/// Hands each event of a batch to `handle`. The answer names the events that must come again; a queue between a rule
/// and its function keeps them for longer than an asynchronous invocation would, and gives up into a queue that can
/// be redriven.
pub async fn each_event<F>(batch: SqsEvent, handle: impl Fn(Value) -> F) -> SqsBatchResponse
where
    F: Future<Output = Result<(), StoreError>>,
{
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
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    response
}
