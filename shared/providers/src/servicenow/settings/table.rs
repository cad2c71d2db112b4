//! The table.

use super::{AuthMethod, CompletedEnds, CorrelationKey, HandoffAction, Mtls, OauthGrant, WebhookAuth};
use crate::draft::{Credential, Fields, Form, Kind, MAX_SECS, Preset, RELAY_AUTH, Setting, When};
use crate::hosts;

/// Where instances live: the commercial cloud and the one for governments.
const DOMAINS: &[&str] = &["service-now.com", "servicenowservices.com"];

/// Credentials by the way of authentication.
const BY_CLIENT: When = When::Is("authMethod", &["oauth2"]);
const BY_REFRESH: When = When::All(&[BY_CLIENT, When::Is("oauthGrant", &["refresh_token"])]);
const BY_USER: When = When::Any(
    "with authMethod basic or oauthGrant password",
    &[When::Is("authMethod", &["basic"]), When::All(&[BY_CLIENT, When::Is("oauthGrant", &["password"])])],
);
const BY_TOKEN: When = When::Is("authMethod", &["message_token"]);
const BY_HASH: When = When::Is("authMethod", &["message_hash"]);

const TEXTS: Kind = Kind::List { of: &Kind::Text { max: 1000, form: Form::Words }, min: 0, max: 100, distinct: false };
const VARIABLE: Kind = Kind::Text { max: 128, form: Form::Line };

pub(super) const FIELDS: Fields = Fields {
    settings: &[
        Setting::new("instanceUrl", Kind::Url { domains: DOMAINS, read: hosts::base_url }, "the instance")
            .required(When::Always),
        Setting::line("appInboundId", 128, "the id of the bot integration that is meant for us").required(When::Always),
        Setting::word("authMethod", "oauth2", AuthMethod::WORDS, "how we prove ourselves to the instance"),
        Setting::word("oauthGrant", "client_credentials", OauthGrant::WORDS, "how a token is asked for with `oauth2`"),
        Setting::number(
            "tokenFallbackTtlSecs",
            1800,
            120,
            MAX_SECS,
            "seconds that a token is used for, if its answer does not say",
        ),
        Setting::word("handoffAction", "start_live_agent_only", HandoffAction::WORDS, "how a human is asked for")
            .warns(&[(
                When::Is("handoffAction", &["agent", "text", "create_then_start"]),
                "This handoffAction is not confirmed against a live instance; start_live_agent_only is the documented \
             way.",
            )]),
        Setting::line("handoffText", 1000, "what is said with `handoffAction` `text`").or("Live Agent Support."),
        Setting::number("agentActionRepeat", 1, 1, 2, "how often `agent` asks"),
        Setting::number("acceptTimeoutSecs", 30, 5, MAX_SECS, "seconds that the first envelope is waited for"),
        Setting::new(
            "contextVariables",
            Kind::Map {
                names: &Kind::Text { max: 128, form: Form::Words },
                of: &Kind::Text { max: usize::MAX, form: Form::Free },
                max: 100,
            },
            "passed through unchanged; they win over those that we set",
        )
        .preset(Preset::Map(&[])),
        Setting::new("priorityVariable", VARIABLE, "the context variable that gets the priority"),
        Setting::new(
            "queueVariable",
            VARIABLE,
            "the context variable that gets the queue's name, for queue conditions to look at",
        ),
        Setting::new(
            "correlationOrder",
            Kind::List { of: &Kind::Word(CorrelationKey::WORDS), min: 1, max: 3, distinct: true },
            "what names the session in an envelope, best first; which id comes with unsolicited messages is not known",
        )
        .preset(Preset::Texts(&["clientSessionId", "clientVariables", "interactionId"])),
        Setting::switch("tableLookup", false, "the Table API is asked about conversations"),
        Setting::switch(
            "resendAmbiguousMessages",
            true,
            "a message whose call had no known result is sent again; by which key repetitions are ignored is not known",
        ),
        Setting::word(
            "webhookAuth",
            "header_secret",
            WebhookAuth::WORDS,
            "what the instance proves itself by, beside the path",
        )
        .warns(&[(
            When::Is("webhookAuth", &["path_secret"]),
            "Webhooks are protected by the secret in their path only.",
        )]),
        Setting::text("webhookHeaderName", 256, Form::Header, "the header of `header_secret`").or("X-Handoff-Secret"),
        Setting::text(
            "webhookUser",
            1000,
            Form::Own {
                says: "a text without a colon or control characters",
                fits: |text| !text.is_empty() && !text.contains(':') && !text.chars().any(char::is_control),
            },
            "the user of `basic`; the password is the webhook's secret",
        )
        .required(When::Is("webhookAuth", &["basic"])),
        Setting::word(
            "mtls",
            "off",
            Mtls::WORDS,
            "certificates of the instance's own; whether it can send any is not known",
        ),
        Setting::new("systemTextField", TEXTS, "where the text of a `System` item may stand, best first")
            .preset(Preset::Texts(&["message", "value", "label"])),
        Setting::new("endTexts", TEXTS, "texts that mean the end, in the instance's language")
            .preset(Preset::Texts(&["There are no agents", "Thank you for using", "having technical issues and"])),
        Setting::new("noAgentTexts", TEXTS, "those of them that mean that nobody is there")
            .preset(Preset::Texts(&["There are no agents"])),
        Setting::new(
            "outsideHoursTexts",
            TEXTS,
            "those of them that mean that the contact centre is closed; each instance words them itself",
        )
        .preset(Preset::Texts(&[])),
        Setting::word(
            "completedEnds",
            "unless_agent_text",
            CompletedEnds::WORDS,
            "when `completed` is the end: always, unless the same envelope carries a text of a human, or never",
        )
        .warns(&[
            (
                When::Is("completedEnds", &["always"]),
                "With completedEnds always, a human's text that the instance marks as completed ends the \
                 transfer.",
            ),
            (
                When::Is("completedEnds", &["never"]),
                "With completedEnds never, a transfer that only a flag ends stays open until it is looked at or \
                 expires.",
            ),
        ]),
        Setting::switch(
            "postAgentStep",
            false,
            "a step follows when the representative is gone: then that is not yet the end",
        ),
        Setting::number("reconcileIdleSecs", 300, 30, MAX_SECS, "seconds of silence before the instance is asked"),
        Setting::number(
            "postAgentTimeoutSecs",
            300,
            30,
            MAX_SECS,
            "seconds that a session stays open without a representative",
        ),
        RELAY_AUTH,
    ],
    credentials: &[
        Credential::new("clientId", "OAuth client").required(BY_CLIENT).only(BY_CLIENT),
        Credential::new("clientSecret", "its secret").required(BY_CLIENT).only(BY_CLIENT),
        Credential::new("username", "the integration's user").required(BY_USER).only(BY_USER),
        Credential::new("password", "its password").required(BY_USER).only(BY_USER),
        Credential::new("refreshToken", "what tokens are asked for with").required(BY_REFRESH).only(BY_REFRESH),
        Credential::new("messageToken", "what stands in the header `token`").required(BY_TOKEN).only(BY_TOKEN),
        Credential::new("messageSecret", "what bodies are signed with").required(BY_HASH).only(BY_HASH),
    ],
};
