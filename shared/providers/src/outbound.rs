//! The calls to a provider. Every outcome says what may be done next (`docs/contracts/README.md`, "Outcomes of calls").

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use transfer_domain::{
    Clock, Conversation, EndReason, Integration, Message, ProviderEvent, ProviderSessionId, ReceiptState, SourceId,
    TransferRequest,
};

use crate::{Inbound, IntegrationSecrets, ProviderClient};

/// Everything that a call needs.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// Whose configuration.
    pub integration: &'a Integration,
    /// Its secrets.
    pub secrets: &'a IntegrationSecrets,
    /// HTTP, with its host rules, time limits, and the cached tokens.
    pub client: &'a ProviderClient,
    /// Where this service can be called from outside, without a slash at the end: for providers that are told at each
    /// opening where to call back. Empty if nobody configured it.
    pub public_base_url: &'a str,
    /// Time.
    pub clock: &'a dyn Clock,
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

impl CallError {
    /// What a failure of something that the contact centre does not notice allows: whatever became of it, no conversation
    /// was touched.
    #[must_use]
    pub fn before_the_call(self) -> Self {
        match self {
            Self::Ambiguous { what } => Self::NotSent { what: format!("before the call: {what}"), retry_after: None },
            Self::NotSent { .. } | Self::Refused { .. } | Self::Gone { .. } | Self::Misconfigured { .. } => self,
        }
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

/// The calling half of a provider.
#[async_trait]
pub trait Outbound: Inbound {
    /// Gets what the opening needs and the contact centre does not notice: tokens, look-ups. It may be repeated, so it is
    /// done before the attempt is recorded, and only [`Self::open`] behind that. What it gives is kept with the session
    /// and stands in its `provider_state` when the opening is called.
    async fn prepare(
        &self,
        _connection: Connection<'_>,
        _session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        Ok(Map::new())
    }

    /// Opens the conversation. Called once; repeated only after [`CallError::NotSent`].
    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError>;

    /// Makes a further call of an opening that was answered with [`Opened::next`], and tells whether one more is to
    /// follow. Called once; repeated only after [`CallError::NotSent`].
    async fn open_further(
        &self,
        _connection: Connection<'_>,
        _session: &Conversation,
        _request: &TransferRequest,
        _number: u8,
    ) -> Result<Option<FurtherCall>, CallError> {
        Ok(None)
    }

    /// Gets what a message needs and the contact centre does not notice, as [`Self::prepare`] does for an opening: before
    /// the attempt is recorded.
    async fn prepare_send(
        &self,
        _connection: Connection<'_>,
        _session: &Conversation,
        _message: &Message,
    ) -> Result<(), CallError> {
        Ok(())
    }

    /// Sends one message of the contact. A repetition uses the same ids; whether one may be made after
    /// [`CallError::Ambiguous`] is told by the integration's capabilities and decided by the caller alone.
    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError>;

    /// Whether ending may say something to the representative, which is not to be said twice: then each attempt at it is
    /// recorded before the call.
    fn says_farewell(&self, _integration: &Integration) -> bool {
        false
    }

    /// Ends the conversation. One that is gone already is a success. A session whose closing was attempted before
    /// ([`closing_attempted`](transfer_domain::Session::closing_attempted)) is ended without a word: nobody knows what
    /// became of the words, and where all is over a text could open another conversation.
    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError>;

    /// Looks how the conversation stands, for providers that can be asked; else no events.
    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError>;

    /// Tells that the contact types, or stopped. Asked only of a provider whose capabilities say that it takes it.
    async fn typing(&self, _connection: Connection<'_>, _session: &Conversation, _on: bool) -> Result<(), CallError> {
        Err(CallError::Misconfigured { what: "the adapter cannot tell that the contact types".to_owned() })
    }

    /// Tells how far messages of the contact centre came at the contact: one of the states that the capabilities say
    /// it takes. A repetition uses the same ids.
    async fn acknowledge(
        &self,
        _connection: Connection<'_>,
        _session: &Conversation,
        _messages: &[SourceId],
        _state: ReceiptState,
    ) -> Result<(), CallError> {
        Err(CallError::Misconfigured { what: "the adapter cannot tell receipts".to_owned() })
    }

    /// The name of a representative whom events identify by id only; `None` if the provider does not tell.
    async fn representative_name(&self, connection: Connection<'_>, id: &str) -> Result<Option<String>, CallError>;

    /// Whether somebody would take a conversation now.
    async fn availability(&self, connection: Connection<'_>, queue: &str) -> Result<Availability, CallError>;
}
