//! SQS FIFO → the endpoints of a project: hands events to [`transfer_app::Notifier`], in order.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use transfer_app::Notifier;
use transfer_app::deliver::Retry;
use transfer_aws::commands::in_order;
use transfer_aws::{Receives, Service, receives};
use transfer_domain::{Ids, Notice};
use transfer_providers::ProviderClient;

/// How long an endpoint may take to answer.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Notify {
    app: Notifier,
    ids: Arc<dyn Ids>,
    queue: aws_sdk_sqs::Client,
    queue_url: String,
    received: Receives,
}

impl Notify {
    /// Over the service's table, with an HTTP client.
    pub fn new(service: Service, client: ProviderClient, queue: aws_sdk_sqs::Client) -> Self {
        let received = Receives::new(&service);
        let Service { config, app } = service;
        let ids = Arc::clone(&app.ids);
        Self { app: Notifier::new(app, client), ids, queue, queue_url: config.notice_queue_url.clone(), received }
    }
}

/// Sends a batch of events. Of one group nothing comes after an event that did not arrive.
pub async fn handle(notify: &Notify, batch: SqsEvent) -> SqsBatchResponse {
    in_order(&notify.queue, &notify.queue_url, &notify.received, batch, |message| notify.take(message)).await
}

impl Notify {
    /// Sends one event; if it must come again, says after which pause.
    async fn take(&self, message: SqsMessage) -> Result<(), Duration> {
        let receives = receives(&message);
        let pause = |retry: &Retry| retry.pause(receives, self.ids.fraction());
        let Ok(notice) = serde_json::from_str::<Notice>(message.body.as_deref().unwrap_or_default()) else {
            tracing::error!("an event for an endpoint cannot be read");
            return Err(pause(&Retry::unreadable()));
        };
        self.app.notify(&notice, receives).await.map_err(|retry| pause(&retry))
    }
}
