//! The fields of a SmartAssist integration (`docs/contracts/smartassist.md`, "Settings and what is not verified").

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use transfer_domain::{Hearing, Hears, Timers};
use url::Url;

use crate::draft::{
    ACCEPT_TIMEOUT_SECS, Credential, END_TEXT, Fields, Form, Kind, MAX_SECS, POST_AGENT_TIMEOUT_SECS, Preset,
    RELAY_AUTH, Setting, Typed, When, words,
};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{HostPolicy, hosts};

/// Where the vendor's platforms live, one below it for each region.
const DOMAINS: &[&str] = &["kore.ai"];

const ID: Kind = Kind::Text { max: 128, form: Form::Of("._-") };
const IDS: Kind = Kind::List { of: &ID, min: 0, max: 100, distinct: false };
const POINTER: Kind = Kind::Text { max: 1000, form: Form::Pointer };

/// The REST interface is called: something needs it, or one of its fields is there.
const ASKS_REST: When = When::Any(
    "to ask the vendor's REST interface",
    &[
        When::Is("lifecycleSource", &["poll"]),
        When::Is("availabilityCheck", &["true"]),
        When::Is("sessionLookup", &["list_match"]),
        When::Has("host"),
        When::Has("accountId"),
        When::Has("restClientId"),
        When::Has("restClientSecret"),
    ],
);
const BY_KEY: When = When::Is("jwtAlg", &["RS256", "RS512"]);
const ENCRYPTED: When = When::Is("jwtExtra", &["jwe", "jti_jwe"]);

/// A base URL of the vendor's with a path behind it.
fn webhook_url(text: &str, hosts: HostPolicy, domains: &[&str]) -> Result<Url, String> {
    let rule = || "must be the URL that the channel's page shows".to_owned();
    let whole = hosts::plain(text).ok_or_else(rule)?;
    if text.chars().count() > 1000 || whole.path() == "/" || whole.cannot_be_a_base() {
        return Err(rule());
    }
    let mut base = whole.clone();
    base.set_path("/");
    hosts::base_url(base.as_str(), hosts, domains).map(|_| whole)
}

crate::settings! {
    Settings {
        #[serde(default)]
        webhook_url: String = Setting::new(
            "webhookUrl",
            Kind::Url { domains: DOMAINS, read: webhook_url },
            "the channel's URL as its page shows it; a second instance of the channel has another",
        )
        .required(When::Always),
        host: Option<String> = Setting::new(
            "host",
            Kind::Url { domains: DOMAINS, read: hosts::base_url },
            "base URL of the public REST interface",
        )
        .required(ASKS_REST),
        app_id: Option<String> = Setting::new("appId", ID, "the vendor's stream id (`st-…`)").required(ASKS_REST),
        account_id: Option<String> = Setting::new("accountId", ID, "the vendor's account").required(ASKS_REST),
        lifecycle_source: LifecycleSource =
            Setting::word("lifecycleSource", "relay+poll", LifecycleSource::WORDS, "where lifecycle events are taken from")
                .warns(&[
                    (
                        When::All(&[When::Is("lifecycleSource", &["relay+poll"]), When::Not(&ASKS_REST)]),
                        "Nothing is polled without host, appId, accountId, restClientId and restClientSecret: the relay \
                     alone tells what happens.",
                    ),
                    (
                        When::All(&[When::Is("lifecycleSource", &["poll"]), When::Is("sessionLookup", &["relay", "off"])]),
                        "With lifecycleSource poll only sessionLookup list_match finds conversations: nobody else tells \
                     their ids.",
                    ),
                ]),
        agent_text_source: AgentTextSource = Setting::word(
            "agentTextSource",
            "channel",
            AgentTextSource::WORDS,
            "where the representative's texts are taken from: never both",
        ),
        relay_auth: RelayAuth =
            RELAY_AUTH.warns(&[(When::Is("relayAuth", &["bearer"]), "With relayAuth bearer the relay is not signed.")]),
        jwt_alg: JwtAlg = Setting::word(
            "jwtAlg",
            "HS256",
            JwtAlg::WORDS,
            "how the channel's tokens are signed: with the app's secret (HS), or our key (RS)",
        ),
        jwt_ttl_secs: u32 = Setting::new(
            "jwtTtlSecs",
            Kind::Number { min: 30, max: MAX_SECS, or_zero: true },
            "seconds that a token lives; 0 is a token without an end",
        )
        .preset(Preset::Number(300)),
        jwt_extra: JwtExtra = Setting::word(
            "jwtExtra",
            "none",
            JwtExtra::WORDS,
            "what the vendor's administrator demands of tokens beside the signature",
        )
        .warns(&[(
            ENCRYPTED,
            "The vendor publishes no rule for encrypted tokens: RSA-OAEP-256 with A256GCM is an assumption.",
        )]),
        open_event: OpenEvent = Setting::word(
            "openEvent",
            "text",
            OpenEvent::WORDS,
            "what starts the vendor's flow: `openText`, or the event `ON_CONNECT`",
        ),
        open_text: String = Setting::line("openText", 1000, "the text that opens").or("talk to a person"),
        language_field: LanguageField = Setting::word(
            "languageField",
            "interactiveLanguage",
            LanguageField::WORDS,
            "where the language stands: the vendor's page has two spellings",
        ),
        availability_check: bool = Setting::switch(
            "availabilityCheck",
            false,
            "before an opening it is asked whether somebody of the queues and skills has room",
        ),
        availability_queue_ids: Vec<String> =
            Setting::new("availabilityQueueIds", IDS, "whose representatives are asked about").preset(Preset::Texts(&[])),
        availability_skill_ids: Vec<String> =
            Setting::new("availabilitySkillIds", IDS, "whose representatives are asked about").preset(Preset::Texts(&[])),
        attachment_max_mb: u32 = Setting::number(
            "attachmentMaxMb",
            25,
            0,
            1024,
            "0 sends files as links in the text; the vendor fetches files itself, so a larger one is its to refuse",
        ),
        end_mode: EndMode = Setting::word(
            "endMode",
            "text_then_closure",
            EndMode::WORDS,
            "how a conversation is ended; whether closing ends a chat with a human is not known",
        ),
        end_text: String = END_TEXT,
        user_id_pointer: Vec<String> = Setting::new(
            "userIdPointer",
            Kind::List { of: &POINTER, min: 1, max: 10, distinct: false },
            "where our id may stand in a callback, best first; the asynchronous sample has no user in it",
        )
        .preset(Preset::Texts(&["/to", "/to/id"])),
        post_url_header: Option<String> = Setting::text(
            "postUrlHeader",
            256,
            Form::Header,
            "the header that carries the webhook's signing secret, where the vendor's side can send one",
        )
        .warns(&[(
            When::Not(&When::Has("postUrlHeader")),
            "The channel's callbacks are protected by the secret in their path only.",
        )]),
        session_lookup: SessionLookup = Setting::word(
            "sessionLookup",
            "relay",
            SessionLookup::WORDS,
            "how the REST interface finds a conversation: by the id that the relay told, or by our id in the list",
        ),
        session_match_pointer: Option<String> =
            Setting::new("sessionMatchPointer", POINTER, "where our id stands in a listed conversation")
                .required(When::Is("sessionLookup", &["list_match"])),
        rest_status_map: BTreeMap<String, MappedStatus> = Setting::new(
            "restStatusMap",
            Kind::Map { names: &ID, of: &Kind::Word(MappedStatus::WORDS), max: 100 },
            "what the REST interface's words for a status mean; a word that is not here changes nothing",
        )
        .preset(Preset::Map(&[
            ("OPEN", "queued"),
            ("OVERDUE", "requeued"),
            ("ACTIVE", "active"),
            ("CLOSED", "ended"),
            ("TERMINATED", "ended"),
            ("IDLE", "keep"),
        ])),
        poll_interval_secs: u32 =
            Setting::number("pollIntervalSecs", 10, 10, MAX_SECS, "seconds that one list serves all sessions"),
        accept_timeout_secs: Option<u32> = ACCEPT_TIMEOUT_SECS,
        post_agent_timeout_secs: Option<u32> = POST_AGENT_TIMEOUT_SECS,
        confirm_proactive: bool = Setting::switch(
            "confirmProactive",
            false,
            "somebody has seen a representative's message come that answers nothing",
        )
        .warns(&[(
            When::Is("confirmProactive", &["false"]),
            "Enable proactive notifications on the channel, see a representative's message come that \
             answers nothing, then set confirmProactive.",
        )]),
    }
    // What another way to sign needed may be kept.
    credentials {
        Credential::new("clientId", "the channel's app").required(When::Always),
        Credential::new("clientSecret", "its secret, for HS256 and HS512").required(When::Not(&BY_KEY)),
        Credential::new("privateKeyPem", "our key, for RS256 and RS512")
            .required(BY_KEY)
            .pem(&["PRIVATE KEY", "RSA PRIVATE KEY"]),
        Credential::new("jwePublicKeyPem", "the key that tokens are encrypted to")
            .required(ENCRYPTED)
            .pem(&["PUBLIC KEY"]),
        Credential::new("restClientId", "the app with the scopes of the REST interface").required(ASKS_REST),
        Credential::new("restClientSecret", "its secret").required(ASKS_REST),
    }
    enter {
        When::Always => "Channels > Webhook, version 2, asynchronous: the webhook as its POST URL.",
        When::Has("postUrlHeader") => "There too: the signing secret in the header `postUrlHeader`.",
        When::Is("lifecycleSource", &["relay", "relay+poll"]) => "The flow of the Contact Center app calls the relay, signed by \
                                                                  the relay secret: before and after Agent Transfer, and when \
                                                                  a representative comes or goes.",
    }
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
    const FIELDS: &'static Fields = &FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![target(&self.webhook_url, &[])]
    }

    fn hears(&self) -> Hears {
        let conversations = match self.lifecycle_source {
            LifecycleSource::Poll => Hearing::Asked,
            LifecycleSource::Relay | LifecycleSource::RelayAndPoll => Hearing::Told,
        };
        Hears { conversations, ..Hears::default() }
    }

    fn timers(&self) -> Timers {
        Timers {
            first_event_seconds: self.accept_timeout_secs,
            post_agent_seconds: self.post_agent_timeout_secs,
            silence_seconds: None,
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
