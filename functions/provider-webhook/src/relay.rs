//! The relay: our own callback contract, for code at the customer's side.

use lambda_http::{Body, Request, Response};
use transfer_app::receive::relayed;
use transfer_aws::Service;
use transfer_domain::IntegrationId;
use transfer_http::{Kind, Problem};
use transfer_providers::relay::RelayOutcome;
use transfer_providers::{Adapters, Inbound};

use crate::{failed, status, webhook_request};

pub(crate) async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    integration: Option<&IntegrationId>,
    request: &Request,
    raw: bool,
) -> Result<Response<Body>, Problem> {
    let callback = webhook_request(request)?;
    let outcome = relayed(service, adapters, integration, &callback, raw).await;
    answer(outcome.map_err(|failure| failed(&failure))?)
}

fn answer(outcome: RelayOutcome) -> Result<Response<Body>, Problem> {
    if let Some(word) = outcome.word() {
        return Ok(status(word));
    }
    Err(Problem::new(match outcome {
        RelayOutcome::Malformed(why) => return Err(Problem::malformed(why)),
        RelayOutcome::TooLarge => Kind::TooLarge,
        RelayOutcome::TooMany => Kind::TooManyRequests,
        RelayOutcome::Unavailable => Kind::Unavailable,
        RelayOutcome::Unauthentic | RelayOutcome::Accepted | RelayOutcome::Duplicate | RelayOutcome::Ignored => {
            Kind::Unauthorized
        }
    }))
}
