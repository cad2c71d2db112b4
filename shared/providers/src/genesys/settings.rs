//! The fields of a Genesys integration (`docs/contracts/genesys.md`, "Settings and what is not verified").

#[cfg(test)]
mod tests;

use transfer_domain::{Hearing, Hears, Timers};

use crate::draft::{
    Credential, Fields, Form, Kind, POST_AGENT_TIMEOUT_SECS, Preset, RECONCILE_IDLE_SECS, RELAY_AUTH, Setting, Typed,
    When, words,
};
use crate::genesys::{DATA_ACTION_BEARER, STATIC_HEADER_VALUE};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{hosts, secret};

/// The vendor's regions.
const ENVS: &[&str] = &[
    "mypurecloud.com",
    "mypurecloud.ie",
    "mypurecloud.de",
    "mypurecloud.com.au",
    "mypurecloud.jp",
    "usw2.pure.cloud",
    "cac1.pure.cloud",
    "euw2.pure.cloud",
    "apne2.pure.cloud",
    "apne3.pure.cloud",
    "aps1.pure.cloud",
    "apse1.pure.cloud",
    "sae1.pure.cloud",
    "mec1.pure.cloud",
    "euc2.pure.cloud",
    "mxc1.pure.cloud",
    "use2.us-gov-pure.cloud",
];

const BY_BUS: When = When::Is("lifecycleSource", &["eventbridge"]);

const OWN_URL: Kind = Kind::Url { domains: ENVS, read: hosts::base_url };

crate::settings! {
    Settings {
        #[serde(default)]
        env: String = Setting::new("env", Kind::Word(ENVS), "the vendor's region").required(When::Always),
        #[serde(default)]
        integration_id: String = Setting::text(
            "integrationId",
            // What the vendor calls it has no documented grammar; ours keeps it fit for a URL path.
            64,
            Form::Of("_-"),
            "the id of the Open Messaging integration, of which there is one for each connection",
        )
        .required(When::Always),
        api_url: Option<String> =
            Setting::new("apiUrl", OWN_URL, "another base URL of the API than `https://api.<env>`"),
        login_url: Option<String> =
            Setting::new("loginUrl", OWN_URL, "another base URL of the token endpoint than `https://login.<env>`"),
        static_header_name: Option<String> = Setting::text(
            "staticHeaderName",
            256,
            Form::Header,
            "a header that webhooks must carry beside their signature",
        ),
        partner_source: Option<String> = Setting::new(
            "partnerSource",
            Kind::Source {
                prefix: "aws.partner/genesys.com/cloud/",
                tail: "<organisation id>/<suffix>",
                further: "._-",
            },
            "the partner event source on EventBridge",
        )
        .required(BY_BUS),
        lifecycle_source: LifecycleSource = Setting::word(
            "lifecycleSource",
            "eventbridge",
            LifecycleSource::WORDS,
            "where lifecycle events are taken from; those of another source are dropped",
        )
        .warns(&[
            (
                When::Is("lifecycleSource", &["data_action"]),
                "Let the data action also post interactingDurationMs: without it, a representative who leaves cannot \
                 be told from one who declined.",
            ),
            (
                When::Is("lifecycleSource", &["poll"]),
                "With lifecycleSource poll, joining and leaving are noticed only by polling.",
            ),
        ]),
        call_events: bool = Setting::switch(
            "callEvents",
            false,
            "lifecycle events of calls are taken, too: each of a call that is no transfer costs a write",
        )
        .warns(&[(
            When::Is("callEvents", &["true"]),
            "A call is found by its participant data `transferId`, which the call flow sets from `Call.UUIData`, or by the \
             conversation that the agent runtime names in its report.",
        )]),
        token_fallback_ttl_secs: u32 = Setting::number(
            "tokenFallbackTtlSecs",
            3600,
            120,
            172_800,
            "seconds that a token is used for, if its answer does not say",
        ),
        attribute_max_bytes: usize =
            Setting::number("attributeMaxBytes", 1900, 64, 65_536, "how much all custom attributes together may be"),
        open_success_codes: Vec<u16> = Setting::new(
            "openSuccessCodes",
            Kind::List { of: &Kind::Number { min: 200, max: 299, or_zero: false }, min: 0, max: 100, distinct: false },
            "statuses that mean that an opening was taken (200 or 202); none means every 2xx",
        )
        .preset(Preset::Numbers(&[])),
        resend_ambiguous_messages: bool = Setting::switch(
            "resendAmbiguousMessages",
            true,
            "a message whose call had no known result is sent again: a repeated `messageId` is taken to be dropped",
        ),
        end_method: EndMethod =
            Setting::word("endMethod", "participant", EndMethod::WORDS, "how a conversation is ended").warns(&[(
                When::Is("endMethod", &["disconnect"]),
                "The vendor advises against endMethod disconnect for routine use.",
            )]),
        end_gone_codes: Vec<u16> = Setting::new(
            "endGoneCodes",
            Kind::List { of: &Kind::Number { min: 400, max: 499, or_zero: false }, min: 0, max: 100, distinct: false },
            "statuses that mean that there is nothing left to end",
        )
        .preset(Preset::Numbers(&[404, 409, 410])),
        lifecycle_user_id_field: UserIdField = Setting::word(
            "lifecycleUserIdField",
            "none",
            UserIdField::WORDS,
            "which address of a lifecycle event is our user id",
        ),
        promote_on_user_start: bool = Setting::switch(
            "promoteOnUserStart",
            false,
            "`user.start` makes a session active; when exactly it is sent is not known",
        )
        .warns(&[(
            When::Is("promoteOnUserStart", &["true"]),
            "With promoteOnUserStart a session is active while it rings.",
        )]),
        ewt_source: EwtSource =
            Setting::word("ewtSource", "none", EwtSource::WORDS, "where an expected wait is asked for"),
        survey_source: SurveySource = Setting::word(
            "surveySource",
            "ours",
            SurveySource::WORDS,
            "where surveys come from; the vendor has no event for them",
        ),
        reconcile_idle_secs: Option<u32> = RECONCILE_IDLE_SECS,
        post_agent_timeout_secs: Option<u32> = POST_AGENT_TIMEOUT_SECS,
        rate_per_min: u32 = Setting::number("ratePerMin", 300, 1, 60_000, "calls a minute, counted in each process"),
        honour_retry_after: bool = Setting::switch("honourRetryAfter", true, "`Retry-After` is followed"),
        relay_auth: RelayAuth = RELAY_AUTH,
    }
    credentials {
        Credential::new("clientId", "OAuth client of the API").required(When::Always),
        Credential::new("clientSecret", "its secret").required(When::Always),
        Credential::new(STATIC_HEADER_VALUE, "what stands in the header `staticHeaderName`")
            .required(When::Has("staticHeaderName"))
            .inbound(secret::MIN_SECRET_CHARS),
        Credential::new(DATA_ACTION_BEARER, "the bearer token of the data action")
            .required(When::Is("lifecycleSource", &["data_action"]))
            .inbound(secret::MIN_SECRET_CHARS),
    }
    enter {
        When::Always => "Admin > Message > Platforms, in the Open Messaging integration: the webhook as Outbound Notification \
                         Webhook URL, the signing secret as its secret token.",
        BY_BUS => "The lifecycle comes by the partner event source: for it no address is entered.",
        When::Is("lifecycleSource", &["data_action"]) => "The data action posts to the webhook followed by `/lifecycle`, with \
                                                          `dataActionBearer` as its bearer token.",
        When::Is("lifecycleSource", &["relay"]) => "Code of your own posts the lifecycle to the relay, signed by the relay \
                                                    secret.",
    }
}

words! {
    /// Where lifecycle events are taken from. Those of another source are read and dropped, so none counts twice.
    LifecycleSource { Eventbridge = "eventbridge", DataAction = "data_action", Relay = "relay", Poll = "poll" }

    /// How a conversation is ended.
    EndMethod { Participant = "participant", ConversationPatch = "conversation_patch", Disconnect = "disconnect" }

    /// Which address of a lifecycle event is our user id.
    UserIdField { None = "none", AddressTo = "addressTo", AddressFrom = "addressFrom" }

    /// Where an expected wait comes from.
    EwtSource { None = "none", RoutingApi = "routing_api" }

    /// Where surveys come from.
    SurveySource { Ours = "ours" }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![target(&self.api_base(), &[&self.integration_id])]
    }

    fn hears(&self) -> Hears {
        let conversations = match self.lifecycle_source {
            LifecycleSource::Poll => Hearing::Asked,
            LifecycleSource::Eventbridge | LifecycleSource::DataAction | LifecycleSource::Relay => Hearing::Told,
        };
        let calls = match conversations {
            Hearing::Told if !self.call_events => Hearing::Never,
            Hearing::Told | Hearing::Asked | Hearing::Never => conversations,
        };
        Hears { conversations, calls }
    }

    fn timers(&self) -> Timers {
        // Where the lifecycle is polled, it is asked all the time.
        let silence_seconds = self.reconcile_idle_secs.filter(|_| self.lifecycle_source != LifecycleSource::Poll);
        Timers { first_event_seconds: None, post_agent_seconds: self.post_agent_timeout_secs, silence_seconds }
    }
}

impl Settings {
    /// Base URL of the API.
    pub(crate) fn api_base(&self) -> String {
        self.api_url.clone().unwrap_or_else(|| format!("https://api.{}", self.env))
    }

    /// Base URL of the token endpoint.
    #[cfg(feature = "outbound")]
    pub(crate) fn login_base(&self) -> String {
        self.login_url.clone().unwrap_or_else(|| format!("https://login.{}", self.env))
    }
}
