//! Calls to Five9, by the flavour that the integration is of.

mod access;
mod body;
mod classic;
mod files;
mod open_messaging;

use async_trait::async_trait;
use classic::Classic;
use http::StatusCode;
use open_messaging::OpenMessaging;
use serde_json::{Map, Value};
use transfer_domain::{Conversation, Message, ProviderEvent, ReceiptState, SourceId, TransferRequest};

use super::settings::{Flavor, Settings};
use crate::client::Answer;
use crate::outbound::ended;
use crate::{CallError, Calls, Connection, Opened};

#[async_trait]
impl Calls for Settings {
    /// Every classic transfer has an anonymous session of its own: one token is one conversation.
    async fn prepare(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        match self.flavor {
            Flavor::Classic => Classic::new(connection, self)?.prepare().await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, self)?.have_token().await.map(|()| Map::new()),
        }
    }

    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        match self.flavor {
            Flavor::Classic => Classic::new(connection, self)?.open(session, request).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, self)?.open(session, request).await,
        }
    }

    async fn prepare_send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        match self.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, self)?.prepare_send(session, message).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, self)?.have_token().await,
        }
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        match self.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, self)?.send(session, message).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, self)?.send(session, message).await,
        }
    }

    /// Where the tenant has no call that ends a conversation.
    fn says_farewell(&self) -> bool {
        true
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let result = match self.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, self)?.end(session).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, self)?.end(session).await,
        };
        ended(result)
    }

    /// Open Messaging cannot be asked.
    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        match self.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, self)?.poll(session).await,
            Flavor::OpenMessaging => Ok(Vec::new()),
        }
    }

    /// Five9 does not tell what was read from what arrived; Open Messaging has no call for either.
    async fn acknowledge(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        messages: &[SourceId],
        _state: ReceiptState,
    ) -> Result<(), CallError> {
        match self.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, self)?.acknowledge(session, messages).await,
            Flavor::OpenMessaging => Ok(()),
        }
    }
}

/// Whether the tenant's interface does not know the call.
fn has_no_such_call(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}
