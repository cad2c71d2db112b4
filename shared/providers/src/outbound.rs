//! The calls to a provider. Every outcome says what may be done next (`docs/contracts/README.md`, "Outcomes of calls").

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use transfer_domain::{Clock, EndReason, Integration, ProviderSessionId};
use url::Url;

use crate::{Admission, Calls, HostPolicy, Inbound, IntegrationSecrets, ProviderClient, Unreadable};

/// Everything that a call needs. What an adapter does with it is to say which calls are made and to read their answers: the
/// network, the clock, tokens and rates are behind it.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// Whose configuration.
    pub integration: &'a Integration,
    /// Its secrets.
    pub secrets: &'a IntegrationSecrets,
    /// What makes the calls, with its host rules, time limits, and the cached tokens.
    pub client: &'a ProviderClient,
    /// Where this service can be called from outside, without a slash at the end: for providers that are told at each
    /// opening where to call back. Empty if nobody configured it.
    pub public_base_url: &'a str,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Whether the work that the calls are part of had its turn.
    pub admission: &'a Admission,
}

impl<'a> Connection<'a> {
    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A credential by its name.
    pub fn credential(&self, name: &str) -> Result<&'a str, CallError> {
        let secret = self.secrets.credentials.get(name).map(ExposeSecret::expose_secret);
        secret.ok_or_else(|| CallError::misconfigured(format!("/credentials/{name}")))
    }

    /// Lets some time pass between two questions of one call. Nothing else in an adapter may wait.
    pub async fn pause(&self, time: Duration) {
        self.client.pause(time).await;
    }

    /// Which hosts may be called.
    pub fn hosts(&self) -> HostPolicy {
        self.client.hosts()
    }
}

/// The address below a base URL, segment by segment; `field` is the setting that the base stands in.
pub fn below(base: &Url, path: &[&str], field: &str) -> Result<Url, CallError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| CallError::misconfigured(field))?.clear().extend(path);
    Ok(url)
}

/// A base URL as a setting has it.
pub fn base(url: &str, field: &str) -> Result<Url, CallError> {
    Url::parse(url).map_err(|_| CallError::misconfigured(field))
}

/// The provider has the conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opened {
    /// Its name of the conversation, if told already.
    pub provider_session_id: Option<ProviderSessionId>,
    /// What operators may see.
    pub provider_data: Map<String, Value>,
    /// What later calls need; never shown.
    pub provider_state: Map<String, Value>,
    /// What the opening is to be followed by, at a provider that is asked more than once.
    pub next: Option<FurtherCall>,
}

/// A further call of an opening, which holds nothing up until its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FurtherCall {
    /// Which one.
    pub number: u8,
    /// How long after the call before it.
    pub after: Duration,
}

/// Why a call did not succeed. Carries no body, header or personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The call surely had no effect and may be repeated: no connection, 429, an expired token.
    #[error("not sent: {what}")]
    NotSent {
        /// What happened, such as `429`.
        what: String,
        /// How long the provider wants us to wait.
        retry_after: Option<Duration>,
    },
    /// The integration's own rate lets it be made later only: it was not tried.
    #[error("waits its turn")]
    NotYet {
        /// When its turn is.
        after: Duration,
    },
    /// Nobody knows whether the provider took it: a time-out after sending, a reset, 408, 5xx, an unreadable answer.
    #[error("outcome unknown: {what}")]
    Ambiguous {
        /// What happened, such as `503`.
        what: String,
    },
    /// The provider refused it for good.
    #[error("refused: {what}")]
    Refused {
        /// What the session ends with if this was its opening.
        reason: EndReason,
        /// The provider's code, for the timeline.
        what: String,
    },
    /// The provider has no such conversation any more.
    #[error("the conversation is gone: {what}")]
    Gone {
        /// What happened, such as `404`.
        what: String,
    },
    /// The integration's own fields or credentials do not allow a call.
    #[error("misconfigured: {what}")]
    Misconfigured {
        /// Which field.
        what: String,
    },
}

/// What is said of credentials that are not taken, by the token endpoint or by the provider.
const REFUSES_CREDENTIALS: &str = "refuses the credentials";

/// What is known of what a call that did not succeed did at the contact centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Surely nothing, and it may be made again.
    None,
    /// Nobody knows.
    Unknown,
    /// It is answered for good: made again, it would be answered the same.
    Final,
}

impl CallError {
    /// A call that surely had no effect and may be repeated at any time.
    pub fn not_sent(what: impl Into<String>) -> Self {
        Self::NotSent { what: what.into(), retry_after: None }
    }

    /// A call of which nobody knows whether it was taken.
    pub fn unknown(what: impl Into<String>) -> Self {
        Self::Ambiguous { what: what.into() }
    }

    /// A call that the provider refused for good, at whose opening the session ends as rejected.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::Refused { reason: EndReason::ProviderRejected, what: what.into() }
    }

    /// A call that the integration's own fields or credentials do not allow.
    pub fn misconfigured(what: impl Into<String>) -> Self {
        Self::Misconfigured { what: what.into() }
    }

    /// A call whose credentials somebody does not take.
    pub(crate) fn refused_credentials(by: &str, what: &str) -> Self {
        Self::Misconfigured { what: format!("the {by} {REFUSES_CREDENTIALS}: {what}") }
    }

    /// A call that needs the provider's name of a conversation which was never told.
    pub fn nameless(what: &str) -> Self {
        Self::Refused { reason: EndReason::ProviderError, what: format!("the {what}'s id was never told") }
    }

    /// What is known of its effect.
    pub const fn effect(&self) -> Effect {
        match self {
            Self::NotSent { .. } | Self::NotYet { .. } => Effect::None,
            Self::Ambiguous { .. } => Effect::Unknown,
            Self::Refused { .. } | Self::Gone { .. } | Self::Misconfigured { .. } => Effect::Final,
        }
    }

    /// Whether it was the credentials that were not taken.
    pub fn refuses_credentials(&self) -> bool {
        matches!(self, Self::Misconfigured { what } if what.contains(REFUSES_CREDENTIALS))
    }

    /// Whether whoever runs the integration can make the same call go through: it was made with wrong credentials or fields.
    pub const fn can_be_mended(&self) -> bool {
        matches!(self, Self::Misconfigured { .. })
    }

    /// How long the provider wants us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotSent { retry_after, .. } => *retry_after,
            Self::NotYet { after } => Some(*after),
            Self::Ambiguous { .. } | Self::Refused { .. } | Self::Gone { .. } | Self::Misconfigured { .. } => None,
        }
    }

    /// Whether there is no conversation any more.
    pub const fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// Of a call before which the conversation was not: it cannot be gone yet.
    #[must_use]
    pub fn of_opening(self) -> Self {
        if let Self::Gone { what } = self { Self::refused(what) } else { self }
    }

    /// Of a call behind the first of an opening: what was begun cannot be begun again.
    #[must_use]
    pub fn half_open(self) -> Self {
        match self {
            Self::NotSent { what, .. } => Self::unknown(format!("half open: {what}")),
            Self::NotYet { .. } => Self::unknown("half open: the integration's own rate"),
            Self::Ambiguous { .. } | Self::Refused { .. } | Self::Gone { .. } | Self::Misconfigured { .. } => {
                self.of_opening()
            }
        }
    }

    /// Without the provider's word on when to try again.
    #[must_use]
    pub fn at_any_time(self) -> Self {
        if let Self::NotSent { what, .. } = self { Self::not_sent(what) } else { self }
    }

    /// Of something that the contact centre does not notice: whatever became of it, no conversation was touched.
    #[must_use]
    pub fn before_the_call(self) -> Self {
        if let Self::Ambiguous { what } = self { Self::not_sent(format!("before the call: {what}")) } else { self }
    }

    /// Of the token endpoint: the conversation was not touched, and a refusal there means wrong credentials.
    #[must_use]
    pub fn of_token(self) -> Self {
        match self {
            Self::Ambiguous { what } => Self::not_sent(format!("token endpoint: {what}")),
            Self::Refused { what, .. } | Self::Gone { what } => Self::refused_credentials("token endpoint", &what),
            Self::NotSent { .. } | Self::NotYet { .. } | Self::Misconfigured { .. } => self,
        }
    }
}

/// What came of an end: a conversation that is gone already is what was wanted.
pub(crate) fn ended<T>(ending: Result<T, CallError>) -> Result<(), CallError> {
    match ending {
        Err(error) if !error.is_gone() => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A last text is said once at most: nobody waits for it.
pub(crate) fn said_at_most_once(farewell: Result<(), CallError>) -> Result<(), CallError> {
    match farewell {
        Ok(()) | Err(CallError::Ambiguous { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether somebody would take a conversation now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Yes.
    Available,
    /// No.
    Unavailable(EndReason),
    /// The provider does not tell.
    Unknown,
}

/// A provider that can be called.
pub trait Outbound: Inbound {
    /// The adapter with the settings of one integration.
    fn bind_calls(&self, integration: &Integration) -> Result<Arc<dyn Calls>, Unreadable>;
}
