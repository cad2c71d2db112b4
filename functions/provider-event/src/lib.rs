//! Events of partner event sources (EventBridge) → sessions.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde_json::Value;
use transfer_app::receive::partner_event;
use transfer_aws::{Service, each_event};
use transfer_providers::{Adapters, Inbound};
use transfer_store::StoreError;

/// Applies each event of a batch. The answer names the events that must come again.
pub async fn handle_batch(service: &Service, adapters: &Adapters<dyn Inbound>, batch: SqsEvent) -> SqsBatchResponse {
    each_event(service, batch, |event| handle(service, adapters, event)).await
}

/// Applies one event of a partner bus.
pub async fn handle(service: &Service, adapters: &Adapters<dyn Inbound>, event: Value) -> Result<(), StoreError> {
    partner_event(service, adapters, &event).await
}
