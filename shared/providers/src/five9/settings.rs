//! The fields of a Five9 integration (`docs/contracts/five9.md`, "Settings and what is not verified").

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
#[cfg(feature = "outbound")]
use transfer_domain::Session;
use url::Url;

pub(super) use table::CLASSIC_DOMAINS;

use super::fields::Names;
use super::paths::Paths;
use crate::draft::{Fields, Typed, words};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{HostPolicy, hosts};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) flavor: Flavor,
    /// Classic: who the customer is.
    #[serde(default)]
    pub(crate) tenant_name: String,
    /// The campaign is the queue.
    #[serde(default)]
    pub(crate) campaign_name: String,
    /// Classic: where anonymous sessions begin.
    pub(crate) host: String,
    pub(crate) auth_mode: AuthMode,
    pub(crate) auth_scheme: AuthScheme,
    #[serde(rename = "on401")]
    pub(crate) on_401: On401,
    /// Open Messaging: which part of the world.
    pub(crate) region: Option<Region>,
    /// Open Messaging: another base URL than the region's.
    pub(crate) api_url: Option<String>,
    #[serde(default)]
    pub(crate) domain_id: String,
    #[serde(default)]
    pub(crate) delivery_profile_id: String,
    #[serde(default)]
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

impl Typed for Settings {
    const FIELDS: &'static Fields = &table::FIELDS;

    fn targets(&self) -> Vec<String> {
        self.all_targets()
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
    fn all_targets(&self) -> Vec<String> {
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
