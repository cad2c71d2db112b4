//! Events of partner event sources.

use serde_json::Value;
use transfer_providers::{Adapters, Inbound};
use transfer_store::StoreError;

use super::gate::bound;
use crate::{Service, WebhookOutcome};

/// Applies one event of a partner bus. Trust is the bus: the rule lets only partner sources through, and each source
/// belongs to one integration. What cannot be understood is logged and dropped; it would not get better by repetition.
pub async fn partner_event(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    event: &Value,
) -> Result<(), StoreError> {
    let source = event.get("source").and_then(Value::as_str).unwrap_or_default();
    let Some(integration) = service.directory.integration_by_partner_source(source).await? else {
        service.refused(None, WebhookOutcome::Unauthentic);
        tracing::warn!(event.outcome = "unknown-source", "an event of an unknown partner source was dropped");
        return Ok(());
    };
    crate::about_project(&integration.project_id);
    let Some(bound) = bound(adapters, &integration) else { return Ok(()) };
    let events = match bound.parse_bus_event(event, service.now()) {
        Ok(events) => events,
        Err(malformed) => {
            service.refused(Some(integration.provider), WebhookOutcome::Malformed);
            tracing::warn!(integration.id = %integration.integration_id, error = %malformed, "an event was not understood");
            return Ok(());
        }
    };
    service.receive(&integration, events).await?;
    Ok(())
}
