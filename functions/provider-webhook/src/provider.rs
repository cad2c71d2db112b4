//! Callbacks in a provider's own form.

use lambda_http::{Body, Request, Response};
use transfer_aws::{Service, WebhookOutcome};
use transfer_domain::Provider;
use transfer_http::{Kind, Problem, path_parameter};
use transfer_providers::{Adapters, Inbound};

use crate::{failed, integration, not_found, status, webhook_request};

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
    let Some((integration, secrets)) = integration(service, request, "target").await? else {
        refused(WebhookOutcome::Unauthentic);
        return Err(not_found());
    };
    if integration.provider != adapter.provider()
        || adapter.verify_path(&integration, &secrets, &secret, &callback).is_err()
    {
        refused(WebhookOutcome::Unauthentic);
        tracing::info!(integration.id = %integration.integration_id, outcome = "unauthentic", "a webhook was refused");
        return Err(not_found());
    }
    if adapter.authenticate(&integration, &secrets, &callback).is_err() {
        refused(WebhookOutcome::Unauthentic);
        tracing::info!(integration.id = %integration.integration_id, outcome = "unauthentic", "a webhook was refused");
        return Err(if adapter.signs_webhooks() { Problem::new(Kind::Unauthorized) } else { not_found() });
    }
    let events = adapter.parse_webhook(&integration, &callback, service.now()).map_err(|malformed| {
        refused(WebhookOutcome::Malformed);
        Problem::malformed(malformed.to_string())
    })?;
    service.receive(&integration, events).await.map_err(|error| failed(&error))?;
    // Authentic is accepted, whatever it was for: some providers give a conversation up at the first refusal.
    Ok(status("accepted"))
}
