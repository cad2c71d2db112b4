//! The functions behind the queues: commands to `deliver`, ticks to `tick`, events to whoever has a rule on the bus.

use std::collections::HashSet;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_loopback::{QueueHandle, ReceivedMessage};
use transfer_aws::Service;
use transfer_providers::{Adapters, Inbound};

use crate::mapping::Consumer;

/// A function that takes batches of a queue.
#[derive(Debug)]
pub(crate) enum QueueFunction {
    /// Carries out the commands to the providers.
    Deliver(deliver::Deliver),
    /// Sends events to the endpoints of projects.
    Notify(notify::Notify),
    /// Our own events make the Inbox.
    InboxEvents(Service),
    /// What has come due.
    Tick(Service),
    /// Events of a partner's event source.
    ProviderEvent(Service, Adapters<dyn Inbound>),
}

impl QueueFunction {
    async fn invoke(&self, batch: SqsEvent) -> SqsBatchResponse {
        match self {
            Self::Deliver(deliver) => deliver::handle(deliver, batch, deliver.deadline()).await,
            Self::Notify(notify) => notify::handle(notify, batch).await,
            Self::InboxEvents(service) => inbox_events::handle_batch(service, batch).await,
            Self::Tick(service) => tick::handle(service, batch).await,
            Self::ProviderEvent(service, adapters) => provider_event::handle_batch(service, adapters, batch).await,
        }
    }
}

#[async_trait]
impl Consumer for QueueFunction {
    async fn consume(&self, queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String> {
        match serde_json::from_value::<SqsEvent>(queue.lambda_event(messages)) {
            Ok(batch) => {
                let response = self.invoke(batch).await;
                response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
            }
            Err(error) => {
                tracing::error!(%error, "the event of a queue cannot be read");
                messages.iter().map(|message| message.message_id.clone()).collect()
            }
        }
    }
}
