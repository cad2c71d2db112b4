//! What contact centres tell, on its way to its sessions: who may call, whether a request is authentic, what it says, and
//! what became of it.

mod callback;
mod gate;
mod partner_event;
mod relayed;

use std::time::Duration;

use transfer_domain::{
    Correlation, Flow, Integration, Provider, ProviderEvent, ProviderSessionId, Redacted, TransferId,
};
use transfer_store::{Parking, StoreError};

use crate::{Metric, Service, WebhookOutcome};

pub use callback::{Callback, NotTaken, callback};
pub(crate) use gate::bound;
pub use partner_event::partner_event;
pub use relayed::relayed;

/// Lets a caller call an integration now, or tells how long to wait: before anything is read or compared, and for an
/// integration that does not exist like for one that does. The address counts as well as the integration, because whoever
/// merely knows an integration must not use up what its contact centre needs.
pub fn admit(service: &Service, integration: &str, address: &str) -> Result<(), Duration> {
    let admitted = service.callbacks.take(&[integration, address], service.now());
    admitted.inspect_err(|_| service.refused(None, WebhookOutcome::Throttled))
}

/// What became of a request's events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Applied now.
    pub applied: usize,
    /// Applied before.
    pub duplicates: usize,
    /// Kept until their conversation is linked to a session.
    pub parked: usize,
    /// For no session of this integration, or one that is gone or has ended.
    pub without_effect: usize,
    /// Without the name of any session.
    pub unattributed: usize,
}

impl Received {
    /// By outcome. A request without any event for us is one that was ignored.
    fn outcomes(self) -> [(WebhookOutcome, usize); 5] {
        let events = self.applied + self.duplicates + self.parked + self.without_effect + self.unattributed;
        [
            (WebhookOutcome::Applied, self.applied),
            (WebhookOutcome::Duplicate, self.duplicates),
            (WebhookOutcome::Parked, self.parked),
            (WebhookOutcome::Ignored, if events == 0 { 1 } else { self.without_effect }),
            (WebhookOutcome::Unattributed, self.unattributed),
        ]
    }
}

impl Service {
    /// Applies the authentic events of a request of an integration to its sessions, and counts what became of them.
    pub async fn receive(&self, integration: &Integration, events: Vec<ProviderEvent>) -> Result<Received, StoreError> {
        let received = self.replay(integration, events).await?;
        for (outcome, count) in received.outcomes() {
            self.count_webhooks(Some(integration.provider), outcome, count);
        }
        if received.unattributed > 0 {
            tracing::warn!(
                project.id = %integration.project_id,
                integration.id = %integration.integration_id,
                provider = %integration.provider,
                events.unattributed = received.unattributed,
                "provider events name no session and were dropped: check how the integration is told whom they are for"
            );
        }
        Ok(received)
    }

    /// Counts a request that was refused as a whole; `provider` if it is one that there is an adapter of.
    pub fn refused(&self, provider: Option<Provider>, outcome: WebhookOutcome) {
        self.count_webhooks(provider, outcome, 1);
    }

    fn count_webhooks(&self, provider: Option<Provider>, outcome: WebhookOutcome, count: usize) {
        if count > 0 {
            self.metrics.record(Metric::Webhook { provider, outcome, count });
        }
    }

    /// Applies authentic events of an integration to its sessions, in the order given: new ones, or ones that were
    /// parked. An event whose conversation is not linked yet is parked: it can beat the answer to our own call.
    pub async fn replay(&self, integration: &Integration, events: Vec<ProviderEvent>) -> Result<Received, StoreError> {
        let mut received = Received::default();
        let redactor = self.directory.redactor(&integration.project_id).await?;
        let redactor = redactor.filter(|redactor| redactor.looks_at(Flow::ToRuntime));
        let mut redacted = Redacted::default();
        let mut events: Vec<_> = events.into_iter().map(ProviderEvent::fitted).collect();
        if let Some(redactor) = redactor {
            for event in &mut events {
                redacted.merge(&redactor.event(event));
            }
            // What stands instead may be longer.
            events = events.into_iter().map(ProviderEvent::fitted).collect();
        }
        self.count_redacted(&redacted);
        let mut events = events.into_iter().peekable();
        while let Some(first) = events.next() {
            let correlation = first.correlation.clone();
            let mut together = vec![first];
            while let Some(next) = events.next_if(|next| next.correlation == correlation) {
                together.push(next);
            }
            self.receive_for(integration, &correlation, together, &mut received).await?;
        }
        tracing::info!(
            project.id = %integration.project_id,
            integration.id = %integration.integration_id,
            provider = %integration.provider,
            events.applied = received.applied,
            events.duplicates = received.duplicates,
            events.parked = received.parked,
            events.without_effect = received.without_effect,
            events.unattributed = received.unattributed,
            "provider events were received"
        );
        Ok(received)
    }

    async fn receive_for(
        &self,
        integration: &Integration,
        correlation: &Correlation,
        events: Vec<ProviderEvent>,
        received: &mut Received,
    ) -> Result<(), StoreError> {
        if let Some(transfer) = correlation.transfer_id {
            return self.apply(integration, transfer, events, received).await;
        }
        let Some(name) = &correlation.provider_session_id else {
            received.unattributed += events.len();
            return Ok(());
        };
        match self.store.find_linked(&integration.project_id, integration.provider, name).await? {
            Some(transfer) => self.apply(integration, transfer, events, received).await,
            None => self.park(integration, name, events, received).await,
        }
    }

    async fn park(
        &self,
        integration: &Integration,
        name: &ProviderSessionId,
        events: Vec<ProviderEvent>,
        received: &mut Received,
    ) -> Result<(), StoreError> {
        for event in events {
            let parking =
                self.store.park(&integration.project_id, integration.provider, name, &event, self.now()).await?;
            match parking {
                Parking::Parked => received.parked += 1,
                Parking::Linked(transfer) => self.apply(integration, transfer, vec![event], received).await?,
            }
        }
        Ok(())
    }

    async fn apply(
        &self,
        integration: &Integration,
        transfer: TransferId,
        events: Vec<ProviderEvent>,
        received: &mut Received,
    ) -> Result<(), StoreError> {
        crate::about_session(transfer);
        let count = events.len();
        let applied = self.store.apply_events(integration, transfer, events, self.now()).await?;
        let with_effect = applied.applied - applied.after_end;
        received.applied += with_effect;
        received.duplicates += applied.duplicates;
        received.without_effect += count - with_effect - applied.duplicates;
        Ok(())
    }
}
