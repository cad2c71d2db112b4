//! The fields of a Five9 integration (`docs/contracts/five9.md`, "Settings and what is not verified").

pub(super) mod allow_list;
pub(super) mod fields;
pub(super) mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use allow_list::is_range;
use fields::{Field, Names};
use paths::Paths;
use serde_json::{Map, Value};
#[cfg(feature = "outbound")]
use transfer_domain::Session;
use transfer_domain::Timers;
use url::Url;

use crate::draft::{
    Credential, Fields, Form, Kind, Preset, RECONCILE_IDLE_SECS, RELAY_AUTH, Setting, Typed, WEBHOOK_HEADER_NAME, When,
    Word as _, shaped, words,
};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::told::{Meanings, meaning};
use crate::{HostPolicy, hosts};

/// Where the classic interface lives: the login hosts, and the data centres that their metadata names.
const CLASSIC_DOMAINS: &[&str] = &["five9.com", "five9.eu", "five9.ca"];

/// Where Open Messaging lives.
const OPEN_MESSAGING_DOMAINS: &[&str] = &["five9.net"];

const MAX_NAME_CHARS: usize = 128;
const MAX_ENTRIES: usize = 100;
const MAX_PATH_CHARS: usize = 256;
const MAX_ROUTING_BYTES: usize = 4096;

const CLASSIC: When = When::Is("flavor", &["classic"]);
const OPEN_MESSAGING: When = When::Is("flavor", &["open_messaging"]);
const WORD: Kind = Kind::Text { max: 64, form: Form::Of("_-") };

/// Whether a field may have the name: an attribute without one is not sent.
fn is_alias(field: Field, path: &str) -> bool {
    let is_path = path.split('.').all(|part| !part.is_empty())
        && path.chars().count() <= MAX_PATH_CHARS
        && !path.chars().any(char::is_control);
    is_path || (path.is_empty() && field.is_attribute())
}

crate::settings! {
    Settings {
        flavor: Flavor = Setting::word(
            "flavor",
            "classic",
            Flavor::WORDS,
            "which of the two generations of interfaces; running conversations go on as they began",
        )
        .warns(&[
            (
                CLASSIC,
                "Paths and fields of Five9's classic interface come from other implementations: compare them with \
                 Five9's own reference, and correct them by pathOverrides and fieldAliases.",
            ),
            (
                OPEN_MESSAGING,
                "Paths and fields of Five9 Open Messaging come from one public implementation: compare them with \
                 Five9's own reference, and correct them by pathOverrides and fieldAliases.",
            ),
        ]),
        #[serde(default)]
        campaign_name: String =
            Setting::line("campaignName", MAX_NAME_CHARS, "the campaign, which is the queue").required(When::Always),
        #[serde(default)]
        tenant_name: String =
            Setting::line("tenantName", MAX_NAME_CHARS, "classic: who the customer is").required(CLASSIC),
        host: String = Setting::new(
            "host",
            Kind::Url { domains: CLASSIC_DOMAINS, read: |host, policy, _| host_url(host, policy) },
            "classic: where anonymous sessions begin, as host, host and port, or base URL",
        )
        .or("app.five9.com"),
        auth_mode: AuthMode = Setting::word(
            "authMode",
            "anonymous",
            AuthMode::WORDS,
            "how a classic session is begun; the call of the other mode is not public",
        ),
        auth_scheme: AuthScheme = Setting::word(
            "authScheme",
            "bearer_hyphen",
            AuthScheme::WORDS,
            "how a classic token is written: `Bearer-<token>` without a blank, or as usual",
        ),
        #[serde(rename = "on401")]
        on_401: On401 = Setting::word(
            "on401",
            "end",
            On401::WORDS,
            "what a refused classic token means: the conversation is gone, or this one call failed",
        ),
        region: Option<Region> =
            Setting::new("region", Kind::Word(Region::WORDS), "Open Messaging: which part of the world")
                .required(OPEN_MESSAGING),
        api_url: Option<String> = Setting::new(
            "apiUrl",
            Kind::Url { domains: OPEN_MESSAGING_DOMAINS, read: hosts::base_url },
            "Open Messaging: another base URL than the region's",
        ),
        #[serde(default)]
        domain_id: String =
            Setting::line("domainId", MAX_NAME_CHARS, "Open Messaging: who the customer is").required(OPEN_MESSAGING),
        #[serde(default)]
        delivery_profile_id: String =
            Setting::line("deliveryProfileId", MAX_NAME_CHARS, "Open Messaging: whose webhook is called")
                .required(OPEN_MESSAGING),
        #[serde(default)]
        campaign_handle: String =
            Setting::line("campaignHandle", MAX_NAME_CHARS, "Open Messaging: the campaign's handle")
                .required(OPEN_MESSAGING),
        oauth_style: OauthStyle =
            Setting::word("oauthStyle", "basic", OauthStyle::WORDS, "where the token endpoint expects the credentials"),
        oauth_scope: String =
            Setting::line("oauthScope", MAX_NAME_CHARS, "what a token is asked for")
                .or("openmessaging:read openmessaging:write"),
        path_overrides: Paths = Setting::new(
            "pathOverrides",
            Kind::Object {
                says: "absolute paths of URL characters, with known places in braces",
                fits: |value| Ok(shaped::<Paths>(value)?.are_valid()),
            },
            "paths that replace the known ones, by operation",
        )
        .preset(Preset::Map(&[])),
        field_aliases: Names = Setting::new(
            "fieldAliases",
            Kind::Object {
                says: "names of 1 to 256 characters, with dots between",
                fits: |value| Ok(shaped::<Names>(value)?.0.iter().all(|(field, path)| is_alias(*field, path))),
            },
            "names that replace the known ones, by meaning",
        )
        .preset(Preset::Map(&[])),
        availability_check: AvailabilityCheck = Setting::word(
            "availabilityCheck",
            "off",
            AvailabilityCheck::WORDS,
            "whether somebody is asked for before an opening; no call for it is public",
        ),
        conversation_type: String =
            Setting::new("conversationType", WORD, "`Generic` and `RCS` are types; any other word is sent as content type")
                .or("Generic"),
        send_priority: bool =
            Setting::switch("sendPriority", false, "the priority goes along; which way it counts is not known"),
        routing_fields: Map<String, Value> = Setting::new(
            "routingFields",
            Kind::Object {
                says: "at most 4096 bytes of JSON",
                fits: |value| Ok(value.to_string().len() <= MAX_ROUTING_BYTES),
            },
            "passed through unchanged; ours win over them",
        )
        .preset(Preset::Map(&[])),
        history_max_bytes: usize =
            Setting::number("historyMaxBytes", 4000, 0, 65_536, "how much of the conversation so far goes along"),
        wait_active: u8 = Setting::number(
            "waitActive",
            6,
            0,
            20,
            "how often it is asked whether the conversation is active before the first message; 0 is never",
        ),
        wait_active_interval_secs: u32 =
            Setting::number("waitActiveIntervalSecs", 3, 1, 30, "seconds between two such questions"),
        attachments: Attachments = Setting::word(
            "attachments",
            "off",
            Attachments::WORDS,
            "whether files are handed over to Five9's file store, or their addresses sent as text",
        ),
        send_acks: bool = Setting::switch("sendAcks", false, "receipts are sent; classic only"),
        end_method: EndMethod = Setting::word(
            "endMethod",
            "post_terminate",
            EndMethod::WORDS,
            "how a classic conversation is ended; with `none` a last message tells the representative",
        ),
        end_participant_source: EndParticipantSource = Setting::word(
            "endParticipantSource",
            "accept_from",
            EndParticipantSource::WORDS,
            "who ends a chat of Open Messaging: nobody, the sender of `ACCEPT`, or a last message instead of a call",
        ),
        event_map: BTreeMap<String, Meaning> = Setting::new(
            "eventMap",
            Kind::Map { names: &WORD, of: &Kind::Word(Meaning::WORDS), max: MAX_ENTRIES },
            "what an event means, where it is not as we know it; names of events in either case",
        )
        .preset(Preset::Map(&[])),
        webhook_auth: WebhookAuth =
            Setting::word("webhookAuth", "path_secret", WebhookAuth::WORDS, "what Five9 proves itself by, beside the path")
                .warns(&[(
                    When::All(&[OPEN_MESSAGING, When::Is("webhookAuth", &["path_secret"])]),
                    "Webhooks are protected by the secret in their path only.",
                )]),
        webhook_header_name: String = WEBHOOK_HEADER_NAME,
        ip_allow_list: Vec<String> = Setting::new(
            "ipAllowList",
            Kind::List {
                of: &Kind::Text {
                    max: 64,
                    form: Form::Own { says: "an address or a range such as 198.51.100.0/24", fits: is_range },
                },
                min: 0,
                max: MAX_ENTRIES,
                distinct: false,
            },
            "addresses that webhooks may come from; none lets everybody in",
        )
        .preset(Preset::Texts(&[])),
        agent_change_by_name: bool = Setting::switch("agentChangeByName", true, "another name is another person"),
        reconcile_idle_secs: Option<u32> = RECONCILE_IDLE_SECS.warns(&[(
            When::All(&[When::Has("reconcileIdleSecs"), OPEN_MESSAGING]),
            "reconcileIdleSecs has no effect: Open Messaging cannot be asked how a conversation stands.",
        )]),
        rate_per_min: u32 = Setting::number("ratePerMin", 60, 1, 60_000, "calls a minute, counted in each process"),
        relay_auth: RelayAuth = RELAY_AUTH,
    }
    // Those of Open Messaging may be kept from a time with the other flavour.
    credentials {
        Credential::new("clientKey", "OAuth client of Open Messaging").required(OPEN_MESSAGING),
        Credential::new("clientSecret", "its secret").required(OPEN_MESSAGING),
    }
    enter {
        CLASSIC => "Nothing to enter: each conversation is opened with a callback address of its own. Our host must be \
                    reachable from Five9.",
        OPEN_MESSAGING => "The webhook is the address of the delivery profile whose id is `deliveryProfileId`.",
        When::Is("webhookAuth", &["header_secret"]) => "Whatever calls the webhook sends the signing secret in the header \
                                                        `webhookHeaderName`.",
    }
}

words! {
    /// Which of the two generations of interfaces.
    Flavor { Classic = "classic", OpenMessaging = "open_messaging" }

    /// How a classic session is begun. The call of the other mode, `supervisor`, is not public.
    AuthMode { Anonymous = "anonymous" }

    /// How a classic token is written.
    AuthScheme {
        /// `Bearer-<token>`, without a blank.
        BearerHyphen = "bearer_hyphen",
        Bearer = "bearer",
    }

    /// What a refused classic token means.
    On401 {
        /// The conversation is gone.
        End = "end",
        /// This one call failed.
        FailCall = "fail_call",
    }

    /// Regions of Open Messaging.
    Region { Us = "us", Eu = "eu", Ca = "ca", Uk = "uk", In = "in" }

    /// Where the token endpoint expects the credentials.
    OauthStyle { Basic = "basic", Body = "body" }

    /// Whether somebody is asked for before an opening; no call for it is public.
    AvailabilityCheck { Off = "off" }

    /// What becomes of the contact's files.
    Attachments {
        /// Their addresses are sent as text.
        Off = "off",
        Upload = "upload",
    }

    /// How a classic conversation is ended.
    EndMethod {
        PostTerminate = "post_terminate",
        /// No call; the representative is told by a last message.
        None = "none",
    }

    /// Who ends a chat of Open Messaging.
    EndParticipantSource {
        /// Nobody is named.
        Omit = "omit",
        /// The sender of `ACCEPT`.
        AcceptFrom = "accept_from",
        /// No call; the representative is told by a last message.
        Skip = "skip",
    }

    /// What an event of Five9's means: a provider event, in the words of the settings.
    Meaning {
        Accepted = "accepted",
        Queued = "queued",
        AgentJoined = "agent_joined",
        AgentMessage = "agent_message",
        ProviderMessage = "provider_message",
        Typing = "typing",
        AgentLeft = "agent_left",
        Closed = "closed",
        Failed = "failed",
        Annotation = "annotation",
    }

    /// What Five9 proves itself by, beside the path.
    WebhookAuth { PathSecret = "path_secret", HeaderSecret = "header_secret" }
}

/// What events mean, unless the setting says something else.
const EVENTS: &Meanings<Meaning> = &[
    (&["create", "transfer_to_group"], Meaning::Queued),
    (&["accept", "transfer_to_agent"], Meaning::AgentJoined),
    (&["typing"], Meaning::Typing),
    (&["message", "file"], Meaning::AgentMessage),
    (&["terminate"], Meaning::Closed),
    (&["error"], Meaning::Failed),
    (&["add_participant", "remove_participant"], Meaning::Annotation),
];

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

    /// Openings are of the integration's flavour; conversations of the other go on as they began, as long as its fields
    /// are there.
    fn targets(&self) -> Vec<String> {
        let other = match self.flavor {
            Flavor::Classic => Flavor::OpenMessaging,
            Flavor::OpenMessaging => Flavor::Classic,
        };
        [self.flavor, other].into_iter().filter_map(|flavor| self.target_of(flavor)).collect()
    }

    fn timers(&self) -> Timers {
        let silence_seconds = self.reconcile_idle_secs.filter(|_| self.flavor == Flavor::Classic);
        Timers { silence_seconds, ..Timers::default() }
    }
}

impl Settings {
    /// What an event means; `None` if it is unknown (`docs/contracts/five9.md`, "Status").
    pub(super) fn meaning(&self, event: &str) -> Option<Meaning> {
        let told = self.event_map.iter().find(|(name, _)| name.eq_ignore_ascii_case(event));
        told.map(|(_, told)| *told).or_else(|| meaning(EVENTS, &event.to_ascii_lowercase()))
    }

    /// What each flavour points to; `None` for one whose fields are not there.
    pub(super) fn target_of(&self, flavor: Flavor) -> Option<String> {
        match flavor {
            Flavor::Classic => {
                let host = self.host.trim_start_matches("https://").trim_end_matches(":443");
                (!self.tenant_name.is_empty()).then(|| target(host, &["classic", &self.tenant_name]))
            }
            Flavor::OpenMessaging => {
                let base = self.open_messaging_base().filter(|_| !self.domain_id.is_empty())?;
                Some(target(&base, &["open_messaging", &self.domain_id]))
            }
        }
    }

    /// The flavour that a session was opened by.
    #[cfg(feature = "outbound")]
    pub(super) fn flavor_of(&self, session: &Session) -> Flavor {
        let is_of = |flavor: &Flavor| self.target_of(*flavor).is_some_and(|target| target == session.target);
        [Flavor::Classic, Flavor::OpenMessaging].into_iter().find(is_of).unwrap_or(self.flavor)
    }

    /// Base URL of Open Messaging.
    pub(super) fn open_messaging_base(&self) -> Option<String> {
        let of_region = |region: Region| format!("https://api.prod.{}.five9.net", region.word());
        self.api_url.clone().or_else(|| self.region.map(of_region))
    }
}

/// The base URL of a host that is written as `host`, `host:port` or with its scheme: one of Five9's own, or (for
/// simulated contact centres) one of this machine's, which speaks plain HTTP.
pub(super) fn host_url(host: &str, policy: HostPolicy) -> Result<Url, String> {
    let with = |scheme: &str| if host.contains("://") { host.to_owned() } else { format!("{scheme}://{host}") };
    let own = hosts::base_url(&with("https"), HostPolicy::Public, CLASSIC_DOMAINS);
    match policy {
        HostPolicy::Public => own,
        HostPolicy::Simulated => own.or_else(|_| hosts::base_url(&with("http"), policy, CLASSIC_DOMAINS)),
    }
}
