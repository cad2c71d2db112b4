//! SQS FIFO → provider: hands the commands of each session to [`transfer_app::deliver`], in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use transfer_app::deliver::{LONGEST_PAUSE, pause};
use transfer_aws::{Config, Service};
use transfer_domain::Command;
use transfer_providers::{Adapters, Outbound, ProviderClient};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deliver {
    config: Arc<Config>,
    app: transfer_app::deliver::Deliver,
    queue: aws_sdk_sqs::Client,
}

impl Deliver {
    /// A deliverer over the service's table, with an HTTP client for the providers.
    pub fn new(
        service: Service,
        adapters: Adapters<dyn Outbound>,
        client: ProviderClient,
        queue: aws_sdk_sqs::Client,
    ) -> Self {
        let Service { config, app } = service;
        let app = transfer_app::deliver::Deliver::new(app, adapters, client, &config.public_base_url);
        Self { config, app, queue }
    }
}

/// Carries out a batch. Of one session nothing comes after a command that failed; what waits behind it comes back with
/// it, because a group with a message in flight gives out no other.
pub async fn handle(deliver: &Deliver, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    let mut blocked: HashMap<String, Duration> = HashMap::new();
    for message in batch.records {
        let group = message.attributes.get("MessageGroupId").cloned().unwrap_or_default();
        let pause = match blocked.get(&group) {
            Some(pause) => Some(*pause),
            None => deliver.take(&message).await.err(),
        };
        if let Some(pause) = pause {
            postpone(&deliver.queue, &deliver.config.command_queue_url, &message, pause).await;
            blocked.insert(group, pause);
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    response
}

impl Deliver {
    /// Carries out one command; if it must come again, says after which pause.
    async fn take(&self, message: &SqsMessage) -> Result<(), Duration> {
        let receives =
            message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
        let is_last = receives >= self.config.command_max_receives;
        let text = message.body.as_deref().unwrap_or_default();
        let Ok(command) = serde_json::from_str::<Command>(text) else {
            tracing::error!("a command cannot be read");
            return Err(pause(receives));
        };
        let carried_out = self.app.carry_out(command, receives, is_last).await;
        carried_out.map_err(|retry| retry.after.unwrap_or_else(|| pause(receives)))
    }
}

/// Lets a command come back after its pause instead of after the queue's whole visibility time. Best effort: if it
/// fails, the queue's own time holds.
async fn postpone(client: &aws_sdk_sqs::Client, queue: &str, message: &SqsMessage, pause: Duration) {
    let Some(handle) = &message.receipt_handle else { return };
    let seconds = i32::try_from(pause.clamp(Duration::from_secs(1), LONGEST_PAUSE).as_secs()).unwrap_or(60);
    let change = client.change_message_visibility().queue_url(queue).receipt_handle(handle);
    if change.visibility_timeout(seconds).send().await.is_err() {
        tracing::warn!("a command's pause could not be set");
    }
}
