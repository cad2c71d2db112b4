//! Genesys Cloud, Open Messaging. Two streams come in: messages by a signed webhook, the life of the conversation by
//! the partner event bus or, where there is none, by a data action's POST to `…/lifecycle`.

mod content;
mod lifecycle;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;
mod webhook;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};
use settings::Settings;
use transfer_domain::{Correlation, Integration, Provider, ProviderEvent, ProviderSessionId, Status, TransferId};

use crate::draft::stored;
use crate::reading::{code, json_object, text};
use crate::{
    Capabilities, Carriage, Carried, FieldFault, HostPolicy, Inbound, IntegrationDraft, IntegrationSecrets, Malformed,
    Receipts, Unauthentic, ValidIntegration, WebhookRequest, secret,
};

/// The path segment behind the secret at which a data action posts lifecycle events.
const LIFECYCLE_ROUTE: &str = "lifecycle";

/// Credentials that callbacks bring.
const INBOUND_CREDENTIALS: [&str; 2] = [STATIC_HEADER_VALUE, DATA_ACTION_BEARER];
const STATIC_HEADER_VALUE: &str = "staticHeaderValue";
const DATA_ACTION_BEARER: &str = "dataActionBearer";

/// The name of the provider.
pub const GENESYS: Provider = Provider::named("genesys");

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Genesys;

impl Inbound for Genesys {
    fn provider(&self) -> Provider {
        GENESYS
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            typing_in: true,
            typing_out: true,
            receipts: Receipts::Delivered,
            availability: false,
            attachments: 1,
            remote_end: true,
            queue_position: false,
            wait_time: false,
            history_upload: false,
            native_post_agent: true,
            message_promotes: false,
            resends_safely: true,
            content_in: Carriage {
                card: Carried::Native,
                choices: Carried::Native,
                location: Carried::Native,
                ..Carriage::PLAIN
            },
            content_out: Carriage::of_contact(1),
            reply: Carried::Native,
        }
    }

    /// Messages have ids of their own; whether that is relied on is a setting.
    fn capabilities_of(&self, integration: &Integration) -> Capabilities {
        let resends_safely = stored::<Settings>(integration).is_ok_and(|settings| settings.resend_ambiguous_messages);
        Capabilities { resends_safely, ..self.capabilities() }
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        settings::validate(draft, hosts)
    }

    fn inbound_credentials(&self) -> &'static [&'static str] {
        &INBOUND_CREDENTIALS
    }

    fn signs_webhooks(&self) -> bool {
        true
    }

    fn authenticate(
        &self,
        integration: &Integration,
        secrets: &IntegrationSecrets,
        request: &WebhookRequest,
    ) -> Result<(), Unauthentic> {
        if is_lifecycle(request) {
            return require_credential(secrets, DATA_ACTION_BEARER, bearer(request).ok_or(Unauthentic)?);
        }
        require_signature(secrets, request)?;
        let settings: Settings = stored(integration).map_err(|_| Unauthentic)?;
        match &settings.static_header_name {
            Some(name) => {
                require_credential(secrets, STATIC_HEADER_VALUE, request.only_header(name).ok_or(Unauthentic)?)
            }
            None => Ok(()),
        }
    }

    fn parse_webhook(
        &self,
        integration: &Integration,
        request: &WebhookRequest,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        let settings = usable(integration)?;
        let body = json_object(&request.body)?;
        if is_lifecycle(request) {
            Ok(lifecycle::from_data_action(&settings, &body))
        } else {
            Ok(webhook::events(&settings, &body))
        }
    }

    fn parse_bus_event(
        &self,
        integration: &Integration,
        event: &Value,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        let settings = usable(integration)?;
        if text(event, "/source") != integration.partner_source.as_deref() {
            return Err(Malformed { what: "source: not the integration's partner event source".to_owned() });
        }
        Ok(lifecycle::from_bus(&settings, event))
    }

    /// A message opens or continues the conversation, so there is always somebody to take it.
    fn takes_messages(&self, status: Status) -> bool {
        match status {
            Status::Pending | Status::Queued | Status::Active | Status::PostAgent => true,
            Status::Ended => false,
        }
    }
}

fn usable(integration: &Integration) -> Result<Settings, Malformed> {
    stored(integration).map_err(|fault| Malformed { what: format!("the integration's own {}", fault.pointer) })
}

fn is_lifecycle(request: &WebhookRequest) -> bool {
    request.rest.first().is_some_and(|segment| segment == LIFECYCLE_ROUTE)
}

/// `sha256=` and the padded base64 of the HMAC-SHA256 of the raw body under the integration's secret token.
fn require_signature(secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
    let header = request.only_header("x-hub-signature-256").ok_or(Unauthentic)?;
    let encoded = header.strip_prefix(b"sha256=").ok_or(Unauthentic)?;
    let tag = STANDARD.decode(encoded).map_err(|_| Unauthentic)?;
    if secret::is_signed_by_one_of(&secrets.signing_secrets, &request.body, &tag) { Ok(()) } else { Err(Unauthentic) }
}

fn require_credential(secrets: &IntegrationSecrets, name: &str, given: &[u8]) -> Result<(), Unauthentic> {
    let expected: &[SecretString] = secrets.credentials.get(name).map_or(&[], std::slice::from_ref);
    if secret::is_one_of(expected, given) { Ok(()) } else { Err(Unauthentic) }
}

fn bearer(request: &WebhookRequest) -> Option<&[u8]> {
    request.only_header("authorization")?.strip_prefix(b"Bearer ")
}

/// Which session something is for: our id where it is echoed, and the vendor's conversation.
fn correlation(ours: Option<&str>, conversation: Option<&str>) -> Option<Correlation> {
    let transfer_id = ours.and_then(|id| id.parse::<TransferId>().ok());
    let provider_session_id = conversation.and_then(|id| ProviderSessionId::new(id).ok());
    (transfer_id.is_some() || provider_session_id.is_some()).then_some(Correlation { transfer_id, provider_session_id })
}

/// What operators may see of a conversation.
fn provider_data(conversation: Option<&ProviderSessionId>) -> Map<String, Value> {
    conversation.map(|id| ("conversationId".to_owned(), Value::from(id.as_str()))).into_iter().collect()
}
