//! The fields of a Salesforce integration (`docs/contracts/salesforce.md`, "Settings and what is not verified").

mod check;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use check::validate;

use crate::reading::{target, text};
use crate::relay::RelayAuth;

/// The platform event by which the customer's package tells the status of a session
/// (`docs/contracts/salesforce.md`, "In short").
pub(crate) const STATUS_EVENT: &str = "Handoff_Status__e";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent field")]
pub(crate) struct Settings {
    pub(crate) product: Product,
    /// The organisation's id in its 15-character form.
    pub(crate) org_id15: String,

    // Bring your own channel.
    pub(crate) my_domain: String,
    /// Where the interaction interface stands, if not below the organisation's own domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_url: Option<String>,
    pub(crate) consumer_key: String,
    pub(crate) username: String,
    pub(crate) login_host: String,
    /// Where the token endpoint stands, if not at `login_host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login_url: Option<String>,
    pub(crate) auth_context: String,
    pub(crate) channel_address_identifier: String,
    pub(crate) event_api_name: String,
    pub(crate) event_type_field: String,
    pub(crate) payload_field: String,
    /// The partner event source of the event relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partner_source: Option<String>,

    // Enhanced chat.
    pub(crate) scrt_url: String,
    pub(crate) es_developer_name: String,
    /// `iss` of the identity token, with the credential `identityKeyPem`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity_issuer: Option<String>,
    /// `kid` of the identity token, with the credential `identityKeyPem`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity_key_id: Option<String>,

    /// `None` = the product's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event_transport: Option<EventTransport>,
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

/// Which of the vendor's products takes the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Product {
    /// Bring Your Own Channel for Messaging.
    Byoc,
    /// Enhanced Chat by its interface for custom clients.
    Miaw,
}

/// How the vendor's events reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventTransport {
    /// Event Relay onto a partner event bus.
    EventRelay,
    /// An Apex trigger posts them, signed.
    ApexCallout,
    /// A subscriber of the customer's own posts them, signed.
    Pubsub,
    /// We look.
    Poll,
    /// A listener of the customer's own posts the stream's frames, signed.
    Sse,
}

/// Whether the customer's package tells the life of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LifecycleRelay {
    /// It must: the vendor's own events are not sure to come.
    Required,
    /// It may.
    Optional,
    /// What it says is dropped.
    Off,
}

/// Where the representative's texts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentTextSource {
    Provider,
    Relay,
}

/// The unit of the `exp` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JwtExpUnit {
    Seconds,
    Millis,
}

/// What a conversation is opened by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpenMode {
    /// Its first message.
    Interactions,
    /// A call of its own, before the first message.
    ConversationFirst,
}

/// A fact that the routing flow may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RoutingAttribute {
    TransferId,
    Summary,
    Reason,
    Language,
    Priority,
    Queue,
    Skills,
}

/// The form of the time in an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AckTimestampFormat {
    Number,
    String,
}

/// How a conversation is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndMode {
    /// By a call that may not exist for this product, else by `end_text`.
    TryEndApi,
    /// By `end_text`.
    TextOnly,
}

/// What the closing of a representative's work means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UseWorkClosed {
    /// A note.
    Annotate,
    /// That the representative is gone.
    PostAgent,
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

impl Default for Settings {
    fn default() -> Self {
        Self {
            product: Product::Byoc,
            org_id15: String::new(),
            my_domain: String::new(),
            api_url: None,
            consumer_key: String::new(),
            username: String::new(),
            login_host: "login.salesforce.com".to_owned(),
            login_url: None,
            auth_context: String::new(),
            channel_address_identifier: String::new(),
            event_api_name: String::new(),
            event_type_field: "EventType__c".to_owned(),
            payload_field: "Payload__c".to_owned(),
            partner_source: None,
            scrt_url: String::new(),
            es_developer_name: String::new(),
            identity_issuer: None,
            identity_key_id: None,
            event_transport: None,
            lifecycle_relay: LifecycleRelay::Required,
            agent_text_source: AgentTextSource::Provider,
            jwt_exp_unit: JwtExpUnit::Seconds,
            token_cache_secs: 900,
            open_mode: OpenMode::Interactions,
            routing_attributes: vec![
                RoutingAttribute::TransferId,
                RoutingAttribute::Summary,
                RoutingAttribute::Language,
                RoutingAttribute::Priority,
            ],
            routing_attribute_max_chars: 255,
            resend_ambiguous_messages: true,
            ack_timestamp_format: AckTimestampFormat::Number,
            outbound_typing: false,
            end_mode: EndMode::TryEndApi,
            end_text: "The customer has left the chat.".to_owned(),
            use_work_closed: UseWorkClosed::Annotate,
            relay_payload_pointer: "/detail/payload".to_owned(),
            poll_active_ms: 2000,
            poll_queued_ms: 7000,
            post_agent_timeout_secs: 300,
            confirm_byoc_licence: false,
            confirm_relay_accepts_byoc_event: false,
            confirm_relay_pause_only: false,
            confirm_trigger_allocation: false,
            confirm_flow_triggers: false,
            relay_auth: RelayAuth::Signature,
        }
    }
}

impl Settings {
    /// The partner event source whose events are taken.
    pub(crate) fn partner_source(&self) -> Option<&str> {
        self.partner_source.as_deref().filter(|_| self.transport() == EventTransport::EventRelay)
    }

    /// How events come: as told, else in the product's usual way.
    pub(crate) fn transport(&self) -> EventTransport {
        self.event_transport.unwrap_or(match self.product {
            Product::Byoc => EventTransport::EventRelay,
            Product::Miaw => EventTransport::Poll,
        })
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
