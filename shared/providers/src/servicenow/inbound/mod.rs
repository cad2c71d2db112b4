//! What ServiceNow tells: by envelopes.

mod content;
mod envelope;
mod items;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use transfer_domain::{ProviderEvent, Status};

use super::settings::{Settings, WebhookAuth};
use crate::reading::json_object;
use crate::{Bound, Capabilities, IntegrationSecrets, Malformed, Provides, Unauthentic, WebhookRequest, secret};

impl Bound for Settings {
    /// Messages have ids of their own; whether that is relied on is a setting.
    fn capabilities(&self) -> Capabilities {
        Capabilities { resends_safely: self.resend_ambiguous_messages, ..Self::CAPABILITIES }
    }

    fn authenticate(&self, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
        match self.webhook_auth {
            WebhookAuth::PathSecret => Ok(()),
            WebhookAuth::HeaderSecret => request.require_secret(&self.webhook_header_name, &secrets.signing_secrets),
            WebhookAuth::Basic => {
                let encoded = request.header_behind("authorization", b"Basic ")?;
                let decoded = STANDARD.decode(encoded).map_err(|_| Unauthentic)?;
                let user = format!("{}:", self.webhook_user.as_deref().unwrap_or_default());
                let password = decoded.strip_prefix(user.as_bytes()).ok_or(Unauthentic)?;
                secret::require(&secrets.signing_secrets, password)
            }
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(envelope::events(self, &json_object(&request.body)?, now))
    }

    /// While its bot is busy a second message is ignored, so messages wait until a live agent's queue has the
    /// conversation.
    fn takes_messages(&self, status: Status) -> bool {
        match status {
            Status::Queued | Status::Active | Status::PostAgent => true,
            Status::Pending | Status::Ended => false,
        }
    }
}
