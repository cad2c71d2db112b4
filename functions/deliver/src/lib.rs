//! SQS FIFO → provider: hands the commands of each session to [`transfer_app::deliver`], in order.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use transfer_app::deliver::Retry;
use transfer_aws::commands::in_order;
use transfer_aws::{Config, Receives, Service, receives};
use transfer_domain::{Clock, Command, Ids};
use transfer_providers::{Adapters, Outbound, ProviderClient};

/// How long an invocation may take, as the template has it; Lambda itself tells each one when it is cut off.
pub const TIME: Duration = Duration::from_mins(1);

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Deliver {
    config: Arc<Config>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
    app: transfer_app::deliver::Deliver,
    queue: aws_sdk_sqs::Client,
    received: Receives,
}

impl Deliver {
    /// A deliverer over the service's table, with an HTTP client for the providers.
    pub fn new(
        service: Service,
        adapters: Adapters<dyn Outbound>,
        client: ProviderClient,
        queue: aws_sdk_sqs::Client,
    ) -> Self {
        let received = Receives::new(&service);
        let Service { config, app } = service;
        let (ids, clock) = (Arc::clone(&app.ids), Arc::clone(&app.clock));
        let app = transfer_app::deliver::Deliver::new(app, adapters, client, &config.public_base_url);
        Self { config, ids, clock, app, queue, received }
    }

    /// When an invocation is cut off that begins now.
    pub fn deadline(&self) -> DateTime<Utc> {
        self.clock.now() + TIME
    }
}

/// Carries out a batch. Of one session nothing comes after a command that failed. `deadline`: when the invocation is cut
/// off.
pub async fn handle(deliver: &Deliver, batch: SqsEvent, deadline: DateTime<Utc>) -> SqsBatchResponse {
    let deliver = &Deliver { app: deliver.app.until(deadline), ..deliver.clone() };
    let queue = &deliver.config.command_queue_url;
    in_order(&deliver.queue, queue, &deliver.received, batch, |message| deliver.take(message)).await
}

impl Deliver {
    /// Carries out one command; if it must come again, says after which pause.
    async fn take(&self, message: SqsMessage) -> Result<(), Duration> {
        let receives = receives(&message);
        let pause = |retry: &Retry| retry.pause(receives, self.ids.fraction());
        let text = message.body.as_deref().unwrap_or_default();
        let Ok(command) = serde_json::from_str::<Command>(text) else {
            tracing::error!("a command cannot be read");
            return Err(pause(&Retry::unreadable()));
        };
        self.app.carry_out(command, receives).await.map_err(|retry| pause(&retry))
    }
}
