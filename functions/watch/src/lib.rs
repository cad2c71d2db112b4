//! Each minute: DynamoDB's index of what is due → SQS, with each session's delay to the second.

use std::time::Duration;

use transfer_app::NotQueued;
use transfer_aws::Service;
use transfer_aws::ticks::Ticks;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Watch {
    service: Service,
    ticks: Ticks,
}

impl Watch {
    /// A watch that fills the queue of the service's configuration.
    pub fn new(service: Service, queue: aws_sdk_sqs::Client) -> Self {
        let ticks = Ticks::new(queue, &service.config.tick_queue_url);
        Self { service, ticks }
    }
}

/// Queues what comes due before the next minute's look. Whatever fails or is not done within `time` still stands in the
/// index for that one.
pub async fn handle(watch: &Watch, time: Duration) -> Result<(), NotQueued> {
    transfer_app::watch(&watch.service, &watch.ticks, time).await
}
