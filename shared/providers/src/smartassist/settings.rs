//! The fields of a SmartAssist integration (`docs/contracts/smartassist.md`, "Settings and what is not verified").

mod check;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::relay::RelayAuth;

pub(crate) use check::validate;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// As the vendor shows it; a second instance of the channel has another.
    pub(crate) webhook_url: String,
    /// The vendor's stream id (`st-…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    /// Base URL of the public REST interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<String>,
    pub(crate) lifecycle_source: LifecycleSource,
    pub(crate) agent_text_source: AgentTextSource,
    pub(crate) relay_auth: RelayAuth,
    pub(crate) jwt_alg: JwtAlg,
    /// 0 means a token without an end.
    pub(crate) jwt_ttl_secs: u32,
    pub(crate) jwt_extra: JwtExtra,
    pub(crate) open_event: OpenEvent,
    pub(crate) open_text: String,
    pub(crate) language_field: LanguageField,
    pub(crate) availability_check: bool,
    /// Whose representatives are asked about.
    pub(crate) availability_queue_ids: Vec<String>,
    /// Whose representatives are asked about.
    pub(crate) availability_skill_ids: Vec<String>,
    /// 0 means that files are sent as links in the text. The vendor fetches files itself, so a larger one is its to refuse.
    pub(crate) attachment_max_mb: u32,
    pub(crate) end_mode: EndMode,
    pub(crate) end_text: String,
    /// Where our id may stand in a callback, best first.
    pub(crate) user_id_pointer: Vec<String>,
    /// The header that carries the webhook's signing secret, where the vendor's side can send one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) post_url_header: Option<String>,
    pub(crate) session_lookup: SessionLookup,
    /// Where our id stands in a listed conversation, with `list_match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_match_pointer: Option<String>,
    /// What the REST interface's words for a status mean; a word that is not here changes nothing.
    pub(crate) rest_status_map: BTreeMap<String, MappedStatus>,
    pub(crate) poll_interval_secs: u32,
    pub(crate) accept_timeout_secs: u32,
    pub(crate) post_agent_timeout_secs: u32,
    /// An operator has seen a representative's message come that answers nothing.
    pub(crate) confirm_proactive: bool,
}

/// Where lifecycle events are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LifecycleSource {
    #[serde(rename = "relay")]
    Relay,
    #[serde(rename = "poll")]
    Poll,
    #[serde(rename = "relay+poll")]
    RelayAndPoll,
}

/// Where the representative's texts are taken from: never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentTextSource {
    Channel,
    Relay,
}

/// How the channel's tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JwtAlg {
    #[serde(rename = "HS256")]
    Hs256,
    #[serde(rename = "HS512")]
    Hs512,
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "RS512")]
    Rs512,
}

/// What the vendor's administrator demands of the channel's tokens beside the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JwtExtra {
    None,
    Jti,
    Jwe,
    JtiJwe,
}

/// What starts the vendor's flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpenEvent {
    Text,
    OnConnect,
}

/// The two spellings that the vendor's page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LanguageField {
    #[serde(rename = "interactiveLanguage")]
    Lower,
    #[serde(rename = "InteractiveLanguage")]
    Upper,
}

/// How a conversation is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndMode {
    TextThenClosure,
    Closure,
    Text,
}

/// How the REST interface finds a session's conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionLookup {
    /// By the id that the relay told.
    Relay,
    /// By our id in the list of conversations.
    ListMatch,
    Off,
}

/// What a status of the REST interface means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MappedStatus {
    Queued,
    /// Taken from a representative and back in the queue.
    Requeued,
    Active,
    Ended,
    Keep,
}

impl Default for Settings {
    fn default() -> Self {
        let statuses = [
            ("OPEN", MappedStatus::Queued),
            ("OVERDUE", MappedStatus::Requeued),
            ("ACTIVE", MappedStatus::Active),
            ("CLOSED", MappedStatus::Ended),
            ("TERMINATED", MappedStatus::Ended),
            ("IDLE", MappedStatus::Keep),
        ];
        Self {
            webhook_url: String::new(),
            app_id: None,
            host: None,
            account_id: None,
            lifecycle_source: LifecycleSource::RelayAndPoll,
            agent_text_source: AgentTextSource::Channel,
            relay_auth: RelayAuth::Signature,
            jwt_alg: JwtAlg::Hs256,
            jwt_ttl_secs: 300,
            jwt_extra: JwtExtra::None,
            open_event: OpenEvent::Text,
            open_text: "talk to a person".to_owned(),
            language_field: LanguageField::Lower,
            availability_check: false,
            availability_queue_ids: Vec::new(),
            availability_skill_ids: Vec::new(),
            attachment_max_mb: 25,
            end_mode: EndMode::TextThenClosure,
            end_text: "The customer has left the chat.".to_owned(),
            user_id_pointer: vec!["/to".to_owned(), "/to/id".to_owned()],
            post_url_header: None,
            session_lookup: SessionLookup::Relay,
            session_match_pointer: None,
            rest_status_map: statuses.into_iter().map(|(word, status)| (word.to_owned(), status)).collect(),
            poll_interval_secs: 10,
            accept_timeout_secs: 120,
            post_agent_timeout_secs: 300,
            confirm_proactive: false,
        }
    }
}

impl JwtAlg {
    /// Whether the key is a pair of ours rather than a secret of theirs.
    pub(crate) const fn is_rsa(self) -> bool {
        match self {
            Self::Rs256 | Self::Rs512 => true,
            Self::Hs256 | Self::Hs512 => false,
        }
    }
}

impl JwtExtra {
    #[cfg(feature = "outbound")]
    pub(crate) const fn has_jti(self) -> bool {
        match self {
            Self::Jti | Self::JtiJwe => true,
            Self::None | Self::Jwe => false,
        }
    }

    pub(crate) const fn is_encrypted(self) -> bool {
        match self {
            Self::Jwe | Self::JtiJwe => true,
            Self::None | Self::Jti => false,
        }
    }
}

impl LifecycleSource {
    #[cfg(feature = "outbound")]
    pub(crate) const fn polls(self) -> bool {
        match self {
            Self::Poll | Self::RelayAndPoll => true,
            Self::Relay => false,
        }
    }
}
