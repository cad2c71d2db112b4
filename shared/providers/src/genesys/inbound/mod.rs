//! What Genesys tells: by the signed webhook, by the partner event bus or by a data action.

mod content;
pub(super) mod lifecycle;
mod webhook;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::ProviderEvent;

use super::settings::Settings;
use super::{DATA_ACTION_BEARER, STATIC_HEADER_VALUE};
use crate::reading::{json_object, text};
use crate::{Bound, Capabilities, IntegrationSecrets, Malformed, Provides, Unauthentic, WebhookRequest, secret};

/// The path segment behind the secret at which a data action posts lifecycle events.
const LIFECYCLE_ROUTE: &str = "lifecycle";

impl Bound for Settings {
    /// Messages have ids of their own; whether that is relied on is a setting.
    fn capabilities(&self) -> Capabilities {
        Capabilities { resends_safely: self.resend_ambiguous_messages, ..Self::CAPABILITIES }
    }

    fn authenticate(&self, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
        if is_lifecycle(request) {
            let given = request.header_behind("authorization", b"Bearer ")?;
            return secret::require(secrets.brought(DATA_ACTION_BEARER), given);
        }
        require_signature(secrets, request)?;
        match &self.static_header_name {
            Some(name) => request.require_secret(name, secrets.brought(STATIC_HEADER_VALUE)),
            None => Ok(()),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        let body = json_object(&request.body)?;
        if is_lifecycle(request) {
            Ok(lifecycle::from_data_action(self, &body))
        } else {
            Ok(webhook::events(self, &body))
        }
    }

    fn parse_bus_event(&self, event: &Value, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        let source = text(event, "/source");
        if source.is_none() || source != self.partner_source.as_deref() {
            return Err(Malformed { what: "source: not the integration's partner event source".to_owned() });
        }
        Ok(lifecycle::from_bus(self, event))
    }
}

fn is_lifecycle(request: &WebhookRequest) -> bool {
    request.rest.first().is_some_and(|segment| segment == LIFECYCLE_ROUTE)
}

/// `sha256=` and the padded base64 of the HMAC-SHA256 of the raw body under the integration's secret token.
fn require_signature(secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
    let encoded = request.header_behind("x-hub-signature-256", b"sha256=")?;
    let tag = STANDARD.decode(encoded).map_err(|_| Unauthentic)?;
    if secret::is_signed_by_one_of(&secrets.signing_secrets, &request.body, &tag) { Ok(()) } else { Err(Unauthentic) }
}
