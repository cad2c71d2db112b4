//! The relay: our own callback contract, for code at the customer's side.

use std::sync::Arc;

use transfer_domain::{Integration, IntegrationId};
use transfer_providers::relay::{self, RelayOutcome, Relayed};
use transfer_providers::{Adapters, Inbound, IntegrationSecrets, Unauthentic, WebhookRequest};
use transfer_store::Relayed as Bound;

use super::Received;
use super::gate::{Visitor, bound, check};
use crate::{Failure, Service, WebhookOutcome};

/// Takes a request of the relay; `raw` if its body is the provider's own behind our signature.
pub async fn relayed(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    integration: Option<&IntegrationId>,
    callback: &WebhookRequest,
    raw: bool,
) -> Result<RelayOutcome, Failure> {
    if callback.body.len() > relay::MAX_RELAY_BODY_BYTES {
        return Ok(RelayOutcome::TooLarge);
    }
    let now = service.now();
    let verify = |integration: &Arc<Integration>, secrets: &IntegrationSecrets| {
        relay::verify(integration, secrets, &callback.headers, &callback.body, now)
    };
    let (integration, webhook_id) = match check(service, integration, verify, Unauthentic).await? {
        Visitor::Authentic(integration, webhook_id) => (integration, webhook_id),
        Visitor::Refused { provider, why: Unauthentic } => {
            service.refused(provider, WebhookOutcome::Unauthentic);
            return Ok(RelayOutcome::Unauthentic);
        }
    };
    let events = if raw {
        let Some(bound) = bound(adapters, &integration) else {
            return Ok(RelayOutcome::Ignored);
        };
        bound.parse_webhook(callback, now)
    } else {
        relay::parse(&integration, &webhook_id, &callback.body).map(|relayed| match relayed {
            Relayed::Event(event) => vec![*event],
            Relayed::Ignored => vec![],
        })
    };
    let events = match events {
        Ok(events) => events,
        Err(malformed) => {
            service.refused(Some(integration.provider), WebhookOutcome::Malformed);
            return Ok(RelayOutcome::Malformed(malformed.what));
        }
    };
    // What the sender calls one callback is one, whatever it says the second time, and of whatever kind.
    match service.store.bind_relayed(&integration, &webhook_id, &callback.body, now).await? {
        Bound::This => {}
        Bound::Another => {
            service.refused(Some(integration.provider), WebhookOutcome::Duplicate);
            return Ok(RelayOutcome::Duplicate);
        }
    }
    Ok(outcome(service.receive(&integration, events).await?))
}

fn outcome(received: Received) -> RelayOutcome {
    if received.applied + received.parked > 0 {
        RelayOutcome::Accepted
    } else if received.duplicates > 0 {
        RelayOutcome::Duplicate
    } else {
        RelayOutcome::Ignored
    }
}
