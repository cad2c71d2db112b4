//! Callbacks in a provider's own form.

use std::sync::Arc;

use transfer_domain::{Integration, IntegrationId};
use transfer_providers::{Adapters, Inbound, IntegrationSecrets, WebhookRequest};
use transfer_store::StoreError;

use super::gate::{Visitor, bound, check};
use crate::{Failure, Service, WebhookOutcome};

/// A callback and what its address says.
#[derive(Debug)]
pub struct Callback {
    /// The integration that it names, if that can be one.
    pub integration: Option<IntegrationId>,
    /// The secret.
    pub secret: String,
    /// The request.
    pub request: WebhookRequest,
}

/// Why a callback is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Its address leads nowhere. That it exists must not be learned from the answer.
    #[error("the address leads nowhere")]
    NotFound,
    /// Its signature does not prove it.
    #[error("the signature does not prove it")]
    Unauthentic,
    /// It is authentic and cannot be understood.
    #[error("{0}")]
    Malformed(String),
    /// Something behind it failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes a callback. Authentic is taken, whatever it was for: some providers give a conversation up at the first
/// refusal.
pub async fn callback(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    adapter: &dyn Inbound,
    callback: &Callback,
) -> Result<(), NotTaken> {
    let Callback { integration, secret, request } = callback;
    let refused = |outcome| service.refused(Some(adapter.provider()), outcome);
    let verify = |integration: &Arc<Integration>, secrets: &IntegrationSecrets| {
        let bound = bound(adapters, integration).ok_or(NotTaken::NotFound)?;
        let path = bound.verify_path(secrets, secret, request);
        if path.is_err() || integration.provider != adapter.provider() {
            return Err(NotTaken::NotFound);
        }
        match bound.authenticate(secrets, request) {
            Ok(()) => Ok(bound),
            Err(_) if adapter.signs_webhooks() => Err(NotTaken::Unauthentic),
            Err(_) => Err(NotTaken::NotFound),
        }
    };
    let (integration, bound) = match check(service, integration.as_ref(), verify, NotTaken::NotFound).await? {
        Visitor::Authentic(integration, bound) => (integration, bound),
        Visitor::Refused { why, .. } => {
            refused(WebhookOutcome::Unauthentic);
            return Err(why);
        }
    };
    let events = bound.parse_webhook(request, service.now()).map_err(|malformed| {
        refused(WebhookOutcome::Malformed);
        NotTaken::Malformed(malformed.to_string())
    })?;
    service.receive(&integration, events).await?;
    Ok(())
}
