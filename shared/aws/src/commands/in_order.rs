//! Batches of a FIFO queue: of one group nothing is done after what failed.

use std::collections::HashMap;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};

use crate::queue::Receives;

/// The longest that a queue hides a message is twelve hours from its receipt.
const LONGEST_PAUSE: Duration = Duration::from_hours(11);

/// Hands each message of a batch to `take`, which says after which pause one must come again. Of its group nothing is
/// done after it; what waits behind it comes back with it, because a group with a message in flight gives out no other.
pub async fn in_order<F>(
    client: &aws_sdk_sqs::Client,
    queue: &str,
    receives: &Receives,
    batch: SqsEvent,
    take: impl Fn(SqsMessage) -> F,
) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Duration>>,
{
    let mut response = SqsBatchResponse::default();
    let mut blocked: HashMap<String, Duration> = HashMap::new();
    for message in batch.records {
        let group = message.attributes.get("MessageGroupId").cloned().unwrap_or_default();
        let pause = match blocked.get(&group) {
            Some(pause) => Some(*pause),
            None => take(message.clone()).await.err(),
        };
        if let Some(pause) = pause {
            postpone(client, queue, message.receipt_handle.clone(), pause).await;
            blocked.insert(group, pause);
            response.batch_item_failures.push(receives.failed(message));
        }
    }
    response
}

/// Lets a message come back after its pause instead of after the queue's whole visibility time. Best effort: if it
/// fails, the queue's own time holds.
async fn postpone(client: &aws_sdk_sqs::Client, queue: &str, handle: Option<String>, pause: Duration) {
    let Some(handle) = handle else { return };
    let seconds = pause.clamp(Duration::from_secs(1), LONGEST_PAUSE).as_secs_f64().ceil();
    #[expect(clippy::cast_possible_truncation, reason = "between 1 and 40,000")]
    let seconds = seconds as i32;
    let change = client.change_message_visibility().queue_url(queue).receipt_handle(handle);
    if change.visibility_timeout(seconds).send().await.is_err() {
        tracing::warn!("the pause of a message could not be set");
    }
}
