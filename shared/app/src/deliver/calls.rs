//! Calls to a provider: measured, and bounded where nobody may wait for them.

use std::time::Duration;

use transfer_domain::{HealthState, IntegrationHealth, Session};
use transfer_providers::{CallError, Effect};

use super::{Deliver, Retry};
use crate::integrations::of_integration;
use crate::{CallFailure, Metric, ProviderOperation};

/// What a call needs at most: a token, a look-up, the call and one more try with a new token, each within the time of one
/// exchange; and a little for what is recorded of it.
const ONE_CALL: Duration = Duration::from_secs(30);
/// What recording the outcome of a call needs.
const AFTERWARDS: Duration = Duration::from_secs(5);

impl Deliver {
    /// Whether there is time for another exchange with the contact centre: one that is cut off leaves open what it did.
    pub(crate) fn in_time(&self) -> Result<(), Retry> {
        let late = self.remaining().is_some_and(|remaining| remaining < ONE_CALL);
        if late { Err(Retry::after("there is no time left for it", Duration::from_secs(1))) } else { Ok(()) }
    }

    fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| (deadline - self.now()).to_std().unwrap_or_default())
    }

    /// Makes a call; measures how long it took, and how it failed. It ends before the time is over.
    pub(crate) async fn called<T>(
        &self,
        session: &Session,
        operation: ProviderOperation,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let began = self.now();
        let outcome = match self.remaining() {
            Some(remaining) => in_time(remaining.saturating_sub(AFTERWARDS), call).await,
            None => call.await,
        };
        self.note_answer(session, operation, outcome.as_ref().err()).await;
        self.service.metrics.record(Metric::ProviderCall {
            provider: session.provider,
            operation,
            took: self.now() - began,
            failure: outcome.as_ref().err().map(failure),
        });
        outcome
    }
}

impl Deliver {
    /// Notes what a call tells of its contact centre, not of its conversation: that it answers, or that it does not.
    async fn note_answer(&self, session: &Session, operation: ProviderOperation, failure: Option<&CallError>) {
        if let Some(error) = failure.filter(|error| error.refuses_credentials()) {
            tracing::warn!(integration.id = %session.integration_id, %error, "the credentials of an integration are refused");
            self.service.metrics.record(Metric::CredentialsRefused { provider: session.provider });
        }
        let own_rate = matches!(failure, Some(CallError::NotYet { .. }));
        if says_little(operation) || own_rate {
            return;
        }
        // Of the others some adapters make no call at all.
        let calls = [ProviderOperation::Open, ProviderOperation::Send, ProviderOperation::End].contains(&operation);
        let integration = &session.integration_id;
        let in_vain = failure.filter(|error| error.effect() != Effect::Final || error.refuses_credentials());
        let (mut state, changed, mut why) = if let Some(error) = in_vain {
            let (why, fraction) = (error.to_string(), self.service.ids.fraction());
            let (state, changed) = self.circuits.in_vain(integration, self.now(), &why, Duration::ZERO, fraction);
            // For as long as it lasts, not only when it begins.
            self.service.metrics.record(Metric::IntegrationState { provider: session.provider, state: state.as_str() });
            (state, changed, Some(why))
        } else if calls {
            (HealthState::Healthy, self.answered(session).await, None)
        } else {
            return;
        };
        if !changed {
            return;
        }
        loop {
            self.note_state(session, state, why).await;
            // Another call may have come to something else meanwhile, and been noted before.
            let (now, since) = self.circuits.state(integration);
            if now == state || now == HealthState::Unknown {
                return;
            }
            (state, why) = (now, since);
        }
    }

    async fn note_state(&self, session: &Session, state: HealthState, last_error: Option<String>) {
        let integration = &session.integration_id;
        let health = IntegrationHealth {
            project_id: session.project_id.clone(),
            provider: session.provider,
            integration_id: integration.clone(),
            state,
            since: self.now(),
            last_error,
        };
        if state == HealthState::Healthy {
            tracing::info!(integration.id = %integration, "a contact centre answers");
        } else {
            tracing::warn!(integration.id = %integration, %state, "a contact centre answers otherwise than before");
        }
        if let Err(error) = self.service.store.put_health(&health).await {
            tracing::warn!(integration.id = %integration, %error, "how a contact centre answers could not be noted");
        }
    }

    /// Notes that an integration's contact centre answered; whether it is known to have answered otherwise before. What
    /// another process saw may stand in the table.
    async fn answered(&self, session: &Session) -> bool {
        let before = match self.circuits.answered(&session.integration_id, self.now()) {
            HealthState::Unknown => match self.service.store.health(&session.project_id).await {
                Ok(all) => of_integration(&all, &session.integration_id).map_or(HealthState::Unknown, |it| it.state),
                Err(error) => {
                    tracing::warn!(%error, "how a contact centre answered before could not be read");
                    HealthState::Healthy
                }
            },
            known @ (HealthState::Healthy | HealthState::Degraded | HealthState::Failing) => known,
        };
        before != HealthState::Healthy
    }
}

/// Of these an integration's other calls learn nothing: a courtesy is cut off early, and what only asks may be refused by
/// an interface of its own while everything else goes well.
const fn says_little(operation: ProviderOperation) -> bool {
    match operation {
        ProviderOperation::Typing
        | ProviderOperation::Acknowledge
        | ProviderOperation::Availability
        | ProviderOperation::Look
        | ProviderOperation::Identify => true,
        ProviderOperation::Prepare | ProviderOperation::Open | ProviderOperation::Send | ProviderOperation::End => {
            false
        }
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
        CallError::NotSent { .. } | CallError::NotYet { .. } => CallFailure::NotSent,
        CallError::Ambiguous { .. } => CallFailure::Ambiguous,
        CallError::Refused { .. } => CallFailure::Refused,
        CallError::Gone { .. } => CallFailure::Gone,
        CallError::Misconfigured { .. } => CallFailure::Misconfigured,
    }
}
