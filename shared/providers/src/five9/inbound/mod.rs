//! What Five9 tells: by classic callbacks, or by the webhook of Open Messaging.

mod events;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value};
use transfer_domain::{ProviderEvent, TransferId};

use super::ATTACHMENTS;
use super::settings::fields::Field;
use super::settings::{Attachments, Flavor, Settings, WebhookAuth, allow_list};
use crate::reading::json_object;
use crate::{
    Bound, Capabilities, Carriage, Carried, IntegrationSecrets, Malformed, Provides, Receipts, Unauthentic,
    WebhookRequest, secret,
};

impl Bound for Settings {
    /// Only the classic interface has a call for receipts, and only where it is switched on. A file is handed over
    /// where that is switched on; else it goes as its address, as a representative's does where nothing tells that it is one.
    fn capabilities(&self) -> Capabilities {
        let classic = self.flavor == Flavor::Classic;
        let receipts = if classic && self.send_acks { Receipts::Delivered } else { Receipts::None };
        let uploads = classic && self.attachments == Attachments::Upload;
        let file = if classic { Carried::Native } else { Carried::Text };
        let content_in = Carriage { image: file, file, ..Self::CAPABILITIES.content_in };
        Capabilities {
            receipts,
            content_in,
            ..Self::CAPABILITIES.with_attachments(if uploads { ATTACHMENTS } else { 0 })
        }
    }

    /// A classic callback has a secret of its transfer's own, so that what leaks of one opens no other.
    fn verify_path(
        &self,
        secrets: &IntegrationSecrets,
        path_secret: &str,
        request: &WebhookRequest,
    ) -> Result<(), Unauthentic> {
        let authentic = match flavor_of(self, request) {
            Flavor::OpenMessaging => secret::is_one_of(&secrets.path_secrets, path_secret.as_bytes()),
            Flavor::Classic => {
                let callback = Callback::of(request).ok_or(Unauthentic)?;
                let tag = URL_SAFE_NO_PAD.decode(path_secret).map_err(|_| Unauthentic)?;
                let transfer = callback.transfer.to_string();
                secret::is_signed_by_one_of(&secrets.path_secrets, transfer.as_bytes(), &tag)
            }
        };
        if authentic { Ok(()) } else { Err(Unauthentic) }
    }

    fn authenticate(&self, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
        match self.webhook_auth {
            WebhookAuth::PathSecret => {}
            WebhookAuth::HeaderSecret => {
                request.require_secret(&self.webhook_header_name, &secrets.signing_secrets)?;
            }
        }
        let of_one_conversation = match flavor_of(self, request) {
            Flavor::OpenMessaging => true,
            Flavor::Classic => speaks_of_its_path(self, request),
        };
        let authentic = of_one_conversation && allow_list::admits(&self.ip_allow_list, request);
        if authentic { Ok(()) } else { Err(Unauthentic) }
    }

    fn parse_webhook(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        // Some implementations let Five9 look whether anybody answers.
        if !matches!(request.method, Method::POST | Method::PUT) {
            return Ok(Vec::new());
        }
        match flavor_of(self, request) {
            Flavor::OpenMessaging => Ok(events::open_messaging(self, &json_object(&request.body)?, &request.body, now)),
            Flavor::Classic => {
                let Some(callback) = Callback::of(request) else { return Ok(Vec::new()) };
                Ok(events::classic(self, &callback, &body(request)?, &request.body, now))
            }
        }
    }
}

/// What the path of a classic callback says: `{transfer}/conversations/{conversation}/{event}`, of which Five9 was given
/// the first segment and appends the rest.
struct Callback<'a> {
    transfer: TransferId,
    conversation: &'a str,
    event: &'a str,
}

impl<'a> Callback<'a> {
    fn of(request: &'a WebhookRequest) -> Option<Self> {
        let [transfer, .., conversation, event] = request.rest.as_slice() else { return None };
        Some(Self { transfer: transfer.parse().ok()?, conversation, event })
    }
}

/// The flavour that a callback is of: after a change of flavour those of running conversations still come the old way.
fn flavor_of(settings: &Settings, request: &WebhookRequest) -> Flavor {
    let shape = if Callback::of(request).is_some() { Flavor::Classic } else { Flavor::OpenMessaging };
    if settings.target_of(shape).is_some() { shape } else { settings.flavor }
}

/// The path says what happened; a body is not needed for it.
fn body(request: &WebhookRequest) -> Result<Value, Malformed> {
    if request.body.is_empty() { Ok(Value::Object(Map::new())) } else { json_object(&request.body) }
}

/// Whether path and body name the same conversation, as far as both name one.
fn speaks_of_its_path(settings: &Settings, request: &WebhookRequest) -> bool {
    let Some(callback) = Callback::of(request) else { return true };
    let told = body(request).ok().and_then(|body| settings.field_aliases.text(&body, Field::CorrelationId));
    told.is_none_or(|told| told == callback.conversation)
}
