//! The table.

use super::{
    AckTimestampFormat, AgentTextSource, EndMode, EventTransport, JwtExpUnit, LifecycleRelay, OpenMode, Product,
    RoutingAttribute, UseWorkClosed,
};
use crate::draft::{Credential, Fields, Form, Kind, MAX_SECS, Preset, RELAY_AUTH, Setting, When};
use crate::hosts;

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

pub(super) const FIELDS: Fields = Fields {
    settings: &[
        Setting::word(
            "product",
            "byoc",
            Product::WORDS,
            "which of the vendor's products takes the conversation: Bring Your Own Channel, or enhanced chat",
        ),
        Setting::text(
            "orgId15",
            15,
            Form::Own {
                says: "the organisation's id in its form of 15 characters, starting with 00D",
                fits: |id| id.len() == 15 && id.starts_with("00D") && id.chars().all(|c| c.is_ascii_alphanumeric()),
            },
            "the organisation",
        )
        .required(When::Always),
        Setting::text(
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
        Setting::new(
            "apiUrl",
            OWN_URL,
            "byoc: where the interaction interface stands, if not below the organisation's own domain",
        ),
        Setting::line("consumerKey", 512, "byoc: the connected app").or("").required(BYOC),
        Setting::line("username", 254, "byoc: the user that it acts as").or("").required(BYOC),
        Setting::text(
            "loginHost",
            253,
            Form::Own {
                says: "login.salesforce.com, test.salesforce.com or the organisation's own host",
                fits: |host| host.strip_suffix(".salesforce.com").is_some_and(hosts::is_host_name),
            },
            "byoc: where tokens are asked for",
        )
        .or("login.salesforce.com"),
        Setting::new("loginUrl", OWN_URL, "byoc: where the token endpoint stands, if not at `loginHost`"),
        Setting::new("authContext", API_NAME, "byoc: the header `AuthorizationContext`").or("").required(BYOC),
        Setting::line("channelAddressIdentifier", 255, "byoc: the channel's address").or("").required(BYOC),
        Setting::new("eventApiName", API_NAME, "byoc: the channel's platform event").or("").required(BYOC),
        Setting::new("eventTypeField", API_NAME, "byoc: its field that must say `Interaction`").or("EventType__c"),
        Setting::new("payloadField", API_NAME, "byoc: its field with the payload").or("Payload__c"),
        Setting::new("scrtUrl", OWN_URL, "miaw: the interface for custom clients").or("").required(MIAW),
        Setting::new("esDeveloperName", API_NAME, "miaw: the deployment").or("").required(MIAW),
        Setting::line("identityIssuer", 255, "miaw: `iss` of the identity token, with `identityKeyPem`"),
        Setting::line("identityKeyId", 255, "miaw: `kid` of the identity token, with `identityKeyPem`"),
        Setting::new(
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
        Setting::new(
            "partnerSource",
            Kind::Source { prefix: "aws.partner/salesforce.com/", tail: "<organisation id>/<channel id>", further: "" },
            "the partner event source of the event relay",
        )
        .required(RELAYED),
        Setting::word(
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
        Setting::word(
            "agentTextSource",
            "provider",
            AgentTextSource::WORDS,
            "where the representative's texts come from",
        ),
        Setting::word("jwtExpUnit", "seconds", JwtExpUnit::WORDS, "the unit of the `exp` claim"),
        Setting::number("tokenCacheSecs", 900, 120, MAX_SECS, "seconds that a token is used for"),
        Setting::word(
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
        Setting::new(
            "routingAttributes",
            Kind::List { of: &Kind::Word(RoutingAttribute::WORDS), min: 0, max: 7, distinct: true },
            "which facts go along; each must be a variable of the channel by the same name",
        )
        .preset(Preset::Texts(&["TransferId", "Summary", "Language", "Priority"])),
        Setting::number("routingAttributeMaxChars", 255, 64, 65_536, "how long each may be"),
        Setting::switch(
            "resendAmbiguousMessages",
            true,
            "a message whose call had no known result is sent again, under the same id",
        ),
        Setting::word(
            "ackTimestampFormat",
            "number",
            AckTimestampFormat::WORDS,
            "the form of the time in an acknowledgement",
        ),
        Setting::switch("outboundTyping", false, "the representative is told that the contact types"),
        Setting::word(
            "endMode",
            "try_end_api",
            EndMode::WORDS,
            "how a conversation is ended: by a call that may not exist for this product, else by `endText`",
        ),
        Setting::line("endText", 1000, "the text that ends").or("The customer has left the chat."),
        Setting::word(
            "useWorkClosed",
            "annotate",
            UseWorkClosed::WORDS,
            "what the closing of a representative's work means: a note, or that the representative is gone",
        ),
        Setting::text(
            "relayPayloadPointer",
            1000,
            Form::Own { says: "a JSON pointer", fits: |text| text.is_empty() || text.starts_with('/') },
            "where the event's fields stand in an envelope of the bus",
        )
        .or("/detail/payload"),
        Setting::number("pollActiveMs", 2000, 500, 600_000, "milliseconds between two looks at an active session"),
        Setting::number("pollQueuedMs", 7000, 500, 600_000, "milliseconds between two looks at a queued session"),
        Setting::number(
            "postAgentTimeoutSecs",
            300,
            30,
            MAX_SECS,
            "seconds that a session stays open without a representative",
        ),
        unconfirmed!(
            "confirmByocLicence",
            BYOC,
            "Bring Your Own Channel may need a licence that the organisation lacks."
        ),
        unconfirmed!(
            "confirmRelayAcceptsByocEvent",
            RELAYED,
            "The channel's platform event may not be allowed in an event relay."
        ),
        unconfirmed!("confirmRelayPauseOnly", RELAYED, "A stopped event relay may lose its place: pause it instead."),
        unconfirmed!(
            "confirmTriggerAllocation",
            When::Is("eventTransport", &["apex_callout"]),
            "Apex triggers may count towards the organisation's event allocation."
        ),
        unconfirmed!(
            "confirmFlowTriggers",
            When::Is("lifecycleRelay", &["required", "optional"]),
            "The organisation's edition may not run flows on messaging sessions."
        ),
        RELAY_AUTH,
    ],
    credentials: &[
        Credential::new("privateKeyPem", "the key of the connected app").required(BYOC).only(BYOC).pem(PRIVATE_KEY),
        Credential::new("identityKeyPem", "what identity tokens are signed with").only(MIAW).pem(PRIVATE_KEY),
    ],
};

const PRIVATE_KEY: &[&str] = &["PRIVATE KEY", "RSA PRIVATE KEY"];
