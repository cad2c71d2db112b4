//! Calling a provider: an [`Interface`] is what an adapter says of it, for one conversation; what holds for the interfaces
//! of all of them is said here, once.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use transfer_domain::{Conversation, Message, ProviderEvent, ReceiptState, SourceId, Status, TransferRequest};

use crate::outbound::ended;
use crate::{Availability, Bound, CallError, Connection, FurtherCall, Opened};

/// The calling half of a bound adapter.
#[async_trait]
pub trait Calls: Bound {
    /// The interface that a conversation goes through.
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError>;

    /// Whether ending may say something to the representative, which is not to be said twice: then each attempt at it is
    /// recorded before the call.
    fn says_farewell(&self) -> bool {
        false
    }

    /// Whether a text that comes after its end brings a conversation back, with nobody behind it.
    fn takes_up_again(&self) -> bool {
        false
    }

    /// How often the provider must be asked for what others tell by callbacks, in a session of that status; `None` if it
    /// calls by itself.
    fn polled_every(&self, _status: Status) -> Option<Duration> {
        None
    }

    /// The name of a representative whom events identify by id only; `None` if the provider does not tell.
    async fn representative_name(&self, _connection: Connection<'_>, _id: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }

    /// Whether somebody would take a conversation now.
    async fn availability(&self, _connection: Connection<'_>, _queue: &str) -> Result<Availability, CallError> {
        Ok(Availability::Unknown)
    }
}

/// What a provider is asked for one conversation.
#[async_trait]
pub trait Interface: Send + Sync {
    /// Gets the token that calls are made with, where one serves all conversations.
    async fn have_token(&self) -> Result<(), CallError> {
        Ok(())
    }

    /// Gets what the opening needs and the contact centre does not notice: tokens, look-ups. It may be repeated, so it is
    /// done before the attempt is recorded, and only [`Self::open`] behind that. What it gives is kept with the session
    /// and stands in its `provider_state` when the opening is called.
    async fn prepare(&self) -> Result<Map<String, Value>, CallError> {
        self.have_token().await.map(|()| Map::new())
    }

    /// Opens the conversation. Called once; repeated only after [`CallError::NotSent`].
    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError>;

    /// Makes a further call of an opening that was answered with [`Opened::next`], and tells whether one more is to
    /// follow. Called once; repeated only after [`CallError::NotSent`].
    async fn open_further(&self, _request: &TransferRequest, _number: u8) -> Result<Option<FurtherCall>, CallError> {
        Ok(None)
    }

    /// Gets what a message needs and the contact centre does not notice, as [`Self::prepare`] does for an opening: before
    /// the attempt is recorded.
    async fn prepare_send(&self, _message: &Message) -> Result<(), CallError> {
        self.have_token().await
    }

    /// Sends one message of the contact. A repetition uses the same ids; whether one may be made after
    /// [`CallError::Ambiguous`] is told by the integration's capabilities and decided by the caller alone.
    async fn send(&self, message: &Message) -> Result<(), CallError>;

    /// Ends the conversation. A session whose closing was attempted before
    /// ([`closing_attempted`](transfer_domain::Session::closing_attempted)) is ended without a word: nobody knows what
    /// became of the words, and where all is over a text could open another conversation.
    async fn end(&self) -> Result<(), CallError>;

    /// Looks how the conversation stands, for providers that can be asked; else no events.
    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        Ok(Vec::new())
    }

    /// Tells that the contact types, or stopped. Asked only of a provider whose capabilities say that it takes it.
    async fn typing(&self, _on: bool) -> Result<(), CallError> {
        Err(CallError::misconfigured("the adapter cannot tell that the contact types"))
    }

    /// Tells how far messages of the contact centre came at the contact: one of the states that the capabilities say
    /// it takes. A repetition uses the same ids.
    async fn acknowledge(&self, _messages: &[SourceId], _state: ReceiptState) -> Result<(), CallError> {
        Err(CallError::misconfigured("the adapter cannot tell receipts"))
    }
}

/// What is asked of every provider, with what holds for all of them.
impl dyn Calls {
    /// As [`Interface::prepare`].
    pub async fn prepare(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        self.interface(connection, session)?.prepare().await
    }

    /// As [`Interface::open`]. A conversation cannot be gone before it was there.
    pub async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        self.interface(connection, session)?.open(request).await.map_err(CallError::of_opening)
    }

    /// As [`Interface::open_further`].
    pub async fn open_further(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
        number: u8,
    ) -> Result<Option<FurtherCall>, CallError> {
        self.interface(connection, session)?.open_further(request, number).await
    }

    /// As [`Interface::prepare_send`].
    pub async fn prepare_send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        self.interface(connection, session)?.prepare_send(message).await
    }

    /// As [`Interface::send`].
    pub async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        self.interface(connection, session)?.send(message).await
    }

    /// As [`Interface::end`]. One that is gone already is what was wanted.
    pub async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        ended(self.interface(connection, session)?.end().await)
    }

    /// As [`Interface::poll`].
    pub async fn poll(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
    ) -> Result<Vec<ProviderEvent>, CallError> {
        self.interface(connection, session)?.poll().await
    }

    /// As [`Interface::typing`].
    pub async fn typing(&self, connection: Connection<'_>, session: &Conversation, on: bool) -> Result<(), CallError> {
        self.interface(connection, session)?.typing(on).await
    }

    /// As [`Interface::acknowledge`].
    pub async fn acknowledge(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        messages: &[SourceId],
        state: ReceiptState,
    ) -> Result<(), CallError> {
        self.interface(connection, session)?.acknowledge(messages, state).await
    }
}
