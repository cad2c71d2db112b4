//! ServiceNow: the Virtual Agent API as the way to its live agents. One POST carries any number of events, in order and
//! without times; nothing is signed.

mod content;
mod envelope;
mod items;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
pub(crate) use settings::Settings;
use settings::WebhookAuth;
use transfer_domain::{Provider, ProviderEvent, Status, TransferId};

use crate::reading::json_object;
use crate::{
    Bound, Capabilities, Carriage, Carried, IntegrationSecrets, Malformed, Provides, Receipts, Unauthentic,
    WebhookRequest, secret,
};

/// The name of the provider.
pub const SERVICENOW: Provider = Provider::named("servicenow");

impl Provides for Settings {
    const PROVIDER: Provider = SERVICENOW;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: true,
        typing_out: true,
        receipts: Receipts::Delivered,
        availability: false,
        attachments: 1,
        remote_end: true,
        queue_position: false,
        wait_time: true,
        history_upload: true,
        native_post_agent: true,
        message_promotes: true,
        resends_safely: true,
        content_in: Carriage {
            card: Carried::Native,
            choices: Carried::Native,
            form: Carried::Native,
            table: Carried::Native,
            citation: Carried::Native,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(1),
        reply: Carried::Native,
    };
}

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

/// The id of the request that asks for a human: an opening of several requests asks with its last one.
fn handoff_request_id(settings: &Settings, transfer: TransferId) -> String {
    opening_request_id(transfer, settings.opening_requests())
}

/// The id of the opening's request by its number, from 1; the same whenever the opening is repeated.
fn opening_request_id(transfer: TransferId, number: u8) -> String {
    if number <= 1 { format!("{transfer}-1") } else { format!("{transfer}-1-{number}") }
}

impl Settings {
    /// How many requests the opening takes.
    fn opening_requests(&self) -> u8 {
        match self.handoff_action {
            settings::HandoffAction::StartLiveAgentOnly | settings::HandoffAction::Text => 1,
            settings::HandoffAction::CreateThenStart => 2,
            settings::HandoffAction::Agent => 1 + self.agent_action_repeat,
        }
    }
}
