//! The fields of a Salesforce integration (`docs/contracts/salesforce.md`, "Settings and what is not verified").

mod table;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;

use crate::draft::{Faults, Fields, Given, Typed, words};
use crate::reading::{target, text};
use crate::relay::RelayAuth;

/// The platform event by which the customer's package tells the status of a session
/// (`docs/contracts/salesforce.md`, "In short").
pub(crate) const STATUS_EVENT: &str = "Handoff_Status__e";

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent field")]
pub(crate) struct Settings {
    pub(crate) product: Product,
    /// The organisation's id in its 15-character form.
    #[serde(default)]
    pub(crate) org_id15: String,

    // Bring your own channel.
    pub(crate) my_domain: String,
    /// Where the interaction interface stands, if not below the organisation's own domain.
    pub(crate) api_url: Option<String>,
    pub(crate) consumer_key: String,
    pub(crate) username: String,
    pub(crate) login_host: String,
    /// Where the token endpoint stands, if not at `login_host`.
    pub(crate) login_url: Option<String>,
    pub(crate) auth_context: String,
    pub(crate) channel_address_identifier: String,
    pub(crate) event_api_name: String,
    pub(crate) event_type_field: String,
    pub(crate) payload_field: String,
    /// The partner event source of the event relay.
    pub(crate) partner_source: Option<String>,

    // Enhanced chat.
    pub(crate) scrt_url: String,
    pub(crate) es_developer_name: String,
    /// `iss` of the identity token, with the credential `identityKeyPem`.
    pub(crate) identity_issuer: Option<String>,
    /// `kid` of the identity token, with the credential `identityKeyPem`.
    pub(crate) identity_key_id: Option<String>,

    pub(crate) event_transport: EventTransport,
    pub(crate) lifecycle_relay: LifecycleRelay,
    pub(crate) agent_text_source: AgentTextSource,
    pub(crate) jwt_exp_unit: JwtExpUnit,
    pub(crate) token_cache_secs: u32,
    pub(crate) open_mode: OpenMode,
    /// Which facts go along as routing attributes: each must be a variable of the channel by the same name.
    pub(crate) routing_attributes: Vec<RoutingAttribute>,
    pub(crate) routing_attribute_max_chars: u32,
    pub(crate) resend_ambiguous_messages: bool,
    pub(crate) ack_timestamp_format: AckTimestampFormat,
    pub(crate) outbound_typing: bool,
    pub(crate) end_mode: EndMode,
    pub(crate) end_text: String,
    pub(crate) use_work_closed: UseWorkClosed,
    pub(crate) relay_payload_pointer: String,
    pub(crate) poll_active_ms: u32,
    pub(crate) poll_queued_ms: u32,
    pub(crate) post_agent_timeout_secs: u32,
    pub(crate) confirm_byoc_licence: bool,
    pub(crate) confirm_relay_accepts_byoc_event: bool,
    pub(crate) confirm_relay_pause_only: bool,
    pub(crate) confirm_trigger_allocation: bool,
    pub(crate) confirm_flow_triggers: bool,
    pub(crate) relay_auth: RelayAuth,
}

words! {
    /// Which of the vendor's products takes the conversation.
    Product {
        /// Bring Your Own Channel for Messaging.
        Byoc = "byoc",
        /// Enhanced Chat by its interface for custom clients.
        Miaw = "miaw",
    }

    /// How the vendor's events reach us.
    EventTransport {
        /// Event Relay onto a partner event bus.
        EventRelay = "event_relay",
        /// An Apex trigger posts them, signed.
        ApexCallout = "apex_callout",
        /// A subscriber of the customer's own posts them, signed.
        Pubsub = "pubsub",
        /// We look.
        Poll = "poll",
        /// A listener of the customer's own posts the stream's frames, signed.
        Sse = "sse",
    }

    /// Whether the customer's package tells the life of a session.
    LifecycleRelay {
        /// It must: the vendor's own events are not sure to come.
        Required = "required",
        /// It may.
        Optional = "optional",
        /// What it says is dropped.
        Off = "off",
    }

    /// Where the representative's texts come from.
    AgentTextSource { Provider = "provider", Relay = "relay" }

    /// The unit of the `exp` claim.
    JwtExpUnit { Seconds = "seconds", Millis = "millis" }

    /// What a conversation is opened by.
    OpenMode {
        /// Its first message.
        Interactions = "interactions",
        /// A call of its own, before the first message.
        ConversationFirst = "conversation_first",
    }

    /// A fact that the routing flow may look at.
    RoutingAttribute {
        TransferId = "TransferId",
        Summary = "Summary",
        Reason = "Reason",
        Language = "Language",
        Priority = "Priority",
        Queue = "Queue",
        Skills = "Skills",
    }

    /// The form of the time in an acknowledgement.
    AckTimestampFormat { Number = "number", String = "string" }

    /// How a conversation is ended.
    EndMode {
        /// By a call that may not exist for this product, else by `end_text`.
        TryEndApi = "try_end_api",
        /// By `end_text`.
        TextOnly = "text_only",
    }

    /// What the closing of a representative's work means.
    UseWorkClosed {
        /// A note.
        Annotate = "annotate",
        /// That the representative is gone.
        PostAgent = "post_agent",
    }
}

impl RoutingAttribute {
    /// Its name in the channel.
    #[cfg(feature = "outbound")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TransferId => "TransferId",
            Self::Summary => "Summary",
            Self::Reason => "Reason",
            Self::Language => "Language",
            Self::Priority => "Priority",
            Self::Queue => "Queue",
            Self::Skills => "Skills",
        }
    }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &table::FIELDS;

    fn check(given: &Given<'_>, faults: &mut Faults) {
        match (given.word("product"), given.word("eventTransport")) {
            (Some("byoc"), Some("poll" | "sse")) => {
                faults.setting("eventTransport", "must be event_relay, apex_callout or pubsub with product byoc");
            }
            (Some("miaw"), Some("event_relay" | "apex_callout" | "pubsub")) => {
                faults.setting("eventTransport", "must be poll or sse with product miaw");
            }
            (_, _) => {}
        }
    }

    fn targets(&self) -> Vec<String> {
        vec![self.target()]
    }
}

impl Settings {
    /// The partner event source whose events are taken.
    pub(crate) fn partner_source(&self) -> Option<&str> {
        self.partner_source.as_deref().filter(|_| self.event_transport == EventTransport::EventRelay)
    }

    /// The fields of the platform event in an envelope of the bus.
    pub(crate) fn bus_payload<'v>(&self, envelope: &'v Value) -> Option<&'v Value> {
        envelope.pointer(&self.relay_payload_pointer).filter(|payload| payload.is_object())
    }

    /// Whether an event is of another channel of the same organisation.
    pub(crate) fn is_other_channel(&self, payload: &Value) -> bool {
        self.product == Product::Byoc
            && text(payload, "/channelAddressIdentifier")
                .is_some_and(|channel| !channel.eq_ignore_ascii_case(&self.channel_address_identifier))
    }

    /// What the integration points to.
    fn target(&self) -> String {
        match self.product {
            Product::Byoc => target(&self.api_base(), &[&self.org_id15, &self.channel_address_identifier]),
            Product::Miaw => target(&self.scrt_url, &[&self.org_id15, &self.es_developer_name]),
        }
    }

    /// Base URL of the interaction interface.
    pub(crate) fn api_base(&self) -> String {
        self.api_url.clone().unwrap_or_else(|| format!("https://{}.my.salesforce-scrt.com", self.my_domain))
    }

    /// Base URL of the token endpoint.
    #[cfg(feature = "outbound")]
    pub(crate) fn login_base(&self) -> String {
        self.login_url.clone().unwrap_or_else(|| format!("https://{}", self.login_host))
    }

    /// Who a token is asked of: of two, whichever knows the organisation.
    #[cfg(feature = "outbound")]
    pub(crate) fn audience(&self) -> &'static str {
        let host = &self.login_host;
        let sandbox = host == "test.salesforce.com" || host.contains("--") || host.contains(".sandbox.");
        if sandbox { "https://test.salesforce.com" } else { "https://login.salesforce.com" }
    }
}
