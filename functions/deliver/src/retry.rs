//! Commands that must come again, and when.

use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use transfer_aws::SecretError;
use transfer_providers::CallError;
use transfer_store::StoreError;

/// The longest pause before a command comes again.
const LONGEST: Duration = Duration::from_mins(1);

/// A command is not done and must come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// What kept it from being done; no personal data.
    pub why: String,
    /// How long the provider asked us to wait, if it did.
    pub after: Option<Duration>,
}

impl Retry {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None }
    }

    pub(crate) fn after_call(error: &CallError) -> Self {
        let after = match error {
            CallError::NotSent { retry_after, .. } => *retry_after,
            CallError::Ambiguous { .. }
            | CallError::Refused { .. }
            | CallError::Gone { .. }
            | CallError::Misconfigured { .. } => None,
        };
        Self { why: error.to_string(), after }
    }
}

impl From<StoreError> for Retry {
    fn from(error: StoreError) -> Self {
        Self { after: error.retry_after(), why: error.to_string() }
    }
}

impl From<SecretError> for Retry {
    fn from(error: SecretError) -> Self {
        Self { after: error.retry_after(), why: error.to_string() }
    }
}

/// Lets a command come back after its pause instead of after the queue's whole visibility time. Best effort: if it
/// fails, the queue's own time holds.
pub(crate) async fn postpone(client: &aws_sdk_sqs::Client, queue: &str, message: &SqsMessage, pause: Duration) {
    let Some(handle) = &message.receipt_handle else { return };
    let seconds = i32::try_from(pause.clamp(Duration::from_secs(1), LONGEST).as_secs()).unwrap_or(60);
    let change = client.change_message_visibility().queue_url(queue).receipt_handle(handle);
    if change.visibility_timeout(seconds).send().await.is_err() {
        tracing::warn!("a command's pause could not be set");
    }
}

/// 1, 2, 4 … seconds.
pub(crate) fn pause(receives: u32) -> Duration {
    Duration::from_secs(1_u64 << receives.saturating_sub(1).min(6)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses: Vec<_> = [0, 1, 2, 3, 7, 8, 1000].map(|receives| pause(receives).as_secs()).into();
        assert_eq!(pauses, [1, 1, 2, 4, 60, 60, 60]);
    }
}
