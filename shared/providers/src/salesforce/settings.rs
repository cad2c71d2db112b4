//! The fields of a Salesforce integration (`docs/contracts/salesforce.md`, "Settings and what is not verified").

#[cfg(test)]
mod tests;

use serde_json::Value;
use transfer_domain::{Hearing, Hears, Timers};

use crate::draft::{
    Credential, END_TEXT, Faults, Fields, Form, Given, Kind, MAX_SECS, POST_AGENT_TIMEOUT_SECS, Preset, RELAY_AUTH,
    Setting, Typed, When, words,
};
use crate::hosts;
use crate::reading::{target, text};
use crate::relay::RelayAuth;

/// The platform event by which the customer's package tells the status of a session
/// (`docs/contracts/salesforce.md`, "In short").
pub(crate) const STATUS_EVENT: &str = "Handoff_Status__e";

/// Where organisations and their messaging interface live.
const DOMAINS: &[&str] = &["salesforce.com", "salesforce-scrt.com"];

const OWN_URL: Kind = Kind::Url { domains: DOMAINS, read: hosts::base_url };

/// The vendor's names of things.
const API_NAME: Kind = Kind::Text {
    max: 80,
    form: Form::Own {
        says: "a developer name: 1 to 80 letters, digits and underscores, starting with a letter",
        fits: |text| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        },
    },
};

const BYOC: When = When::Is("product", &["byoc"]);
const MIAW: When = When::Is("product", &["miaw"]);
const RELAYED: When = When::Is("eventTransport", &["event_relay"]);

/// An unconfirmed setting matters in this case.
macro_rules! unconfirmed {
    ($name:literal, $when:expr, $doubt:literal) => {
        Setting::switch($name, false, "somebody has tested it in a sandbox, and the warning no longer holds").warns(&[
            (
                When::All(&[$when, When::Is($name, &["false"])]),
                concat!($doubt, " Test it in a sandbox, then set ", $name, "."),
            ),
        ])
    };
}

const PRIVATE_KEY: &[&str] = &["PRIVATE KEY", "RSA PRIVATE KEY"];

crate::settings! {
    Settings {
        product: Product = Setting::word(
            "product",
            "byoc",
            Product::WORDS,
            "which of the vendor's products takes the conversation: Bring Your Own Channel, or enhanced chat",
        ),
        #[serde(default)]
        org_id15: String = Setting::text(
            "orgId15",
            15,
            Form::Own {
                says: "the organisation's id in its form of 15 characters, starting with 00D",
                fits: |id| id.len() == 15 && id.starts_with("00D") && id.chars().all(|c| c.is_ascii_alphanumeric()),
            },
            "the organisation",
        )
        .required(When::Always),
        my_domain: String = Setting::text(
            "myDomain",
            253,
            Form::Own {
                says: "the organisation's part of its host name, such as acme or acme--test.sandbox",
                fits: hosts::is_host_name,
            },
            "byoc: the organisation's own domain",
        )
        .or("")
        .required(BYOC),
        api_url: Option<String> = Setting::new(
            "apiUrl",
            OWN_URL,
            "byoc: where the interaction interface stands, if not below the organisation's own domain",
        ),
        consumer_key: String = Setting::line("consumerKey", 512, "byoc: the connected app").or("").required(BYOC),
        username: String = Setting::line("username", 254, "byoc: the user that it acts as").or("").required(BYOC),
        login_host: String = Setting::text(
            "loginHost",
            253,
            Form::Own {
                says: "login.salesforce.com, test.salesforce.com or the organisation's own host",
                fits: |host| host.strip_suffix(".salesforce.com").is_some_and(hosts::is_host_name),
            },
            "byoc: where tokens are asked for",
        )
        .or("login.salesforce.com"),
        login_url: Option<String> =
            Setting::new("loginUrl", OWN_URL, "byoc: where the token endpoint stands, if not at `loginHost`"),
        auth_context: String =
            Setting::new("authContext", API_NAME, "byoc: the header `AuthorizationContext`").or("").required(BYOC),
        channel_address_identifier: String =
            Setting::line("channelAddressIdentifier", 255, "byoc: the channel's address").or("").required(BYOC),
        event_api_name: String =
            Setting::new("eventApiName", API_NAME, "byoc: the channel's platform event").or("").required(BYOC),
        event_type_field: String =
            Setting::new("eventTypeField", API_NAME, "byoc: its field that must say `Interaction`").or("EventType__c"),
        payload_field: String =
            Setting::new("payloadField", API_NAME, "byoc: its field with the payload").or("Payload__c"),
        scrt_url: String =
            Setting::new("scrtUrl", OWN_URL, "miaw: the interface for custom clients").or("").required(MIAW),
        es_developer_name: String =
            Setting::new("esDeveloperName", API_NAME, "miaw: the deployment").or("").required(MIAW),
        identity_issuer: Option<String> =
            Setting::line("identityIssuer", 255, "miaw: `iss` of the identity token, with `identityKeyPem`"),
        identity_key_id: Option<String> =
            Setting::line("identityKeyId", 255, "miaw: `kid` of the identity token, with `identityKeyPem`"),
        event_transport: EventTransport = Setting::new(
            "eventTransport",
            Kind::Word(EventTransport::WORDS),
            "how the vendor's events reach us: the first three with `byoc`, the others with `miaw`",
        )
        .preset(Preset::By("product", &[("byoc", "event_relay"), ("miaw", "poll")]))
        .warns(&[
            (
                When::Is("eventTransport", &["pubsub"]),
                "eventTransport pubsub needs a subscriber of your own that runs all the time.",
            ),
            (
                When::Is("eventTransport", &["sse"]),
                "eventTransport sse needs a listener of your own that runs all the time.",
            ),
        ]),
        partner_source: Option<String> = Setting::new(
            "partnerSource",
            Kind::Source { prefix: "aws.partner/salesforce.com/", tail: "<organisation id>/<channel id>", further: "" },
            "the partner event source of the event relay",
        )
        .required(RELAYED),
        lifecycle_relay: LifecycleRelay = Setting::word(
            "lifecycleRelay",
            "required",
            LifecycleRelay::WORDS,
            "whether the customer's package tells the life of a session; with `off` what it says is dropped",
        )
        .warns(&[(
            When::Is("lifecycleRelay", &["optional", "off"]),
            "The vendor's own events about queue, status and end are not sure to come: without the status package a \
             session may stay open until it expires.",
        )]),
        agent_text_source: AgentTextSource = Setting::word(
            "agentTextSource",
            "provider",
            AgentTextSource::WORDS,
            "where the representative's texts come from",
        ),
        jwt_exp_unit: JwtExpUnit =
            Setting::word("jwtExpUnit", "seconds", JwtExpUnit::WORDS, "the unit of the `exp` claim"),
        token_cache_secs: u32 =
            Setting::number("tokenCacheSecs", 900, 120, MAX_SECS, "seconds that a token is used for"),
        open_mode: OpenMode = Setting::word(
            "openMode",
            "interactions",
            OpenMode::WORDS,
            "what a conversation is opened by: its first message, or a call of its own before it; whether a \
             conversation without a message is routed is not known",
        )
        .warns(&[(
            When::All(&[BYOC, When::Is("openMode", &["conversation_first"])]),
            "With openMode conversation_first, routing may start before the first message.",
        )]),
        routing_attributes: Vec<RoutingAttribute> = Setting::new(
            "routingAttributes",
            Kind::List { of: &Kind::Word(RoutingAttribute::WORDS), min: 0, max: 7, distinct: true },
            "which facts go along; each must be a variable of the channel by the same name",
        )
        .preset(Preset::Texts(&["TransferId", "Summary", "Language", "Priority"])),
        routing_attribute_max_chars: u32 =
            Setting::number("routingAttributeMaxChars", 255, 64, 65_536, "how long each may be"),
        resend_ambiguous_messages: bool = Setting::switch(
            "resendAmbiguousMessages",
            true,
            "a message whose call had no known result is sent again, under the same id",
        ),
        ack_timestamp_format: AckTimestampFormat = Setting::word(
            "ackTimestampFormat",
            "number",
            AckTimestampFormat::WORDS,
            "the form of the time in an acknowledgement",
        ),
        outbound_typing: bool =
            Setting::switch("outboundTyping", false, "typing of the representative is told to the runtime"),
        end_mode: EndMode = Setting::word(
            "endMode",
            "try_end_api",
            EndMode::WORDS,
            "how a conversation is ended: by a call that may not exist for this product, else by `endText`",
        ),
        end_text: String = END_TEXT,
        use_work_closed: UseWorkClosed = Setting::word(
            "useWorkClosed",
            "annotate",
            UseWorkClosed::WORDS,
            "what the closing of a representative's work means: a note, or that the representative is gone",
        ),
        relay_payload_pointer: String = Setting::text(
            "relayPayloadPointer",
            1000,
            Form::Own { says: "a JSON pointer", fits: |text| text.is_empty() || text.starts_with('/') },
            "where the event's fields stand in an envelope of the bus",
        )
        .or("/detail/payload"),
        poll_active_ms: u32 =
            Setting::number("pollActiveMs", 2000, 500, 600_000, "milliseconds between two looks at an active session"),
        poll_queued_ms: u32 =
            Setting::number("pollQueuedMs", 7000, 500, 600_000, "milliseconds between two looks at a queued session"),
        post_agent_timeout_secs: Option<u32> = POST_AGENT_TIMEOUT_SECS,
        confirm_byoc_licence: bool = unconfirmed!(
            "confirmByocLicence",
            BYOC,
            "Bring Your Own Channel may need a licence that the organisation lacks."
        ),
        confirm_relay_accepts_byoc_event: bool = unconfirmed!(
            "confirmRelayAcceptsByocEvent",
            RELAYED,
            "The channel's platform event may not be allowed in an event relay."
        ),
        confirm_relay_pause_only: bool =
            unconfirmed!("confirmRelayPauseOnly", RELAYED, "A stopped event relay may lose its place: pause it instead."),
        confirm_trigger_allocation: bool = unconfirmed!(
            "confirmTriggerAllocation",
            When::Is("eventTransport", &["apex_callout"]),
            "Apex triggers may count towards the organisation's event allocation."
        ),
        confirm_flow_triggers: bool = unconfirmed!(
            "confirmFlowTriggers",
            When::Is("lifecycleRelay", &["required", "optional"]),
            "The organisation's edition may not run flows on messaging sessions."
        ),
        relay_auth: RelayAuth = RELAY_AUTH,
    }
    credentials {
        Credential::new("privateKeyPem", "the key of the connected app").required(BYOC).only(BYOC).pem(PRIVATE_KEY),
        Credential::new("identityKeyPem", "what identity tokens are signed with").only(MIAW).pem(PRIVATE_KEY),
    }
    enter {
        RELAYED => "Events come by the partner event source of the event relay: for them no address is entered.",
        When::Is("eventTransport", &["apex_callout"]) => "The Apex trigger on the platform event posts its payload to the relay \
                                                          followed by `/raw`, signed by the relay secret.",
        When::Is("eventTransport", &["pubsub", "sse"]) => "Your own listener posts what it hears to the relay followed by \
                                                           `/raw`, signed by the relay secret.",
        When::Is("eventTransport", &["poll"]) => "Entries are asked for: for them no address is entered.",
        When::Is("lifecycleRelay", &["required", "optional"]) => "The status package (a flow or Apex on `MessagingSession`) \
                                                                  posts to the relay, signed by the relay secret, or publishes \
                                                                  `Handoff_Status__e` on the channel.",
    }
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

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

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
        vec![match self.product {
            Product::Byoc => target(&self.api_base(), &[&self.org_id15, &self.channel_address_identifier]),
            Product::Miaw => target(&self.scrt_url, &[&self.org_id15, &self.es_developer_name]),
        }]
    }

    fn hears(&self) -> Hears {
        let polls = self.product == Product::Miaw && self.event_transport == EventTransport::Poll;
        Hears { conversations: if polls { Hearing::Asked } else { Hearing::Told }, ..Hears::default() }
    }

    fn timers(&self) -> Timers {
        Timers { post_agent_seconds: self.post_agent_timeout_secs, ..Timers::default() }
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
