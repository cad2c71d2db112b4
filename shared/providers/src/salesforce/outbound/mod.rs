//! Calls to Salesforce (`docs/contracts/salesforce.md`).

mod access;
mod assertion;
mod body;
mod byoc;
mod look;
mod miaw;
mod multipart;
mod refusal;

use async_trait::async_trait;
use byoc::Byoc;
use miaw::Miaw;
use serde_json::{Map, Value};
use transfer_domain::{Conversation, Message, ProviderEvent, ReceiptState, Session, SourceId, TransferRequest};
use uuid::Builder;

use super::CLOSED_STATE;
use super::settings::{Product, Settings};
use crate::outbound::ended;
use crate::reading::digest;
use crate::{CallError, Calls, Connection, Opened};

#[async_trait]
impl Calls for Settings {
    async fn prepare(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        match self.product {
            Product::Byoc => Byoc::new(connection, self)?.have_token().await.map(|()| Map::new()),
            Product::Miaw => Miaw::new(connection, self)?.prepare(session).await,
        }
    }

    /// Enhanced chat has the session's own token.
    async fn prepare_send(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
        _message: &Message,
    ) -> Result<(), CallError> {
        match self.product {
            Product::Byoc => Byoc::new(connection, self)?.have_token().await,
            Product::Miaw => Ok(()),
        }
    }

    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let opened = match self.product {
            Product::Byoc => Byoc::new(connection, self)?.open(session, request).await,
            Product::Miaw => Miaw::new(connection, self)?.open(session, request).await,
        };
        opened.map_err(CallError::of_opening)
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        if is_closed(session) {
            // A late message would open another conversation.
            return Err(CallError::Gone { what: "closed".to_owned() });
        }
        match self.product {
            Product::Byoc => Byoc::new(connection, self)?.send(session, message).await,
            Product::Miaw => Miaw::new(connection, self)?.send(session, message).await,
        }
    }

    /// The channel of one's own has no call that surely ends a conversation.
    fn says_farewell(&self) -> bool {
        self.product == Product::Byoc
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        if is_closed(session) {
            return Ok(());
        }
        match self.product {
            Product::Byoc => ended(Byoc::new(connection, self)?.end(session).await),
            Product::Miaw => Miaw::new(connection, self)?.end(session).await,
        }
    }

    /// Of the two products only enhanced chat can be asked.
    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        match self.product {
            Product::Byoc => Ok(Vec::new()),
            Product::Miaw => Miaw::new(connection, self)?.look(session).await,
        }
    }

    async fn acknowledge(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        messages: &[SourceId],
        state: ReceiptState,
    ) -> Result<(), CallError> {
        match self.product {
            Product::Byoc => Byoc::new(connection, self)?.acknowledge(session, messages, state).await,
            Product::Miaw => Miaw::new(connection, self)?.acknowledge(session, messages, state).await,
        }
    }

    async fn typing(&self, connection: Connection<'_>, session: &Conversation, on: bool) -> Result<(), CallError> {
        match self.product {
            Product::Byoc => Byoc::new(connection, self)?.typing(session, on).await,
            Product::Miaw => Miaw::new(connection, self)?.typing(session, on).await,
        }
    }
}

/// The entry that says whether the contact types; each time is another one.
fn typing_entry(session: &Session, on: bool, at_ms: i64) -> (String, &'static str) {
    let kind = if on { "TypingStartedIndicator" } else { "TypingStoppedIndicator" };
    (stable_uuid(&["typing", &session.transfer_id().to_string(), kind, &at_ms.to_string()]), kind)
}

fn is_closed(session: &Conversation) -> bool {
    session.facts.state.get(CLOSED_STATE).and_then(Value::as_bool).unwrap_or(false)
}

/// A uuid that is the same whenever the same parts are named: what a repetition is recognised by.
fn stable_uuid(parts: &[&str]) -> String {
    let mut bytes = [0; 16];
    let digest = digest(parts);
    // The digest is twice as long as needed, and hexadecimal.
    let half = digest.get(..32).unwrap_or_default();
    match hex::decode_to_slice(half, &mut bytes) {
        Ok(()) => Builder::from_custom_bytes(bytes).into_uuid().to_string(),
        Err(_) => digest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stable_uuid_is_a_uuid_and_depends_on_every_part() {
        let one = stable_uuid(&["message", "a", "1"]);
        assert_eq!(one, stable_uuid(&["message", "a", "1"]));
        assert_ne!(one, stable_uuid(&["message", "a1", ""]));
        assert_eq!(uuid::Uuid::parse_str(&one).unwrap().get_version_num(), 8);
    }
}
