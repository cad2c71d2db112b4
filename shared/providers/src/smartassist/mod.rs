//! Kore.ai SmartAssist. Text goes through the platform's webhook channel, which tells nothing about the life of the
//! conversation: that comes by our relay, and by asking the public REST interface.

mod channel;
mod content;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

use chrono::{DateTime, Utc};
pub(crate) use settings::Settings;
use transfer_domain::{Provider, ProviderEvent};

use crate::reading::json_object;
use crate::{
    Bound, Capabilities, Carriage, Carried, IntegrationSecrets, Malformed, Provides, Receipts, Unauthentic,
    WebhookRequest,
};

/// Files are a list, and no limit of it is documented.
const ATTACHMENTS: u8 = 10;

/// The name of the provider.
pub const SMARTASSIST: Provider = Provider::named("smartassist");

impl Provides for Settings {
    const PROVIDER: Provider = SMARTASSIST;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: false,
        typing_out: false,
        receipts: Receipts::None,
        availability: true,
        attachments: ATTACHMENTS,
        remote_end: true,
        queue_position: true,
        wait_time: true,
        history_upload: true,
        native_post_agent: true,
        message_promotes: false,
        resends_safely: false,
        content_in: Carriage {
            card: Carried::Text,
            choices: Carried::Native,
            form: Carried::Text,
            table: Carried::Text,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(ATTACHMENTS),
        reply: Carried::Native,
    };
}

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
