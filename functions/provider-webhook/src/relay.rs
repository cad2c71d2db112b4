//! The relay: our own callback contract, for code at the customer's side.

use lambda_http::{Body, Request, Response};
use transfer_aws::{Received, Service, WebhookOutcome};
use transfer_http::{Kind, Problem, route};
use transfer_providers::relay::{self, RelayOutcome, Relayed};
use transfer_providers::{Adapters, Inbound};
use transfer_store::Relayed as Bound;

use crate::{failed, integration, status, webhook_request};

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
    let Some((integration, secrets)) = integration(service, request, "integrationId").await? else {
        service.refused(None, WebhookOutcome::Unauthentic);
        return Ok(RelayOutcome::Unauthentic);
    };
    let now = service.now();
    let Ok(webhook_id) = relay::verify(&integration, &secrets, &callback.headers, &callback.body, now) else {
        service.refused(Some(integration.provider), WebhookOutcome::Unauthentic);
        tracing::info!(integration.id = %integration.integration_id, outcome = "unauthentic", "a relay was refused");
        return Ok(RelayOutcome::Unauthentic);
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
