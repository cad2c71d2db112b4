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
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use transfer_domain::{
    Conversation, EndReason, Integration, Message, ProviderEvent, ReceiptState, Session, SourceId, TransferRequest,
};
use url::Url;
use uuid::Builder;

use super::settings::{Product, Settings};
use super::{CLOSED_STATE, Salesforce};
use crate::draft::stored;
use crate::reading::digest;
use crate::{Availability, CallError, Connection, Opened, Outbound};

#[async_trait]
impl Outbound for Salesforce {
    async fn prepare(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.have_token().await.map(|()| Map::new()),
            Product::Miaw => Miaw::new(connection, &settings)?.prepare(session).await,
        }
    }

    /// Enhanced chat has the session's own token.
    async fn prepare_send(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
        _message: &Message,
    ) -> Result<(), CallError> {
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.have_token().await,
            Product::Miaw => Ok(()),
        }
    }

    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let settings = usable(connection)?;
        let opened = match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.open(session, request).await,
            Product::Miaw => Miaw::new(connection, &settings)?.open(session, request).await,
        };
        opened.map_err(gone_means_refused)
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
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.send(session, message).await,
            Product::Miaw => Miaw::new(connection, &settings)?.send(session, message).await,
        }
    }

    /// The channel of one's own has no call that surely ends a conversation.
    fn says_farewell(&self, integration: &Integration) -> bool {
        stored::<Settings>(integration).is_ok_and(|settings| settings.product == Product::Byoc)
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        if is_closed(session) {
            return Ok(());
        }
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => gone_is_done(Byoc::new(connection, &settings)?.end(session).await),
            Product::Miaw => Miaw::new(connection, &settings)?.end(session).await,
        }
    }

    /// Of the two products only enhanced chat can be asked.
    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Ok(Vec::new()),
            Product::Miaw => Miaw::new(connection, &settings)?.look(session).await,
        }
    }

    async fn acknowledge(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        messages: &[SourceId],
        state: ReceiptState,
    ) -> Result<(), CallError> {
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.acknowledge(session, messages, state).await,
            Product::Miaw => Miaw::new(connection, &settings)?.acknowledge(session, messages, state).await,
        }
    }

    async fn typing(&self, connection: Connection<'_>, session: &Conversation, on: bool) -> Result<(), CallError> {
        let settings = usable(connection)?;
        match settings.product {
            Product::Byoc => Byoc::new(connection, &settings)?.typing(session, on).await,
            Product::Miaw => Miaw::new(connection, &settings)?.typing(session, on).await,
        }
    }

    /// Entries carry the name of whoever wrote them or came; there is nothing to ask.
    async fn representative_name(&self, _connection: Connection<'_>, _id: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }

    async fn availability(&self, _connection: Connection<'_>, _queue: &str) -> Result<Availability, CallError> {
        Ok(Availability::Unknown)
    }
}

fn usable(connection: Connection<'_>) -> Result<Settings, CallError> {
    stored(connection.integration).map_err(|fault| misconfigured(&fault.pointer))
}

fn credential<'a>(connection: Connection<'a>, name: &str) -> Result<&'a str, CallError> {
    let secret = connection.secrets.credentials.get(name).map(ExposeSecret::expose_secret);
    secret.ok_or_else(|| misconfigured(&format!("/credentials/{name}")))
}

/// The entry that says whether the contact types; each time is another one.
fn typing_entry(session: &Session, on: bool, at_ms: i64) -> (String, &'static str) {
    let kind = if on { "TypingStartedIndicator" } else { "TypingStoppedIndicator" };
    (stable_uuid(&["typing", &session.transfer_id().to_string(), kind, &at_ms.to_string()]), kind)
}

fn is_closed(session: &Conversation) -> bool {
    session.facts.state.get(CLOSED_STATE).and_then(Value::as_bool).unwrap_or(false)
}

fn gone_is_done(result: Result<(), CallError>) -> Result<(), CallError> {
    match result {
        Ok(()) | Err(CallError::Gone { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// There is no conversation yet that could be gone.
fn gone_means_refused(error: CallError) -> CallError {
    match error {
        CallError::Gone { what } => CallError::Refused { reason: EndReason::ProviderRejected, what },
        CallError::NotSent { .. }
        | CallError::Ambiguous { .. }
        | CallError::Refused { .. }
        | CallError::Misconfigured { .. } => error,
    }
}

fn misconfigured(what: &str) -> CallError {
    CallError::Misconfigured { what: what.to_owned() }
}

fn joined(base: &Url, path: &[&str], field: &str) -> Result<Url, CallError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| misconfigured(field))?.clear().extend(path);
    Ok(url)
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
