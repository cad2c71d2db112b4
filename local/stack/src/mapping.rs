//! Event source mappings of queues: messages to functions in batches, groups beside each other, and again what failed.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_loopback::{AwsError, QueueHandle, ReceivedMessage};
use tokio::sync::watch;

use crate::progress::Progress;

/// The most invocations at once.
const MAX_RUNNING: usize = 64;

/// A function behind a queue.
#[async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Processes messages, of one group where there are groups, and gives the ids of those that failed.
    async fn consume(&self, queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String>;
}

/// Takes messages from one queue to one function. What fails stays in the queue until its visibility timeout is over.
pub struct QueueMapping {
    queue: QueueHandle,
    /// The most messages that one invocation gets.
    batch_size: usize,
    consumer: Arc<dyn Consumer>,
    progress: Progress,
    running: watch::Sender<usize>,
}

impl QueueMapping {
    /// A mapping that does nothing by itself: see [`QueueMapping::dispatch`] and [`QueueMapping::follow`].
    pub fn new(queue: QueueHandle, batch_size: u32, consumer: Arc<dyn Consumer>, progress: Progress) -> Arc<Self> {
        let batch_size = usize::try_from(batch_size).unwrap_or(usize::MAX);
        Arc::new(Self { queue, batch_size, consumer, progress, running: watch::Sender::new(0) })
    }

    /// The queue.
    pub fn queue(&self) -> &QueueHandle {
        &self.queue
    }

    /// Receives one batch and starts an invocation for it, or one for each of its groups; tells how many.
    pub fn dispatch(self: &Arc<Self>) -> Result<usize, AwsError> {
        let messages = self.queue.receive(self.batch_size)?;
        if messages.is_empty() {
            return Ok(0);
        }
        self.progress.note();
        let mut groups = BTreeMap::<Option<String>, Vec<ReceivedMessage>>::new();
        for message in messages {
            groups.entry(message.group.clone()).or_default().push(message);
        }
        let started = groups.len();
        for messages in groups.into_values() {
            self.invoke(messages);
        }
        Ok(started)
    }

    /// Starts whatever can be started and waits until nothing runs and nothing can be received.
    pub async fn drain(self: &Arc<Self>) -> Result<(), AwsError> {
        loop {
            let started = self.dispatch()?;
            if started == 0 && *self.running.borrow() == 0 {
                return Ok(());
            }
            if started == 0 || self.is_full() {
                self.until(|running| running < MAX_RUNNING).await;
                let now = *self.running.borrow();
                self.until(|running| running < now || running == 0).await;
            }
        }
    }

    /// Dispatches whatever comes, until the future is dropped.
    pub async fn follow(self: Arc<Self>) {
        loop {
            self.until(|running| running < MAX_RUNNING).await;
            let taken = match self.queue.ready().await {
                Ok(()) => self.dispatch(),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                tracing::error!(%error, queue = self.queue.name(), "a queue cannot be read");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }

    /// Waits until no invocation runs.
    pub async fn idle(&self) {
        self.until(|running| running == 0).await;
    }

    fn is_full(&self) -> bool {
        *self.running.borrow() >= MAX_RUNNING
    }

    async fn until(&self, condition: impl Fn(usize) -> bool) {
        let mut running = self.running.subscribe();
        // An error means that the sender is gone, and `self` holds it.
        drop(running.wait_for(|running| condition(*running)).await);
    }

    fn invoke(self: &Arc<Self>, messages: Vec<ReceivedMessage>) {
        self.running.send_modify(|running| *running += 1);
        let mapping = Arc::clone(self);
        tokio::spawn(async move {
            let _running = Running(&mapping.running);
            let failed = mapping.consumer.consume(&mapping.queue, &messages).await;
            for message in messages.iter().filter(|message| !failed.contains(&message.message_id)) {
                if let Err(error) = mapping.queue.delete(&message.receipt_handle) {
                    tracing::warn!(%error, queue = mapping.queue.name(), "a processed message will come again");
                }
            }
            mapping.progress.note();
        });
    }
}

/// Counts an invocation as over, even if it panics.
struct Running<'a>(&'a watch::Sender<usize>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

impl fmt::Debug for QueueMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueMapping").field("queue", &self.queue).finish_non_exhaustive()
    }
}
