//! Events that wait in a queue between their rule and their function.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde_json::Value;
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
        let taken = match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
            Ok(event) => handle(event).await.map_err(|error| error.to_string()),
            Err(_) => Err("it is no JSON".to_owned()),
        };
        let Err(why) = taken else { continue };
        tracing::warn!(message.id = message.message_id, why, "an event must come again");
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    response
}
