//! SQS FIFO → provider: hands the commands of each session to [`transfer_app::deliver`], in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use transfer_app::deliver::Retry;
use transfer_aws::{Config, Service};
use transfer_domain::{Clock, Command, Ids};
use transfer_providers::{Adapters, Outbound, ProviderClient};

/// How long an invocation may take, as the template has it; Lambda itself tells each one when it is cut off.
pub const TIME: Duration = Duration::from_mins(1);

/// The longest that a queue hides a message is twelve hours from its receipt.
const LONGEST_PAUSE: Duration = Duration::from_hours(11);

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deliver {
    config: Arc<Config>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
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
        let (ids, clock) = (Arc::clone(&app.ids), Arc::clone(&app.clock));
        let app = transfer_app::deliver::Deliver::new(app, adapters, client, &config.public_base_url);
        Self { config, ids, clock, app, queue }
    }

    /// When an invocation is cut off that begins now.
    pub fn deadline(&self) -> DateTime<Utc> {
        self.clock.now() + TIME
    }
}

/// Carries out a batch. Of one session nothing comes after a command that failed; what waits behind it comes back with
/// it, because a group with a message in flight gives out no other. `deadline`: when the invocation is cut off.
pub async fn handle(deliver: &Deliver, batch: SqsEvent, deadline: DateTime<Utc>) -> SqsBatchResponse {
    let deliver = &Deliver { app: deliver.app.until(deadline), ..deliver.clone() };
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
        let pause = |retry: &Retry| retry.pause(receives, self.ids.fraction());
        let text = message.body.as_deref().unwrap_or_default();
        let Ok(command) = serde_json::from_str::<Command>(text) else {
            tracing::error!("a command cannot be read");
            return Err(pause(&Retry::unreadable()));
        };
        self.app.carry_out(command, receives).await.map_err(|retry| pause(&retry))
    }
}

/// Lets a command come back after its pause instead of after the queue's whole visibility time. Best effort: if it
/// fails, the queue's own time holds.
async fn postpone(client: &aws_sdk_sqs::Client, queue: &str, message: &SqsMessage, pause: Duration) {
    let Some(handle) = &message.receipt_handle else { return };
    let seconds = pause.clamp(Duration::from_secs(1), LONGEST_PAUSE).as_secs_f64().ceil();
    #[expect(clippy::cast_possible_truncation, reason = "between 1 and 40,000")]
    let seconds = seconds as i32;
    let change = client.change_message_visibility().queue_url(queue).receipt_handle(handle);
    if change.visibility_timeout(seconds).send().await.is_err() {
        tracing::warn!("a command's pause could not be set");
    }
}
