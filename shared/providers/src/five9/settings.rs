//! The fields of a Five9 integration (`docs/contracts/five9.md`, "Settings and what is not verified").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
#[cfg(feature = "outbound")]
use transfer_domain::Session;
use url::Url;

use super::fields::Names;
use super::paths::Paths;
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{HostPolicy, hosts};

/// Where the classic interface lives: the login hosts, and the data centres that their metadata names.
pub(super) const CLASSIC_DOMAINS: &[&str] = &["five9.com", "five9.eu", "five9.ca"];

/// Where Open Messaging lives.
pub(super) const OPEN_MESSAGING_DOMAINS: &[&str] = &["five9.net"];

/// The header that carries the connection's secret, unless the integration names another.
const SECRET_HEADER: &str = "X-Handoff-Secret";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) flavor: Flavor,
    /// Classic: who the customer is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) tenant_name: String,
    /// The campaign is the queue.
    pub(crate) campaign_name: String,
    /// Classic: where anonymous sessions begin.
    pub(crate) host: String,
    pub(crate) auth_mode: AuthMode,
    pub(crate) auth_scheme: AuthScheme,
    #[serde(rename = "on401")]
    pub(crate) on_401: On401,
    /// Open Messaging: which part of the world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Region>,
    /// Open Messaging: another base URL than the region's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_url: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) domain_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) delivery_profile_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) campaign_handle: String,
    pub(crate) oauth_style: OauthStyle,
    pub(crate) oauth_scope: String,
    pub(crate) path_overrides: Paths,
    pub(crate) field_aliases: Names,
    pub(crate) availability_check: AvailabilityCheck,
    /// `Generic` and `RCS` are types; any other word is sent as content type.
    pub(crate) conversation_type: String,
    pub(crate) send_priority: bool,
    /// Passed through unchanged; ours win over them.
    pub(crate) routing_fields: Map<String, Value>,
    pub(crate) history_max_bytes: usize,
    /// How often it is asked whether the conversation is active before the first message; 0 = never.
    pub(crate) wait_active: u8,
    /// Seconds between two such questions.
    pub(crate) wait_active_interval_secs: u32,
    pub(crate) attachments: Attachments,
    pub(crate) send_acks: bool,
    pub(crate) end_method: EndMethod,
    pub(crate) end_participant_source: EndParticipantSource,
    /// What an event means, where it is not as we know it. Names of events in either case.
    pub(crate) event_map: BTreeMap<String, Meaning>,
    pub(crate) webhook_auth: WebhookAuth,
    /// The header of `header_secret`.
    pub(crate) webhook_header_name: String,
    pub(crate) ip_allow_list: Vec<String>,
    pub(crate) agent_change_by_name: bool,
    pub(crate) reconcile_idle_secs: u32,
    pub(crate) rate_per_min: u32,
    pub(crate) relay_auth: RelayAuth,
}

/// Which of the two generations of interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flavor {
    Classic,
    OpenMessaging,
}

/// How a classic session is begun. The call of the other mode, `supervisor`, is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthMode {
    Anonymous,
}

/// How a classic token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthScheme {
    /// `Bearer-<token>`, without a blank.
    BearerHyphen,
    Bearer,
}

/// What a refused classic token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum On401 {
    /// The conversation is gone.
    End,
    /// This one call failed.
    FailCall,
}

/// Regions of Open Messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Region {
    Us,
    Eu,
    Ca,
    Uk,
    In,
}

/// Where the token endpoint expects the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OauthStyle {
    Basic,
    Body,
}

/// Whether somebody is asked for before an opening; no call for it is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AvailabilityCheck {
    Off,
}

/// What becomes of the contact's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attachments {
    /// Their addresses are sent as text.
    Off,
    Upload,
}

/// How a classic conversation is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndMethod {
    PostTerminate,
    /// No call; the representative is told by a last message.
    None,
}

/// Who ends a chat of Open Messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndParticipantSource {
    /// Nobody is named.
    Omit,
    /// The sender of `ACCEPT`.
    AcceptFrom,
    /// No call; the representative is told by a last message.
    Skip,
}

/// What an event of Five9's means: a provider event, in the words of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Meaning {
    Accepted,
    Queued,
    AgentJoined,
    AgentMessage,
    ProviderMessage,
    Typing,
    AgentLeft,
    Closed,
    Failed,
    Annotation,
}

/// What Five9 proves itself by, beside the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookAuth {
    PathSecret,
    HeaderSecret,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flavor: Flavor::Classic,
            tenant_name: String::new(),
            campaign_name: String::new(),
            host: "app.five9.com".to_owned(),
            auth_mode: AuthMode::Anonymous,
            auth_scheme: AuthScheme::BearerHyphen,
            on_401: On401::End,
            region: None,
            api_url: None,
            domain_id: String::new(),
            delivery_profile_id: String::new(),
            campaign_handle: String::new(),
            oauth_style: OauthStyle::Basic,
            oauth_scope: "openmessaging:read openmessaging:write".to_owned(),
            path_overrides: Paths::default(),
            field_aliases: Names::default(),
            availability_check: AvailabilityCheck::Off,
            conversation_type: "Generic".to_owned(),
            send_priority: false,
            routing_fields: Map::new(),
            history_max_bytes: 4000,
            wait_active: 6,
            wait_active_interval_secs: 3,
            attachments: Attachments::Off,
            send_acks: false,
            end_method: EndMethod::PostTerminate,
            end_participant_source: EndParticipantSource::AcceptFrom,
            event_map: BTreeMap::new(),
            webhook_auth: WebhookAuth::PathSecret,
            webhook_header_name: SECRET_HEADER.to_owned(),
            ip_allow_list: Vec::new(),
            agent_change_by_name: true,
            reconcile_idle_secs: 120,
            rate_per_min: 60,
            relay_auth: RelayAuth::Signature,
        }
    }
}

impl Settings {
    /// What an event means; `None` if it is unknown (`docs/contracts/five9.md`, "Status").
    pub(super) fn meaning(&self, event: &str) -> Option<Meaning> {
        let told = self.event_map.iter().find(|(name, _)| name.eq_ignore_ascii_case(event));
        told.map(|(_, meaning)| *meaning).or_else(|| match event.to_ascii_lowercase().as_str() {
            "create" | "transfer_to_group" => Some(Meaning::Queued),
            "accept" | "transfer_to_agent" => Some(Meaning::AgentJoined),
            "typing" => Some(Meaning::Typing),
            "message" | "file" => Some(Meaning::AgentMessage),
            "terminate" => Some(Meaning::Closed),
            "error" => Some(Meaning::Failed),
            "add_participant" | "remove_participant" => Some(Meaning::Annotation),
            _ => None,
        })
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

    /// Openings are of the integration's flavour; conversations of the other go on as they began, as long as its fields
    /// are there.
    pub(super) fn targets(&self) -> Vec<String> {
        let other = match self.flavor {
            Flavor::Classic => Flavor::OpenMessaging,
            Flavor::OpenMessaging => Flavor::Classic,
        };
        [self.flavor, other].into_iter().filter_map(|flavor| self.target_of(flavor)).collect()
    }

    /// The flavour that a session was opened by.
    #[cfg(feature = "outbound")]
    pub(super) fn flavor_of(&self, session: &Session) -> Flavor {
        let is_of = |flavor: &Flavor| self.target_of(*flavor).is_some_and(|target| target == session.target);
        [Flavor::Classic, Flavor::OpenMessaging].into_iter().find(is_of).unwrap_or(self.flavor)
    }

    /// Base URL of Open Messaging.
    pub(super) fn open_messaging_base(&self) -> Option<String> {
        let region = match self.region {
            Some(Region::Us) => "us",
            Some(Region::Eu) => "eu",
            Some(Region::Ca) => "ca",
            Some(Region::Uk) => "uk",
            Some(Region::In) => "in",
            None => return self.api_url.clone(),
        };
        Some(self.api_url.clone().unwrap_or_else(|| format!("https://api.prod.{region}.five9.net")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_five9s_own_with_or_without_its_port() {
        let url = |host| host_url(host, HostPolicy::Public).map(|url| url.to_string());
        for host in ["app-scl.five9.com:443", "app-scl.five9.com", "https://app-scl.five9.com"] {
            assert_eq!(url(host).as_deref(), Ok("https://app-scl.five9.com/"), "{host}");
        }
        for host in [
            "",
            "five9.com.evil.example",
            "evilfive9.com",
            "app.five9.com/x",
            "app.five9.com@evil.example",
            "http://app.five9.com",
            "app.five9.com:8443",
            "127.0.0.1:80",
            "169.254.169.254",
        ] {
            assert!(url(host).is_err(), "{host}");
        }
    }

    #[test]
    fn a_simulated_host_is_on_this_machine() {
        let url = |host| host_url(host, HostPolicy::Simulated).map(|url| url.to_string());
        assert_eq!(url("127.0.0.1:8081").as_deref(), Ok("http://127.0.0.1:8081/"));
        assert_eq!(url("http://localhost:8081").as_deref(), Ok("http://localhost:8081/"));
        assert_eq!(url("app.five9.com").as_deref(), Ok("https://app.five9.com/"));
        for host in ["evil.example", "http://app.five9.com", "169.254.169.254"] {
            assert!(url(host).is_err(), "{host}");
        }
    }

    #[test]
    fn events_mean_what_the_contract_or_the_setting_says() {
        let mut settings = Settings::default();
        assert_eq!(settings.meaning("TRANSFER_TO_GROUP"), Some(Meaning::Queued));
        assert_eq!(settings.meaning("whisper"), None);
        settings.event_map.insert("Terminate".to_owned(), Meaning::AgentLeft);
        assert_eq!(settings.meaning("terminate"), Some(Meaning::AgentLeft));
        assert_eq!(settings.meaning("TERMINATE"), Some(Meaning::AgentLeft));
    }
}
