use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use super::message::{NewMessage, ReceivedMessage, Sent};
use super::queue::Readiness;
use super::settings::arn;
use super::{Sqs, lambda_event};
use crate::error::AwsError;

/// How many messages a queue holds, by what a receive would find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Neither in flight nor delayed (in a locked FIFO group they still wait).
    pub visible: usize,
    /// Received and not deleted, within the visibility timeout.
    pub in_flight: usize,
    /// Sent with a delay that is not over.
    pub delayed: usize,
}

/// One queue without the wire, for an event source mapping in the same process; cheap to clone.
#[derive(Clone)]
pub struct QueueHandle {
    sqs: Sqs,
    name: String,
}

impl QueueHandle {
    pub(super) fn new(sqs: Sqs, name: String) -> Self {
        Self { sqs, name }
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The queue's ARN.
    pub fn arn(&self) -> String {
        arn(&self.name)
    }

    /// Sends one message; answered when it is in the journal. Refuses what the service refuses.
    pub fn send(&self, new: NewMessage) -> Result<Sent, AwsError> {
        self.sqs.send(&self.name, new)
    }

    /// Takes up to `max` messages and hides them for the queue's visibility timeout.
    pub fn receive(&self, max: usize) -> Result<Vec<ReceivedMessage>, AwsError> {
        self.sqs.receive(&self.name, max, None)
    }

    pub(super) fn receive_hidden_for(
        &self,
        max: usize,
        seconds: Option<u32>,
    ) -> Result<Vec<ReceivedMessage>, AwsError> {
        self.sqs.receive(&self.name, max, seconds)
    }

    /// Deletes a received message. Repeating it is harmless; a FIFO queue refuses a receipt whose
    /// visibility timeout is over.
    pub fn delete(&self, receipt_handle: &str) -> Result<(), AwsError> {
        let now = self.sqs.core.now();
        self.sqs.change(&self.name, |queue, changes| queue.delete(receipt_handle, now, changes))
    }

    /// Shows a received message again after `delay` (whole seconds, zero for at once). Its FIFO
    /// group stays locked until then. Refused when the message is not in flight.
    pub fn release(&self, receipt_handle: &str, delay: Duration) -> Result<(), AwsError> {
        let seconds = u32::try_from(delay.as_secs()).unwrap_or(u32::MAX);
        let now = self.sqs.core.now();
        self.sqs.change(&self.name, |queue, _| queue.change_visibility(receipt_handle, seconds, now))
    }

    /// Deletes all messages.
    pub fn purge(&self) -> Result<(), AwsError> {
        self.sqs.change(&self.name, |queue, changes| {
            queue.purge(changes);
            Ok(())
        })
    }

    /// How many messages there are.
    pub fn counts(&self) -> Result<QueueCounts, AwsError> {
        let now = self.sqs.core.now();
        self.sqs.read(&self.name, |queue| queue.counts(now))
    }

    /// Waits until a receive would do something; does not poll.
    ///
    /// Another receiver may be quicker, so the receive that follows can still come back empty.
    /// It also does when all it did was to move messages to the dead-letter queue.
    pub async fn ready(&self) -> Result<(), AwsError> {
        loop {
            let (readiness, mut changed) = self.sqs.readiness(&self.name)?;
            match readiness {
                Readiness::Now => return Ok(()),
                Readiness::Waiting => wait(&mut changed).await,
                Readiness::At(time) => {
                    let distance = time - self.sqs.core.now();
                    // One millisecond more than the truncated distance, or it would wake too soon.
                    let pause = distance.to_std().unwrap_or_default() + Duration::from_millis(1);
                    tokio::select! {
                        () = wait(&mut changed) => {}
                        () = tokio::time::sleep(pause) => {}
                    }
                }
            }
        }
    }

    /// The event the `Lambda` service makes of received messages.
    pub fn lambda_event(&self, messages: &[ReceivedMessage]) -> Value {
        lambda_event::render(&self.arn(), messages)
    }
}

/// Waits for the next change. That the queue is deleted is one, too: whoever looks again is told.
async fn wait(changed: &mut watch::Receiver<()>) {
    drop(changed.changed().await);
}

impl fmt::Debug for QueueHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("QueueHandle").field("name", &self.name).finish_non_exhaustive()
    }
}
