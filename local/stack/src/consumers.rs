//! The functions behind the queues: commands to `deliver`, events to whoever has a rule on the bus.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::SqsEvent;
use aws_loopback::{QueueHandle, ReceivedMessage};
use serde_json::Value;
use transfer_aws::Service;
use transfer_providers::{Adapters, Inbound};

use crate::mapping::Consumer;

/// Takes provider commands to `deliver`.
#[derive(Debug)]
pub(crate) struct Commands(pub(crate) deliver::Deliver);

#[async_trait]
impl Consumer for Commands {
    async fn consume(&self, queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String> {
        match serde_json::from_value::<SqsEvent>(queue.lambda_event(messages)) {
            Ok(event) => {
                let response = deliver::handle(&self.0, event).await;
                response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
            }
            Err(error) => {
                tracing::error!(%error, "the event of a queue cannot be read");
                messages.iter().map(|message| message.message_id.clone()).collect()
            }
        }
    }
}

/// Which function a rule of the bus invokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventFunction {
    /// Our own events make the Inbox.
    InboxEvents,
    /// Events of a partner's event source.
    ProviderEvent,
}

/// Takes events to a function, as asynchronous invocations: a failure is repeated after a growing time.
#[derive(Debug)]
pub(crate) struct Events {
    /// What the function works with.
    pub(crate) service: Service,
    /// The providers' adapters.
    pub(crate) adapters: Adapters<dyn Inbound>,
    /// Which function.
    pub(crate) function: EventFunction,
}

impl Events {
    async fn invoke(&self, event: Value) -> Result<(), String> {
        match self.function {
            EventFunction::InboxEvents => {
                inbox_events::handle(&self.service, event).await.map_err(|error| error.to_string())
            }
            EventFunction::ProviderEvent => {
                provider_event::handle(&self.service, &self.adapters, event).await.map_err(|error| error.to_string())
            }
        }
    }
}

#[async_trait]
impl Consumer for Events {
    async fn consume(&self, queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String> {
        let mut failed = HashSet::new();
        for message in messages {
            let invoked = match serde_json::from_str(&message.body) {
                Ok(event) => self.invoke(event).await,
                Err(error) => Err(error.to_string()),
            };
            let Err(error) = invoked else { continue };
            tracing::warn!(error, function = ?self.function, "an event must come again");
            failed.insert(message.message_id.clone());
            let pause = Duration::from_secs(1 << message.receive_count.saturating_sub(1).min(6));
            if let Err(error) = queue.release(&message.receipt_handle, pause) {
                tracing::warn!(%error, queue = queue.name(), "a message keeps its visibility timeout");
            }
        }
        failed
    }
}
