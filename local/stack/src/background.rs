//! What moves things on by itself, as in the cloud.

use std::sync::Arc;
use std::time::Duration;

use embedded_dynamodb::EmbeddedDynamoDb;
use tokio::sync::{Mutex, Notify};
use watch::Watch;

use crate::progress::Progress;
use crate::stream::{Step, StreamDriver};

/// The shortest and the longest pause between two looks at a quiet stream.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));
/// The longest pause after failures.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Follows the stream until the future is dropped.
pub(crate) async fn follow_stream(stream: Arc<Mutex<StreamDriver>>, progress: Progress) {
    let mut quiet = 0;
    let mut broken = 0;
    loop {
        let step = stream.lock().await.step().await;
        match step {
            Ok(Step::Progressed) => {
                (quiet, broken) = (0, 0);
                progress.note();
            }
            Ok(Step::Idle) => {
                (quiet, broken) = (quiet + 1, 0);
                let pause = doubled(PAUSES.0, quiet, PAUSES.1);
                tokio::select! {
                    () = progress.news() => quiet = 0,
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Ok(Step::Failed { attempts }) => {
                tracing::warn!(attempts, "a batch of the stream must come again");
                tokio::time::sleep(doubled(PAUSES.1, attempts, LONGEST_BACKOFF)).await;
            }
            Err(error) => {
                broken += 1;
                tracing::error!(%error, "the stream cannot be followed");
                tokio::time::sleep(doubled(PAUSES.1, broken, LONGEST_BACKOFF)).await;
            }
        }
    }
}

/// How often it is looked for what comes due.
const LOOKS: Duration = Duration::from_mins(1);
/// How long one look may take.
pub(crate) const LOOK_TAKES: Duration = Duration::from_secs(50);

/// Looks for what comes due each minute, and when the clock is moved, until the future is dropped.
pub(crate) async fn look_ahead(watch: Watch, clock_moved: Arc<Notify>, progress: Progress) {
    loop {
        match watch::handle(&watch, LOOK_TAKES).await {
            Ok(()) => progress.note(),
            Err(error) => tracing::error!(%error, "not everything that comes due is queued"),
        }
        tokio::select! {
            () = clock_moved.notified() => {}
            () = tokio::time::sleep(LOOKS) => {}
        }
    }
}

/// Removes what has expired, as DynamoDB's TTL does, until the future is dropped.
pub(crate) async fn sweep(database: Arc<EmbeddedDynamoDb>, interval: Duration, progress: Progress) {
    loop {
        tokio::time::sleep(interval).await;
        match database.sweep_expired().await {
            Ok(0) => {}
            Ok(_) => progress.note(),
            Err(error) => tracing::error!(%error, "expired items cannot be removed"),
        }
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(16)).min(longest)
}
