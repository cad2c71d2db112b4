//! Calls to Salesforce (`docs/contracts/salesforce.md`).

mod access;
mod assertion;
mod body;
mod byoc;
mod look;
mod miaw;
mod multipart;
mod refusal;

use std::time::Duration;

use async_trait::async_trait;
use byoc::Byoc;
use miaw::Miaw;
use serde_json::Value;
use transfer_domain::{Conversation, Session, Status};
use uuid::Builder;

use super::CLOSED_STATE;
use super::settings::{EventTransport, Product, Settings};
use crate::reading::digest;
use crate::{CallError, Calls, Connection, Interface};

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        Ok(match self.product {
            Product::Byoc => Box::new(Byoc::new(connection, self, session)?),
            Product::Miaw => Box::new(Miaw::new(connection, self, session)?),
        })
    }

    fn polled_every(&self, status: Status) -> Option<Duration> {
        let polls = self.product == Product::Miaw && self.event_transport == EventTransport::Poll;
        let every = if status == Status::Active { self.poll_active_ms } else { self.poll_queued_ms };
        polls.then(|| Duration::from_millis(every.into()))
    }

    /// The channel of one's own has no call that surely ends a conversation.
    fn says_farewell(&self) -> bool {
        self.product == Product::Byoc
    }

    /// It begins another session of the same conversation.
    fn takes_up_again(&self) -> bool {
        self.product == Product::Byoc
    }
}

/// The entry that says whether the contact types; each time is another one.
fn typing_entry(session: &Session, on: bool, at_ms: i64) -> (String, &'static str) {
    let kind = if on { "TypingStartedIndicator" } else { "TypingStoppedIndicator" };
    (stable_uuid(&["typing", &session.transfer_id().to_string(), kind, &at_ms.to_string()]), kind)
}

/// Holds that the conversation is not closed: a late message would open another one.
fn require_open(session: &Conversation) -> Result<(), CallError> {
    let is_closed = session.facts.state.get(CLOSED_STATE).and_then(Value::as_bool) == Some(true);
    if is_closed { Err(CallError::Gone { what: "closed".to_owned() }) } else { Ok(()) }
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
