//! The relay: our own webhook contract (`docs/contracts/relay.md`), for code at the customer's side that can tell what
//! happened. Pure: the function that receives the request knows which sessions there are and what was
//! seen before, and gives the documented answer by [`RelayOutcome`].

mod body;
mod lenient;
mod signature;

#[cfg(feature = "openapi")]
pub use body::RelayCallback;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use transfer_domain::{Integration, ProviderEvent, SourceId};

use crate::{IntegrationSecrets, Malformed, Unauthentic};

/// A longer body is refused before it is read.
pub const MAX_RELAY_BODY_BYTES: usize = 64 * 1024;

/// Seconds that the sender's clock may be away from ours, either way.
pub const RELAY_TOLERANCE_SECONDS: i64 = 300;

/// How an integration's relay proves itself: setting `relayAuth`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayAuth {
    /// It signs (Standard Webhooks).
    #[default]
    #[serde(alias = "standard_webhooks")]
    Signature,
    /// It cannot sign and sends one of the relay secrets as bearer token: weaker, because what was seen once can be
    /// said again with another content.
    Bearer,
}

/// What an authentic body says.
#[derive(Debug, Clone, PartialEq)]
pub enum Relayed {
    /// Something about one session.
    Event(Box<ProviderEvent>),
    /// Nothing for us: an unknown type, an id that none of our transfers can have, or what the integration takes
    /// from elsewhere.
    Ignored,
}

/// The documented answers of the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayOutcome {
    /// Taken.
    Accepted,
    /// Seen before.
    Duplicate,
    /// Unknown type or transfer, or the transfer has ended.
    Ignored,
    /// Not the documented form, for the reason given: a field and what is wrong with it, without its value.
    Malformed(String),
    /// Bad signature or timestamp, or an unknown integration: one answer for all.
    Unauthentic,
    /// More than [`MAX_RELAY_BODY_BYTES`].
    TooLarge,
    /// Come again later.
    TooMany,
    /// Come again later: ours is the fault.
    Unavailable,
}

/// A callback was taken: the answer, for the description of the API.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct RelayAnswer {
    /// What became of it.
    status: RelayWord,
}

/// What became of a callback.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum RelayWord {
    /// It was taken.
    Accepted,
    /// It was seen before.
    Duplicate,
    /// It is nothing for us.
    Ignored,
}

impl RelayOutcome {
    /// The status to answer with.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Accepted | Self::Duplicate | Self::Ignored => StatusCode::OK,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthentic => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `status` member of a 200's body; `None` for the others.
    pub const fn word(&self) -> Option<&'static str> {
        match self {
            Self::Accepted => Some("accepted"),
            Self::Duplicate => Some("duplicate"),
            Self::Ignored => Some("ignored"),
            Self::Malformed(_) | Self::Unauthentic | Self::TooLarge | Self::TooMany | Self::Unavailable => None,
        }
    }
}

/// Verifies a request over its raw body and gives its `webhook-id`, by which a repetition is recognised.
///
/// Refuses every header that is missing, sent twice, joined from several or not exactly of the documented form; a time
/// more than [`RELAY_TOLERANCE_SECONDS`] away from `now`; and secrets that are no `whsec_…` of at least 24 bytes.
pub fn verify(
    integration: &Integration,
    secrets: &IntegrationSecrets,
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<SourceId, Unauthentic> {
    match relay_auth(integration) {
        RelayAuth::Signature => signature::verify(&secrets.relay_secrets, headers, body, now),
        RelayAuth::Bearer => signature::verify_bearer(&secrets.relay_secrets, headers),
    }
}

/// Reads an authentic body.
pub fn parse(integration: &Integration, webhook_id: &SourceId, body: &[u8]) -> Result<Relayed, Malformed> {
    body::parse(webhook_id, body, taken_by(integration))
}

/// What cannot be read as a setting is no permission for the weaker form.
fn relay_auth(integration: &Integration) -> RelayAuth {
    let setting = integration.settings.get("relayAuth").cloned();
    setting.and_then(|setting| serde_json::from_value(setting).ok()).unwrap_or_default()
}

/// What an integration takes from the relay.
#[derive(Debug, Clone, Copy)]
struct Taken {
    lifecycle: bool,
    texts: bool,
}

/// An integration that names a source of lifecycle events, or one of the representative's texts, takes them from nowhere
/// else. Several sources of lifecycle events are joined by a plus sign. One whose relay is off takes none at all.
fn taken_by(integration: &Integration) -> Taken {
    let source = |name: &str| integration.settings.get(name).map(|source| source.as_str().unwrap_or_default());
    let is_off = source("lifecycleRelay") == Some("off");
    Taken {
        lifecycle: !is_off
            && source("lifecycleSource").is_none_or(|source| source.split('+').any(|one| one == "relay")),
        texts: source("agentTextSource").is_none_or(|source| source == "relay"),
    }
}
