//! SQS → DynamoDB: what has come due of a session.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde_json::Value;
use transfer_app::Tick;
use transfer_aws::{Service, each_event};
use transfer_store::StoreError;

/// Applies what is due of the session of each message. The answer names the messages that must come again.
pub async fn handle(service: &Service, batch: SqsEvent) -> SqsBatchResponse {
    each_event(service, batch, |tick| apply(service, tick)).await
}

async fn apply(service: &Service, tick: Value) -> Result<(), StoreError> {
    let Ok(tick) = serde_json::from_value::<Tick>(tick) else {
        // The session that was meant still stands in the index.
        tracing::warn!("a tick was not understood");
        return Ok(());
    };
    transfer_app::tick(service, &tick).await
}
