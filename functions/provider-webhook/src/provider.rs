//! Callbacks in a provider's own form.

use lambda_http::{Body, Request, Response};
use transfer_aws::{Service, WebhookOutcome};
use transfer_domain::{Integration, Provider};
use transfer_http::{Kind, Problem, path_parameter};
use transfer_providers::{Adapters, Inbound, IntegrationSecrets};

use crate::gate::{Visitor, check};
use crate::{failed, not_found, status, webhook_request};

pub(crate) async fn receive(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let callback = webhook_request(request)?;
    let provider: Option<Provider> = path_parameter(request, "provider").and_then(|word| word.parse().ok());
    let adapter = provider.and_then(|provider| adapters.get(provider)).ok_or_else(not_found)?;
    let secret = path_parameter(request, "secret").ok_or_else(not_found)?;
    let refused = |outcome| service.refused(Some(adapter.provider()), outcome);
    let verify = |integration: &Integration, secrets: &IntegrationSecrets| {
        let path = adapter.verify_path(integration, secrets, &secret, &callback);
        if path.is_err() || integration.provider != adapter.provider() {
            return Err(Kind::NotFound);
        }
        let signed = adapter.authenticate(integration, secrets, &callback);
        signed.map_err(|_| if adapter.signs_webhooks() { Kind::Unauthorized } else { Kind::NotFound })
    };
    let integration = match check(service, request, "target", verify, Kind::NotFound).await? {
        Visitor::Authentic(integration, ()) => integration,
        Visitor::Refused { why, .. } => {
            refused(WebhookOutcome::Unauthentic);
            return Err(Problem::new(why));
        }
    };
    let events = adapter.parse_webhook(&integration, &callback, service.now()).map_err(|malformed| {
        refused(WebhookOutcome::Malformed);
        Problem::malformed(malformed.to_string())
    })?;
    service.receive(&integration, events).await.map_err(|error| failed(&error))?;
    // Authentic is accepted, whatever it was for: some providers give a conversation up at the first refusal.
    Ok(status("accepted"))
}
