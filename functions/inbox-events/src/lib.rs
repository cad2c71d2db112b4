//! Our own events → escalation tasks.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde_json::Value;
use transfer_app::task_events::{self, Detail};
use transfer_aws::{Service, each_event};
use transfer_store::StoreError;

/// Brings the task of each event of a batch up to date. The answer names the events that must come again.
pub async fn handle_batch(service: &Service, batch: SqsEvent) -> SqsBatchResponse {
    each_event(service, batch, |event| handle(service, event)).await
}

/// Brings the task of the event's session up to date.
pub async fn handle(service: &Service, event: Value) -> Result<(), StoreError> {
    let kind = event.get("detail-type").and_then(Value::as_str).unwrap_or_default();
    let detail = event.get("detail").cloned().unwrap_or_default();
    let Ok(detail) = serde_json::from_value::<Detail>(detail) else {
        tracing::warn!(event.kind = kind, "an event was not understood");
        return Ok(());
    };
    task_events::apply(service, kind, detail).await
}
