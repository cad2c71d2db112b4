//! How the simulated org is set up.

use std::sync::Arc;

use crate::bus::PartnerBus;

use super::chat::config::ChatConfig;

/// In which unit the org reads `exp` of an assertion (vendor text and vendor demo disagree).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiryUnit {
    /// As RFC 7519 and the vendor's demo.
    #[default]
    Seconds,
    /// As the vendor's text.
    Millis,
}

/// How platform events leave the org.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Event Relay to the [`PartnerBus`].
    #[default]
    EventRelay,
    /// Apex posts `Payload__c` verbatim, signed, to `<relay URL>/raw`.
    ApexCallout,
}

/// Where the fields of an entry stand in `Payload__c`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayloadShape {
    /// Under `payload` (since Spring '24).
    #[default]
    Nested,
    /// At the top level, as one vendor sample has them.
    Flat,
}

/// Where the fields of a relayed platform event stand in `detail` (not verified).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayEnvelope {
    /// Under `payload`, beside `schemaId` and `id`.
    #[default]
    Payload,
    /// Directly in `detail`.
    Bare,
}

/// Which entries the org publishes for this kind of channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceEvents {
    /// `Message`, `ParticipantChanged`, and typing once enabled: what is documented as delivered.
    #[default]
    Documented,
    /// Routing results, queue positions and session statuses as well.
    All,
}

/// The customer's package on `MessagingSession` (the platform's own contract, not the vendor's).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Package {
    /// It posts signed relay events.
    #[default]
    Posts,
    /// It publishes `Handoff_Status__e` on the relayed channel.
    Publishes,
    /// It is not installed.
    Absent,
}

/// Type of `acknowledgementTimestamp` that the org takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AckTimestamp {
    /// As the vendor's readme.
    #[default]
    Number,
    /// As the vendor's API description.
    Text,
}

/// How an answer names the work item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkItem {
    /// `workItemIds`, an array.
    #[default]
    List,
    /// `workItemId`.
    Single,
}

/// What happens to a message whose id the conversation has seen (not documented).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedMessages {
    /// The first answer again, no second line on the desktop.
    #[default]
    Recognised,
    /// A second line on the desktop.
    ShownTwice,
}

/// What a message does after the conversation's session has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateMessages {
    /// A new session in the same conversation, which is keyed by `to` and `from`.
    #[default]
    SameConversation,
    /// A new conversation.
    NewConversation,
}

/// When a conversation that was opened without a message is routed (not documented).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyOpen {
    /// With its first message.
    #[default]
    RoutedWithMessage,
    /// At once.
    RoutedAtOnce,
}

/// Whether `/messagingSession` ends sessions; it is documented for another product only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndApi {
    /// Refused with a 4xx.
    #[default]
    Refused,
    /// It works.
    Works,
}

/// An org with one custom channel (Bring Your Own Channel for Messaging) and one deployment of Enhanced Chat.
#[derive(Clone)]
pub struct SalesforceConfig {
    /// Org id, 15 characters.
    pub org_id: String,
    /// Consumer key of the connected app: `iss`.
    pub consumer_key: String,
    /// Integration user: `sub`.
    pub username: String,
    /// Public key of the connected app's certificate, PEM.
    pub public_key_pem: String,
    /// The login host's name: `aud`.
    pub audience: String,
    /// Unit of `exp`.
    pub expiry_unit: ExpiryUnit,
    /// Lifetime of an access token (the org's session policy; the answer does not say it).
    pub token_seconds: u32,
    /// `AuthorizationContext`: developer name of the channel definition, with prefix.
    pub auth_context: String,
    /// `to` of interactions.
    pub channel_address_identifier: String,
    /// Names that `routingAttributes` may have; `None` allows any.
    pub channel_variables: Option<Vec<String>>,
    /// Longest value of a channel variable.
    pub variable_max_chars: usize,
    /// How platform events leave.
    pub transport: Transport,
    /// API name of the platform event.
    pub event_api_name: String,
    /// Its field with the event type.
    pub event_type_field: String,
    /// Its field with the payload.
    pub payload_field: String,
    /// Shape of the payload.
    pub payload_shape: PayloadShape,
    /// Shape of what Event Relay makes of an event.
    pub relay_envelope: RelayEnvelope,
    /// Partner event source, `aws.partner/salesforce.com/<orgId>/<channelId>`.
    pub partner_source: String,
    /// Where relayed events go; `None` is a relay that nobody has associated.
    pub bus: Option<Arc<dyn PartnerBus>>,
    /// Entries that are published beside messages.
    pub service_events: ServiceEvents,
    /// Whether the representative's typing is published.
    pub typing_events: bool,
    /// The connection's relay URL, without `/raw`; `None` until the platform says it.
    pub relay_url: Option<String>,
    /// Its secret, `whsec_…`.
    pub relay_secret: String,
    /// The package.
    pub package: Package,
    /// Type of acknowledgement times.
    pub ack_timestamp: AckTimestamp,
    /// Shape of answers.
    pub work_item: WorkItem,
    /// Treatment of repeated message ids.
    pub repeated_messages: RepeatedMessages,
    /// Treatment of messages after the end.
    pub late_messages: LateMessages,
    /// Treatment of conversations without a message.
    pub empty_open: EmptyOpen,
    /// Treatment of the end call.
    pub end_api: EndApi,
    /// Queue of the Omni flow: id and name.
    pub queue: (String, String),
    /// The deployment of Enhanced Chat.
    pub chat: ChatConfig,
}

impl SalesforceConfig {
    /// An org with the vendor's defaults where they are known; names are neutral until set.
    pub fn new(consumer_key: &str, username: &str, public_key_pem: &str) -> Self {
        Self {
            org_id: "00Dxx0000000001".to_owned(),
            consumer_key: consumer_key.to_owned(),
            username: username.to_owned(),
            public_key_pem: public_key_pem.to_owned(),
            audience: "https://login.salesforce.com".to_owned(),
            expiry_unit: ExpiryUnit::default(),
            token_seconds: 7200,
            auth_context: "handoff_Support".to_owned(),
            channel_address_identifier: "72a6a4ec-acbc-44f6-b2b9-e444248ca843".to_owned(),
            channel_variables: None,
            variable_max_chars: 255,
            transport: Transport::default(),
            event_api_name: "Handoff_Outbound__e".to_owned(),
            event_type_field: "EventType__c".to_owned(),
            payload_field: "Payload__c".to_owned(),
            payload_shape: PayloadShape::default(),
            relay_envelope: RelayEnvelope::default(),
            partner_source: "aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx0000000001EAA".to_owned(),
            bus: None,
            service_events: ServiceEvents::default(),
            typing_events: false,
            relay_url: None,
            relay_secret: String::new(),
            package: Package::default(),
            ack_timestamp: AckTimestamp::default(),
            work_item: WorkItem::default(),
            repeated_messages: RepeatedMessages::default(),
            late_messages: LateMessages::default(),
            empty_open: EmptyOpen::default(),
            end_api: EndApi::default(),
            queue: ("00Gxx0000000001AAA".to_owned(), "Support".to_owned()),
            chat: ChatConfig::default(),
        }
    }

    /// The same org with a relay address, used by the package and by [`Transport::ApexCallout`].
    #[must_use]
    pub fn with_relay(mut self, url: &str, secret: &str) -> Self {
        self.relay_url = Some(url.to_owned());
        secret.clone_into(&mut self.relay_secret);
        self
    }

    /// The same org with an associated bus.
    #[must_use]
    pub fn with_bus(mut self, bus: Arc<dyn PartnerBus>) -> Self {
        self.bus = Some(bus);
        self
    }
}
