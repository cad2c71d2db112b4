//! Kore.ai SmartAssist. Text goes through the platform's webhook channel, which tells nothing about the life of the
//! conversation: that comes by our relay, and by asking the public REST interface.

mod channel;
mod content;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

use chrono::{DateTime, Utc};
use serde_json::Value;
use settings::Settings;
use transfer_domain::{Integration, Provider, ProviderEvent, Status};

use crate::draft::stored;
use crate::reading::json_object;
use crate::{
    Capabilities, Carriage, Carried, FieldFault, HostPolicy, Inbound, IntegrationDraft, IntegrationSecrets, Malformed,
    Receipts, Unauthentic, ValidIntegration, WebhookRequest, secret,
};

/// Files are a list, and no limit of it is documented.
const ATTACHMENTS: u8 = 10;

/// The name of the provider.
pub const SMARTASSIST: Provider = Provider::named("smartassist");

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SmartAssist;

impl Inbound for SmartAssist {
    fn provider(&self) -> Provider {
        SMARTASSIST
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
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
        }
    }

    /// Whether somebody is there is asked where that is switched on.
    fn capabilities_of(&self, integration: &Integration) -> Capabilities {
        let can = self.capabilities();
        let Ok(settings) = stored::<Settings>(integration) else { return can };
        let attachments = if settings.attachment_max_mb == 0 { 0 } else { can.attachments };
        Capabilities { availability: settings.availability_check, ..can.with_attachments(attachments) }
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        settings::validate(draft, hosts)
    }

    fn signs_webhooks(&self) -> bool {
        false
    }

    /// Beside the path's secret there is only a static header, where one is configured.
    fn authenticate(
        &self,
        integration: &Integration,
        secrets: &IntegrationSecrets,
        request: &WebhookRequest,
    ) -> Result<(), Unauthentic> {
        let settings: Settings = stored(integration).map_err(|_| Unauthentic)?;
        let Some(name) = &settings.post_url_header else { return Ok(()) };
        let given = request.only_header(name).ok_or(Unauthentic)?;
        if secret::is_one_of(&secrets.signing_secrets, given) { Ok(()) } else { Err(Unauthentic) }
    }

    fn parse_webhook(
        &self,
        integration: &Integration,
        request: &WebhookRequest,
        now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        let settings: Settings = stored(integration)
            .map_err(|fault| Malformed { what: format!("the integration's own {}", fault.pointer) })?;
        let body = json_object(&request.body)?;
        Ok(channel::events(&settings, &body, now))
    }

    /// There is no partner event source.
    fn parse_bus_event(
        &self,
        _integration: &Integration,
        _event: &Value,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(Vec::new())
    }

    /// The flow before the queue may ask questions, and the contact answers them.
    fn takes_messages(&self, status: Status) -> bool {
        match status {
            Status::Pending | Status::Queued | Status::Active | Status::PostAgent => true,
            Status::Ended => false,
        }
    }
}
