//! What SmartAssist tells: by callbacks of the webhook channel.

mod channel;
mod content;

use chrono::{DateTime, Utc};
use transfer_domain::ProviderEvent;

use super::ATTACHMENTS;
use super::settings::Settings;
use crate::reading::json_object;
use crate::{Bound, Capabilities, IntegrationSecrets, Malformed, Provides, Unauthentic, WebhookRequest};

impl Bound for Settings {
    /// Whether somebody is there is asked where that is switched on.
    fn capabilities(&self) -> Capabilities {
        let attachments = if self.attachment_max_mb == 0 { 0 } else { ATTACHMENTS };
        Capabilities { availability: self.availability_check, ..Self::CAPABILITIES.with_attachments(attachments) }
    }

    /// Beside the path's secret there is only a static header, where one is configured.
    fn authenticate(&self, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
        match &self.post_url_header {
            Some(name) => request.require_secret(name, &secrets.signing_secrets),
            None => Ok(()),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(channel::events(self, &json_object(&request.body)?, now))
    }
}
