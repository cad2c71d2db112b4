//! Commands that must come again, and when.

use std::time::Duration;

use transfer_providers::CallError;
use transfer_store::StoreError;

use crate::SecretError;

/// The longest pause before a command comes again.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(1);

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
        Self { why: error.to_string(), after: error.retry_after() }
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

/// How long a command waits that came so often and that nobody said a pause for: 1, 2, 4 … seconds.
pub fn pause(receives: u32) -> Duration {
    Duration::from_secs(1_u64 << receives.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
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
