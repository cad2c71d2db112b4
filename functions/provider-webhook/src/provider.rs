//! Callbacks in a provider's own form.

use lambda_http::{Body, Request, Response};
use transfer_app::receive::{Callback, NotTaken, callback};
use transfer_aws::Service;
use transfer_domain::{IntegrationId, Provider};
use transfer_http::{Kind, Problem, path_parameter};
use transfer_providers::{Adapters, Inbound};

use crate::{failed, not_found, status, webhook_request};

pub(crate) async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    integration: Option<IntegrationId>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let webhook = webhook_request(request)?;
    let provider: Option<Provider> = path_parameter(request, "provider").and_then(|word| word.parse().ok());
    let adapter = provider.and_then(|provider| adapters.get(provider)).ok_or_else(not_found)?;
    let secret = path_parameter(request, "secret").ok_or_else(not_found)?;
    let taken = callback(service, adapters, adapter, &Callback { integration, secret, request: webhook }).await;
    taken.map_err(|error| match error {
        NotTaken::NotFound => not_found(),
        NotTaken::Unauthentic => Problem::new(Kind::Unauthorized),
        NotTaken::Malformed(why) => Problem::malformed(why),
        NotTaken::Failed(failure) => failed(&failure),
    })?;
    Ok(status("accepted"))
}
