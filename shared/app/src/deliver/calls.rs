//! Calls to a provider: measured, and bounded where nobody may wait for them.

use std::time::Duration;

use transfer_domain::Session;
use transfer_providers::CallError;

use super::Deliver;
use crate::{CallFailure, Metric, ProviderOperation};

impl Deliver {
    /// Makes a call; measures how long it took, and how it failed.
    pub(crate) async fn called<T>(
        &self,
        session: &Session,
        operation: ProviderOperation,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let began = self.now();
        let outcome = call.await;
        self.service.metrics.record(Metric::ProviderCall {
            provider: session.provider,
            operation,
            took: self.now() - began,
            failure: outcome.as_ref().err().map(failure),
        });
        outcome
    }
}

/// Gives up on a call that takes too long.
pub(crate) async fn in_time<T>(
    at_most: Duration,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let late = |_| Err(CallError::unknown("no answer in time"));
    tokio::time::timeout(at_most, call).await.unwrap_or_else(late)
}

fn failure(error: &CallError) -> CallFailure {
    match error {
        CallError::NotSent { .. } => CallFailure::NotSent,
        CallError::Ambiguous { .. } => CallFailure::Ambiguous,
        CallError::Refused { .. } => CallFailure::Refused,
        CallError::Gone { .. } => CallFailure::Gone,
        CallError::Misconfigured { .. } => CallFailure::Misconfigured,
    }
}
