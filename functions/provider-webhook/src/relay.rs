//! The relay: our own callback contract, for code at the customer's side.

use lambda_http::{Body, Request, Response};
use transfer_aws::{Received, Service, WebhookOutcome};
use transfer_domain::Integration;
use transfer_http::{Kind, Problem, route};
use transfer_providers::relay::{self, RelayOutcome, Relayed};
use transfer_providers::{Adapters, Inbound, IntegrationSecrets, Unauthentic};
use transfer_store::Relayed as Bound;

use crate::gate::{Visitor, check};
use crate::{failed, status, webhook_request};

pub(crate) async fn receive(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    answer(take(service, adapters, request).await?)
}

async fn take(service: &Service, adapters: &Adapters<dyn Inbound>, request: &Request) -> Result<RelayOutcome, Problem> {
    let callback = webhook_request(request)?;
    if callback.body.len() > relay::MAX_RELAY_BODY_BYTES {
        return Ok(RelayOutcome::TooLarge);
    }
    let now = service.now();
    let verify = |integration: &Integration, secrets: &IntegrationSecrets| {
        relay::verify(integration, secrets, &callback.headers, &callback.body, now)
    };
    let (integration, webhook_id) = match check(service, request, "integrationId", verify, Unauthentic).await? {
        Visitor::Authentic(integration, webhook_id) => (integration, webhook_id),
        Visitor::Refused { provider, why: Unauthentic } => {
            service.refused(provider, WebhookOutcome::Unauthentic);
            return Ok(RelayOutcome::Unauthentic);
        }
    };
    let events = if route(request).is_some_and(|route| route.ends_with("/raw")) {
        // The provider's own body behind our signature.
        let Some(adapter) = adapters.get(integration.provider) else {
            return Ok(RelayOutcome::Ignored);
        };
        adapter.parse_webhook(&integration, &callback, now)
    } else {
        relay::parse(&integration, &webhook_id, &callback.body).map(|relayed| match relayed {
            Relayed::Event(event) => vec![*event],
            Relayed::Ignored => vec![],
        })
    };
    let Ok(events) = events else {
        service.refused(Some(integration.provider), WebhookOutcome::Malformed);
        return Ok(RelayOutcome::Malformed);
    };
    // What the sender calls one callback is one, whatever it says the second time, and of whatever kind.
    let bound = service.store.bind_relayed(&integration, &webhook_id, &callback.body, now).await;
    match bound.map_err(|error| failed(&error))? {
        Bound::This => {}
        Bound::Another => {
            service.refused(Some(integration.provider), WebhookOutcome::Duplicate);
            return Ok(RelayOutcome::Duplicate);
        }
    }
    let received = service.receive(&integration, events).await.map_err(|error| failed(&error))?;
    Ok(outcome(received))
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

fn answer(outcome: RelayOutcome) -> Result<Response<Body>, Problem> {
    if let Some(word) = outcome.word() {
        return Ok(status(word));
    }
    Err(Problem::new(match outcome {
        RelayOutcome::Malformed => Kind::Malformed,
        RelayOutcome::TooLarge => Kind::TooLarge,
        RelayOutcome::TooMany => Kind::TooManyRequests,
        RelayOutcome::Unavailable => Kind::Unavailable,
        RelayOutcome::Unauthentic | RelayOutcome::Accepted | RelayOutcome::Duplicate | RelayOutcome::Ignored => {
            Kind::Unauthorized
        }
    }))
}
