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
use transfer_domain::{
    Conversation, EndReason, Integration, Message, ProviderEvent, ReceiptState, SourceId, TransferRequest,
};

use super::Five9;
use super::settings::{Flavor, Settings};
use crate::client::Answer;
use crate::draft::stored;
use crate::{Availability, CallError, Connection, Opened, Outbound};

#[async_trait]
impl Outbound for Five9 {
    /// Every classic transfer has an anonymous session of its own: one token is one conversation.
    async fn prepare(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        let settings = settings(connection)?;
        match settings.flavor {
            Flavor::Classic => Classic::new(connection, &settings)?.prepare().await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, &settings)?.have_token().await.map(|()| Map::new()),
        }
    }

    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let settings = settings(connection)?;
        match settings.flavor {
            Flavor::Classic => Classic::new(connection, &settings)?.open(session, request).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, &settings)?.open(session, request).await,
        }
    }

    async fn prepare_send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        let settings = settings(connection)?;
        match settings.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, &settings)?.prepare_send(session, message).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, &settings)?.have_token().await,
        }
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        let settings = settings(connection)?;
        match settings.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, &settings)?.send(session, message).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, &settings)?.send(session, message).await,
        }
    }

    /// Where the tenant has no call that ends a conversation.
    fn says_farewell(&self, _integration: &Integration) -> bool {
        true
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let settings = settings(connection)?;
        let ended = match settings.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, &settings)?.end(session).await,
            Flavor::OpenMessaging => OpenMessaging::new(connection, &settings)?.end(session).await,
        };
        if matches!(ended, Err(CallError::Gone { .. })) { Ok(()) } else { ended }
    }

    /// Open Messaging cannot be asked.
    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        let settings = settings(connection)?;
        match settings.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, &settings)?.poll(session).await,
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
        let settings = settings(connection)?;
        match settings.flavor_of(session) {
            Flavor::Classic => Classic::new(connection, &settings)?.acknowledge(session, messages).await,
            Flavor::OpenMessaging => Ok(()),
        }
    }

    /// Events carry the name; there is nothing to ask.
    async fn representative_name(&self, _connection: Connection<'_>, _id: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }

    /// The call for it is not public.
    async fn availability(&self, _connection: Connection<'_>, _queue: &str) -> Result<Availability, CallError> {
        Ok(Availability::Unknown)
    }
}

fn settings(connection: Connection<'_>) -> Result<Settings, CallError> {
    stored(connection.integration).map_err(|fault| CallError::Misconfigured { what: fault.pointer })
}

/// There is no conversation yet that could be gone.
fn refused_opening(error: CallError) -> CallError {
    match error {
        CallError::Gone { what } => CallError::Refused { reason: EndReason::ProviderRejected, what },
        CallError::NotSent { .. }
        | CallError::Ambiguous { .. }
        | CallError::Refused { .. }
        | CallError::Misconfigured { .. } => error,
    }
}

/// Whether the tenant's interface does not know the call.
fn has_no_such_call(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}
