//! How the simulated org is set up.

use std::sync::Arc;

use crate::engine::{PartnerBus, choices, config};

use super::chat::config::ChatConfig;

choices! {
    /// In which unit the org reads `exp` of an assertion (vendor text and vendor demo disagree).
    pub enum ExpiryUnit {
        /// As RFC 7519 and the vendor's demo.
        Seconds,
        /// As the vendor's text.
        Millis,
    }

    /// How platform events leave the org.
    pub enum Transport {
        /// Event Relay to the [`PartnerBus`].
        EventRelay,
        /// Apex posts `Payload__c` verbatim, signed, to `<relay URL>/raw`.
        ApexCallout,
    }

    /// Where the fields of an entry stand in `Payload__c`.
    pub enum PayloadShape {
        /// Under `payload` (since Spring '24).
        Nested,
        /// At the top level, as one vendor sample has them.
        Flat,
    }

    /// Where the fields of a relayed platform event stand in `detail` (not verified).
    pub enum RelayEnvelope {
        /// Under `payload`, beside `schemaId` and `id`.
        Payload,
        /// Directly in `detail`.
        Bare,
    }

    /// Which entries the org publishes for this kind of channel.
    pub enum ServiceEvents {
        /// `Message`, `ParticipantChanged`, and typing once enabled: what is documented as delivered.
        Documented,
        /// Routing results, queue positions and session statuses as well.
        All,
    }

    /// The customer's package on `MessagingSession` (the platform's own contract, not the vendor's).
    pub enum Package {
        /// It posts signed relay events.
        Posts,
        /// It publishes `Handoff_Status__e` on the relayed channel.
        Publishes,
        /// It is not installed.
        Absent,
    }

    /// Type of `acknowledgementTimestamp` that the org takes.
    pub enum AckTimestamp {
        /// As the vendor's readme.
        Number,
        /// As the vendor's API description.
        Text,
    }

    /// How an answer names the work item.
    pub enum WorkItem {
        /// `workItemIds`, an array.
        List,
        /// `workItemId`.
        Single,
    }

    /// What a message does after the conversation's session has ended.
    pub enum LateMessages {
        /// A new session in the same conversation, which is keyed by `to` and `from`.
        SameConversation,
        /// A new conversation.
        NewConversation,
    }

    /// When a conversation that was opened without a message is routed (not documented).
    pub enum EmptyOpen {
        /// With its first message.
        RoutedWithMessage,
        /// At once.
        RoutedAtOnce,
    }

    /// Whether `/messagingSession` ends sessions; it is documented for another product only.
    pub enum EndApi {
        /// Refused with a 4xx.
        Refused,
        /// It works.
        Works,
    }
}

config! {
    /// An org with one custom channel (Bring Your Own Channel for Messaging) and one deployment of Enhanced Chat.
    pub struct SalesforceConfig(consumer_key: &str, username: &str, public_key_pem: &str) {
        /// Org id, 15 characters.
        org_id: String = "00Dxx0000000001".to_owned();
        /// Consumer key of the connected app: `iss`.
        consumer_key: String = consumer_key.to_owned();
        /// Integration user: `sub`.
        username: String = username.to_owned();
        /// Public key of the connected app's certificate, PEM.
        public_key_pem: String = public_key_pem.to_owned();
        /// The login host's name: `aud`.
        audience: String = "https://login.salesforce.com".to_owned();
        /// Unit of `exp`.
        expiry_unit: ExpiryUnit = ExpiryUnit::default();
        /// Lifetime of an access token (the org's session policy; the answer does not say it).
        token_seconds: u32 = 7200;
        /// `AuthorizationContext`: developer name of the channel definition, with prefix.
        auth_context: String = "handoff_Support".to_owned();
        /// `to` of interactions.
        channel_address_identifier: String = "72a6a4ec-acbc-44f6-b2b9-e444248ca843".to_owned();
        /// Names that `routingAttributes` may have; `None` allows any.
        channel_variables: Option<Vec<String>> = None;
        /// Longest value of a channel variable.
        variable_max_chars: usize = 255;
        /// How platform events leave.
        transport: Transport = Transport::default();
        /// API name of the platform event.
        event_api_name: String = "Handoff_Outbound__e".to_owned();
        /// Its field with the event type.
        event_type_field: String = "EventType__c".to_owned();
        /// Its field with the payload.
        payload_field: String = "Payload__c".to_owned();
        /// Shape of the payload.
        payload_shape: PayloadShape = PayloadShape::default();
        /// Shape of what Event Relay makes of an event.
        relay_envelope: RelayEnvelope = RelayEnvelope::default();
        /// Partner event source, `aws.partner/salesforce.com/<orgId>/<channelId>`.
        partner_source: String = "aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx0000000001EAA".to_owned();
        /// Where relayed events go; `None` is a relay that nobody has associated.
        bus: Option<Arc<dyn PartnerBus>> = None;
        /// Entries that are published beside messages.
        service_events: ServiceEvents = ServiceEvents::default();
        /// Whether the representative's typing is published.
        typing_events: bool = false;
        /// The connection's relay URL, without `/raw`; `None` until the platform says it.
        relay_url: Option<String> = None;
        /// Its secret, `whsec_…`.
        relay_secret: String = String::new();
        /// The package.
        package: Package = Package::default();
        /// Type of acknowledgement times.
        ack_timestamp: AckTimestamp = AckTimestamp::default();
        /// Shape of answers.
        work_item: WorkItem = WorkItem::default();
        /// Treatment of messages after the end.
        late_messages: LateMessages = LateMessages::default();
        /// Treatment of conversations without a message.
        empty_open: EmptyOpen = EmptyOpen::default();
        /// Treatment of the end call.
        end_api: EndApi = EndApi::default();
        /// Queue of the Omni flow: id and name.
        queue: (String, String) = ("00Gxx0000000001AAA".to_owned(), "Support".to_owned());
        /// The deployment of Enhanced Chat.
        chat: ChatConfig = ChatConfig::new();
    }
}

impl SalesforceConfig {
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
