//! The fields of a SmartAssist integration (`docs/contracts/smartassist.md`, "Settings and what is not verified").

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::draft::{Fields, Typed, words};
use crate::reading::target;
use crate::relay::RelayAuth;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    /// As the vendor shows it; a second instance of the channel has another.
    #[serde(default)]
    pub(crate) webhook_url: String,
    /// The vendor's stream id (`st-…`).
    pub(crate) app_id: Option<String>,
    /// Base URL of the public REST interface.
    pub(crate) host: Option<String>,
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
    pub(crate) post_url_header: Option<String>,
    pub(crate) session_lookup: SessionLookup,
    /// Where our id stands in a listed conversation, with `list_match`.
    pub(crate) session_match_pointer: Option<String>,
    /// What the REST interface's words for a status mean; a word that is not here changes nothing.
    pub(crate) rest_status_map: BTreeMap<String, MappedStatus>,
    pub(crate) poll_interval_secs: u32,
    pub(crate) accept_timeout_secs: u32,
    pub(crate) post_agent_timeout_secs: u32,
    /// An operator has seen a representative's message come that answers nothing.
    pub(crate) confirm_proactive: bool,
}

words! {
    /// Where lifecycle events are taken from.
    LifecycleSource { Relay = "relay", Poll = "poll", RelayAndPoll = "relay+poll" }

    /// Where the representative's texts are taken from: never both.
    AgentTextSource { Channel = "channel", Relay = "relay" }

    /// How the channel's tokens are signed.
    JwtAlg { Hs256 = "HS256", Hs512 = "HS512", Rs256 = "RS256", Rs512 = "RS512" }

    /// What the vendor's administrator demands of the channel's tokens beside the signature.
    JwtExtra { None = "none", Jti = "jti", Jwe = "jwe", JtiJwe = "jti_jwe" }

    /// What starts the vendor's flow.
    OpenEvent { Text = "text", OnConnect = "on_connect" }

    /// The two spellings that the vendor's page has.
    LanguageField { Lower = "interactiveLanguage", Upper = "InteractiveLanguage" }

    /// How a conversation is ended.
    EndMode { TextThenClosure = "text_then_closure", Closure = "closure", Text = "text" }

    /// How the REST interface finds a session's conversation.
    SessionLookup {
        /// By the id that the relay told.
        Relay = "relay",
        /// By our id in the list of conversations.
        ListMatch = "list_match",
        Off = "off",
    }

    /// What a status of the REST interface means.
    MappedStatus {
        Queued = "queued",
        /// Taken from a representative and back in the queue.
        Requeued = "requeued",
        Active = "active",
        Ended = "ended",
        Keep = "keep",
    }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &table::FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![target(&self.webhook_url, &[])]
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

    #[cfg(feature = "outbound")]
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
