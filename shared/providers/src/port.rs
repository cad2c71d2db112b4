//! What the service asks of a provider: the pure half, which verifies and parses, and (feature `outbound`) the calls.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transfer_domain::{
    Hears, Integration, OutgoingMessage, Part, Provider, ProviderEvent, ReceiptState, Status, Timers,
};

use crate::draft::Fields;
use crate::{Carriage, Carried, Told, secret};

/// What a provider can and cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about a product")]
pub struct Capabilities {
    /// It tells when the representative types.
    pub typing_in: bool,
    /// It can be told that the contact types.
    pub typing_out: bool,
    /// Which receipts of the contact it takes.
    pub receipts: Receipts,
    /// It can be asked whether somebody would take a conversation.
    pub availability: bool,
    /// How many files of a message it shows as files; the others reach it as links in the text.
    pub attachments: u8,
    /// It can be told to end a conversation.
    pub remote_end: bool,
    /// It tells a place in the queue.
    pub queue_position: bool,
    /// It tells an expected wait.
    pub wait_time: bool,
    /// It takes the conversation so far.
    pub history_upload: bool,
    /// It says when the representative is gone but the conversation is not over.
    pub native_post_agent: bool,
    /// A representative's message proves that one is connected.
    pub message_promotes: bool,
    /// A message whose call had no known result is sent again under the same id: the provider makes that safe, and the
    /// integration's settings allow it.
    pub resends_safely: bool,
    /// How each kind of part of its messages reaches the contact.
    pub content_in: Carriage,
    /// How each kind of part of the contact's messages reaches it.
    pub content_out: Carriage,
    /// How it is told that the contact chose an option of an earlier message.
    pub reply: Carried,
}

impl Capabilities {
    /// With another number of files that it shows as files.
    #[must_use]
    pub const fn with_attachments(self, attachments: u8) -> Self {
        Self { attachments, content_out: Carriage::of_contact(attachments), ..self }
    }

    /// How a message of the contact is told, that is [complete](OutgoingMessage::complete): as text as soon as anything
    /// of it is.
    pub fn told(&self, message: &OutgoingMessage) -> Told {
        let files = message.attachments.len() <= usize::from(self.attachments);
        let parts = message.content.iter().map(Part::kind).all(|kind| self.content_out.of(kind) == Carried::Native);
        let reply = message.reply.is_none() || (message.choice().is_some() && self.reply == Carried::Native);
        if files && parts && reply { Told::Native } else { Told::Text }
    }
}

/// Which receipts of the contact a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// None.
    None,
    /// That messages reached the contact.
    Delivered,
    /// That messages reached the contact, and that they were read.
    DeliveredAndRead,
}

impl Receipts {
    /// What a provider is told of a message that came this far; `None` if it takes no receipts.
    pub const fn told_as(self, state: ReceiptState) -> Option<ReceiptState> {
        match self {
            Self::None => None,
            // What was read has surely arrived.
            Self::Delivered => Some(ReceiptState::Delivered),
            Self::DeliveredAndRead => Some(state),
        }
    }
}

/// The secret half of an integration. `Debug` shows no value.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IntegrationSecrets {
    /// The provider's credential fields by name.
    pub credentials: BTreeMap<String, SecretString>,
    /// Secrets of the webhook path, newest first; at most two live at once.
    pub path_secrets: Vec<SecretString>,
    /// Secrets of the provider's own webhook signature or header, newest first; at most two.
    pub signing_secrets: Vec<SecretString>,
    /// Secrets of the relay's signature (`whsec_…`), newest first; at most two.
    pub relay_secrets: Vec<SecretString>,
}

impl fmt::Debug for IntegrationSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntegrationSecrets")
            .field("credentials", &self.credentials.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl IntegrationSecrets {
    /// A credential that callbacks bring, as the only secret that is live.
    pub(crate) fn brought(&self, name: &str) -> &[SecretString] {
        self.credentials.get(name).map_or(&[], std::slice::from_ref)
    }

    /// Whether both hold the same values.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same = |one: &[SecretString], other: &[SecretString]| {
            one.iter().map(ExposeSecret::expose_secret).eq(other.iter().map(ExposeSecret::expose_secret))
        };
        let fields = |secrets: &Self| -> Vec<(String, String)> {
            let fields = secrets.credentials.iter();
            fields.map(|(name, secret)| (name.clone(), secret.expose_secret().to_owned())).collect()
        };
        fields(self) == fields(other)
            && same(&self.path_secrets, &other.path_secrets)
            && same(&self.signing_secrets, &other.signing_secrets)
            && same(&self.relay_secrets, &other.relay_secrets)
    }
}

/// An integration's secrets by who needs them. Whoever answers callbacks on the open internet must not be able to read
/// what the contact centre is called with.
#[derive(Debug, Clone, Default)]
pub struct SecretHalves {
    /// What calls to the provider need.
    pub outbound: IntegrationSecrets,
    /// What callbacks are checked by.
    pub inbound: IntegrationSecrets,
}

impl SecretHalves {
    /// All of them.
    pub fn joined(self) -> IntegrationSecrets {
        let mut joined = self.inbound;
        joined.credentials.extend(self.outbound.credentials);
        joined
    }

    /// Whether both hold the same values.
    pub fn are_same_as(&self, other: &Self) -> bool {
        self.outbound.is_same_as(&other.outbound) && self.inbound.is_same_as(&other.inbound)
    }
}

/// A webhook request as it came in. `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct WebhookRequest {
    /// The method.
    pub method: Method,
    /// The path segments behind the secret.
    pub rest: Vec<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The raw body: what a signature covers.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// The header's value, if it was sent exactly once.
    pub(crate) fn only_header(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.headers.get_all(name).iter();
        let only = values.next()?;
        if values.next().is_some() { None } else { Some(only.as_bytes()) }
    }

    /// What stands behind a word in the header, such as `Bearer ` in `authorization`.
    pub(crate) fn header_behind(&self, name: &str, word: &[u8]) -> Result<&[u8], Unauthentic> {
        self.only_header(name).and_then(|value| value.strip_prefix(word)).ok_or(Unauthentic)
    }

    /// Holds that the header carries one of the live secrets.
    pub(crate) fn require_secret(&self, name: &str, secrets: &[SecretString]) -> Result<(), Unauthentic> {
        secret::require(secrets, self.only_header(name).ok_or(Unauthentic)?)
    }
}

impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRequest").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// The request does not come from whom it should come from. It says no more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not authentic")]
pub struct Unauthentic;

/// An authentic request that cannot be understood. Carries no content of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {what}")]
pub struct Malformed {
    /// Which part, and what is wrong with it.
    pub what: String,
}

/// A field of an integration that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// JSON pointer of the field in the request body, such as `/settings/env`.
    pub pointer: String,
    /// The rule, for the caller.
    pub rule: String,
}

/// The fields of an integration as they were sent.
#[derive(Debug, Clone, Default)]
pub struct IntegrationDraft {
    /// The non-secret fields.
    pub settings: Map<String, Value>,
    /// The secret fields: those sent now and those kept from before.
    pub credentials: BTreeMap<String, SecretString>,
}

/// Validated fields of an integration.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidIntegration {
    /// The non-secret fields, defaults filled in.
    pub settings: Map<String, Value>,
    /// The partner event source whose events belong to the integration.
    pub partner_source: Option<String>,
    /// What the settings point to (see [`target`](crate::building::target)): where openings go first, then where else
    /// running sessions can still be spoken for.
    pub targets: Vec<String>,
    /// How it is heard how things stand there.
    pub hears: Hears,
    /// What the settings let sessions wait for.
    pub timers: Timers,
    /// What an operator should know, such as points that nobody verified and these settings rely on.
    pub warnings: Vec<String>,
}

/// Which hosts may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostPolicy {
    /// https only, the provider's own domains, no private, loopback or link-local address.
    Public,
    /// Also http and loopback: for simulated contact centres.
    Simulated,
}

/// What a provider is, whoever uses it: no network, no clock. One integration's adapter is what [`Self::bind`] gives.
pub trait Inbound: Send + Sync + fmt::Debug {
    /// Which provider.
    fn provider(&self) -> Provider;

    /// What it can and cannot do, as far as settings let it.
    fn capabilities(&self) -> Capabilities;

    /// The table of an integration's fields.
    fn fields(&self) -> &'static Fields;

    /// Checks the fields of an integration, and says which are wrong.
    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>>;

    /// The adapter with the settings of one integration.
    fn bind(&self, integration: &Integration) -> Result<Arc<dyn Bound>, Unreadable>;

    /// Whether calls tell the provider addresses that are made with the path secret.
    fn calls_with_path_secret(&self, _settings: &Map<String, Value>) -> bool {
        false
    }

    /// Which of an integration's secrets stand on which side.
    fn halves(&self, settings: &Map<String, Value>, secrets: &IntegrationSecrets) -> SecretHalves {
        let is_inbound = |name: &str| self.fields().is_inbound(name);
        let (inbound, outbound) = secrets.credentials.clone().into_iter().partition(|(name, _)| is_inbound(name));
        let told = self.calls_with_path_secret(settings);
        SecretHalves {
            outbound: IntegrationSecrets {
                credentials: outbound,
                path_secrets: if told { secrets.path_secrets.clone() } else { Vec::new() },
                ..IntegrationSecrets::default()
            },
            inbound: IntegrationSecrets { credentials: inbound, ..secrets.clone() },
        }
    }

    /// Whether the provider signs its webhooks: a bad signature answers 401, where a bad path secret answers 404.
    fn signs_webhooks(&self) -> bool {
        false
    }
}

/// The stored settings of an integration cannot be read. They were validated when they were stored, so the fault is ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the integration's own {pointer} cannot be read")]
pub struct Unreadable {
    /// JSON pointer of the field.
    pub pointer: String,
}

/// An adapter that is bound to the settings of one integration.
pub trait Bound: Send + Sync + fmt::Debug {
    /// What it can and cannot do with these settings.
    fn capabilities(&self) -> Capabilities;

    /// Verifies the path segment that stands for a secret, in constant time: one of the integration's live path secrets,
    /// unless the provider is given secrets of another kind.
    fn verify_path(
        &self,
        secrets: &IntegrationSecrets,
        path_secret: &str,
        _request: &WebhookRequest,
    ) -> Result<(), Unauthentic> {
        secret::require(&secrets.path_secrets, path_secret.as_bytes())
    }

    /// Verifies what the provider adds beside the path secret, over the raw body, in constant time.
    fn authenticate(&self, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic>;

    /// Reads an authentic webhook. Unknown event types and fields are no error.
    fn parse_webhook(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed>;

    /// Reads an event of the provider's partner event source (the whole EventBridge envelope), where it has one.
    fn parse_bus_event(&self, _event: &Value, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(Vec::new())
    }

    /// Whether messages of the contact may be sent while the session is in this status. At most providers somebody always
    /// takes them: a flow, a queue that keeps them, or a human.
    fn takes_messages(&self, status: Status) -> bool {
        status != Status::Ended
    }
}
