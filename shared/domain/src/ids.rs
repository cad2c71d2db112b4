//! Identifiers. Parsed once at the edge; inside there is no raw `String` id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::Channel;

/// Why a text is not an identifier of the wanted kind. The text itself is not kept: it may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {expected}")]
pub struct InvalidId {
    /// The grammar, in words for the caller.
    pub expected: &'static str,
}

macro_rules! text_id {
    ($(#[doc = $doc:literal])* $name:ident, $max:literal, $expected:literal, $class:literal, $allowed:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses the text, refusing anything outside the grammar.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let allowed: fn(char) -> bool = $allowed;
                if !text.is_empty() && text.chars().count() <= $max && text.chars().all(allowed) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { expected: $expected })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::schema::text(concat!($($doc),*), concat!("^", $class, "+$"), 1..=$max)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

impl QueueName {
    /// The queue of transfers unless a project says otherwise.
    pub(crate) fn usual() -> Self {
        Self("default".to_owned())
    }
}

fn is_visible_ascii(c: char) -> bool {
    c.is_ascii_graphic()
}

text_id! {
    /// The tenant. Every key and every API path starts with it.
    ProjectId, 64, "1 to 64 of A-Z a-z 0-9 _ -", "[A-Za-z0-9_-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

text_id! {
    /// The AI agent's own conversation, named by the caller. No colon, so that session ids parse.
    ConversationSessionId, 128, "1 to 128 of A-Z a-z 0-9 . _ ~ -", "[A-Za-z0-9._~-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-')
}

text_id! {
    /// The end user, named by the caller; may be personal data, so it never reaches a log.
    ContactId, 256, "1 to 256 characters without control characters", "[^\\u0000-\\u001f\\u007f-\\u009f]",
    |c| !c.is_control()
}

text_id! {
    /// The name of the AI agent that hands off.
    AgentName, 128, "1 to 128 characters without control characters", "[^\\u0000-\\u001f\\u007f-\\u009f]",
    |c| !c.is_control()
}

text_id! {
    /// The name of a queue at the contact centre.
    QueueName, 128, "1 to 128 characters without control characters", "[^\\u0000-\\u001f\\u007f-\\u009f]",
    |c| !c.is_control()
}

text_id! {
    /// A project's configuration of one provider, as it stands in webhook URLs.
    IntegrationId, 64, "1 to 64 of A-Z a-z 0-9 _ -", "[A-Za-z0-9_-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

text_id! {
    /// A project's own name of an event endpoint.
    EndpointId, 32, "1 to 32 of A-Z a-z 0-9 _ -", "[A-Za-z0-9_-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

text_id! {
    /// What a runtime, or SIP, calls a call; may be personal data, so it never reaches a log.
    CallId, 256, "1 to 256 visible ASCII characters", "[!-~]", is_visible_ascii
}

text_id! {
    /// A project's own name of a pattern.
    PatternName, 32, "1 to 32 of a-z 0-9 _", "[a-z0-9_]",
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

text_id! {
    /// Why a transfer is asked for, as one of the caller's codes. It is counted by.
    ReasonCode, 64, "1 to 64 of A-Z a-z 0-9 . _ ~ -", "[A-Za-z0-9._~-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-')
}

text_id! {
    /// A tag of the caller's. It is counted by.
    Tag, 32, "1 to 32 of A-Z a-z 0-9 . _ ~ -", "[A-Za-z0-9._~-]",
    |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-')
}

text_id! {
    /// What somebody looks for: any name that a session has.
    AnyName, 256, "1 to 256 characters without control characters", "[^\\u0000-\\u001f\\u007f-\\u009f]",
    |c| !c.is_control()
}

text_id! {
    /// The provider's own name of the conversation.
    ProviderSessionId, 256, "1 to 256 visible ASCII characters", "[!-~]",
    is_visible_ascii
}

text_id! {
    /// The sender's name of a message or event: the caller's `messageId`, the provider's event id.
    SourceId, 256, "1 to 256 visible ASCII characters", "[!-~]",
    is_visible_ascii
}

text_id! {
    /// The caller's `Idempotency-Key`. No comma, because gateways join headers of one name by commas: two keys must not
    /// pass for one.
    IdempotencyKey, 255, "1 to 255 visible ASCII characters without commas", "[!-+\\--~]",
    |c| is_visible_ascii(c) && c != ','
}

/// One transfer: a version 7 uuid, so that ids sort by creation time.
/// It is what providers see and echo (their contracts call it `transfer_id`): opaque, without colon or dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TransferId(Uuid);

impl TransferId {
    const EXPECTED: InvalidId = InvalidId { expected: "a version 7 uuid in lower-case hyphenated form" };

    /// Takes a version 7 uuid; refuses any other.
    pub fn new(uuid: Uuid) -> Result<Self, InvalidId> {
        if uuid.get_version_num() == 7 { Ok(Self(uuid)) } else { Err(Self::EXPECTED) }
    }

    /// The uuid.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_hyphenated())
    }
}

impl FromStr for TransferId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let uuid = Uuid::try_parse(text).map_err(|_| Self::EXPECTED)?;
        let id = Self::new(uuid)?;
        // One transfer has one spelling, or a key could be reached by several.
        if id.to_string() == text { Ok(id) } else { Err(Self::EXPECTED) }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for TransferId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let pattern = format!("^{UUID_V7}$");
        crate::schema::text("One transfer: a version 7 uuid, so that ids sort by creation time.", &pattern, 36..=36)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for TransferId {}

#[cfg(feature = "openapi")]
const UUID_V7: &str = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";

impl<'de> Deserialize<'de> for TransferId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The public id of a transfer session: `agent_transfer:<uuid>:<conversationSessionId>:<channel>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionId {
    /// The transfer's uuid.
    pub transfer: TransferId,
    /// The AI agent's conversation.
    pub conversation: ConversationSessionId,
    /// The channel, frozen at creation.
    pub channel: Channel,
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agent_transfer:{}:{}:{}", self.transfer, self.conversation, self.channel)
    }
}

impl FromStr for SessionId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let expected = InvalidId { expected: "agent_transfer:<uuid>:<conversationSessionId>:<channel>" };
        let mut parts = text.split(':');
        let (Some("agent_transfer"), Some(transfer), Some(conversation), Some(channel), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(expected);
        };
        Ok(Self {
            transfer: transfer.parse().map_err(|_| expected)?,
            conversation: conversation.parse().map_err(|_| expected)?,
            channel: channel.parse().map_err(|_| expected)?,
        })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for SessionId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let description = "A transfer session: `agent_transfer:<uuid>:<conversationSessionId>:<channel>`. Give it back \
                           as it is.";
        crate::schema::text(description, &format!("^{}$", session_id_pattern()), 1..=MAX_SESSION_ID)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for SessionId {}

#[cfg(feature = "openapi")]
const MAX_SESSION_ID: usize = 190;

#[cfg(feature = "openapi")]
fn session_id_pattern() -> String {
    let channels = Channel::ALL.iter().map(|channel| channel.as_str()).collect::<Vec<_>>().join("|");
    format!("agent_transfer:{UUID_V7}:[A-Za-z0-9._~-]{{1,128}}:({channels})")
}

/// A session as somebody who searches has it at hand: its id, or the bare uuid that providers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedSession(pub TransferId);

impl FromStr for NamedSession {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let of_session = |_| text.parse().map(|session: SessionId| session.transfer);
        let named = text.parse().or_else(of_session);
        named.map(Self).map_err(|_: InvalidId| InvalidId { expected: "a session id or its uuid" })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for NamedSession {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let pattern = format!("^({UUID_V7}|{})$", session_id_pattern());
        crate::schema::text("A transfer session's id, or the uuid in it.", &pattern, 36..=MAX_SESSION_ID)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for NamedSession {}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0193a5c0-7e2b-7abc-8def-0123456789ab";

    #[test]
    fn session_id_survives_display_and_parse() {
        let text = format!("agent_transfer:{UUID}:conv-1.a~b:chat");
        let id: SessionId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn session_id_refuses_other_shapes() {
        for text in [
            "",
            "agent_transfer",
            &format!("agent_transfer:{UUID}:conv"),
            &format!("agent_transfer:{UUID}:conv:chat:x"),
            &format!("agent_transfer:{UUID}:conv:fax"),
            &format!("agent_transfer:{}:conv:chat", UUID.to_uppercase()),
            "agent_transfer:550e8400-e29b-41d4-a716-446655440000:conv:chat",
            &format!("other:{UUID}:conv:chat"),
        ] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn key_separators_are_impossible_in_ids_that_build_keys() {
        for bad in ["a#b", "a:b", "a/b", "a b", "ä", "", "\u{0}", &"x".repeat(129)] {
            assert!(ProjectId::new(bad).is_err(), "{bad}");
            assert!(ConversationSessionId::new(bad).is_err(), "{bad}");
        }
    }
}
