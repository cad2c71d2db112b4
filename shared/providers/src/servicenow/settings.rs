//! The fields of a ServiceNow integration (`docs/contracts/servicenow.md`, "Settings and what is not verified").

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use transfer_domain::Timers;

use crate::draft::{
    ACCEPT_TIMEOUT_SECS, Credential, Faults, Fields, Form, Given, Kind, MAX_SECS, POST_AGENT_TIMEOUT_SECS, Preset,
    RECONCILE_IDLE_SECS, RELAY_AUTH, Setting, Typed, WEBHOOK_HEADER_NAME, When, words,
};
use crate::hosts;
use crate::reading::target;
use crate::relay::RelayAuth;

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

crate::settings! {
    Settings {
        #[serde(default)]
        instance_url: String =
            Setting::new("instanceUrl", Kind::Url { domains: DOMAINS, read: hosts::base_url }, "the instance")
                .required(When::Always),
        #[serde(default)]
        app_inbound_id: String =
            Setting::line("appInboundId", 128, "the id of the bot integration that is meant for us").required(When::Always),
        auth_method: AuthMethod =
            Setting::word("authMethod", "oauth2", AuthMethod::WORDS, "how we prove ourselves to the instance"),
        oauth_grant: OauthGrant =
            Setting::word("oauthGrant", "client_credentials", OauthGrant::WORDS, "how a token is asked for with `oauth2`"),
        token_fallback_ttl_secs: u32 = Setting::number(
            "tokenFallbackTtlSecs",
            1800,
            120,
            MAX_SECS,
            "seconds that a token is used for, if its answer does not say",
        ),
        handoff_action: HandoffAction =
            Setting::word("handoffAction", "start_live_agent_only", HandoffAction::WORDS, "how a human is asked for")
                .warns(&[(
                    When::Is("handoffAction", &["agent", "text", "create_then_start"]),
                    "This handoffAction is not confirmed against a live instance; start_live_agent_only is the documented \
                 way.",
                )]),
        handoff_text: String =
            Setting::line("handoffText", 1000, "what is said with `handoffAction` `text`").or("Live Agent Support."),
        agent_action_repeat: u8 = Setting::number("agentActionRepeat", 1, 1, 2, "how often `agent` asks"),
        accept_timeout_secs: Option<u32> = ACCEPT_TIMEOUT_SECS,
        context_variables: BTreeMap<String, String> = Setting::new(
            "contextVariables",
            Kind::Map {
                names: &Kind::Text { max: 128, form: Form::Words },
                of: &Kind::Text { max: usize::MAX, form: Form::Free },
                max: 100,
            },
            "passed through unchanged; they win over those that we set",
        )
        .preset(Preset::Map(&[])),
        priority_variable: Option<String> =
            Setting::new("priorityVariable", VARIABLE, "the context variable that gets the priority"),
        queue_variable: Option<String> = Setting::new(
            "queueVariable",
            VARIABLE,
            "the context variable that gets the queue's name, for queue conditions to look at",
        ),
        correlation_order: Vec<CorrelationKey> = Setting::new(
            "correlationOrder",
            Kind::List { of: &Kind::Word(CorrelationKey::WORDS), min: 1, max: 3, distinct: true },
            "what names the session in an envelope, best first; which id comes with unsolicited messages is not known",
        )
        .preset(Preset::Texts(&["clientSessionId", "clientVariables", "interactionId"])),
        table_lookup: bool = Setting::switch("tableLookup", false, "the Table API is asked about conversations")
            .warns(&[(
                When::Is("tableLookup", &["false"]),
                "Without tableLookup an end that the instance does not tell is found by nobody: such a transfer stays \
                 open until it expires, and one by voice, which does not expire, is only told as stale.",
            )]),
        resend_ambiguous_messages: bool = Setting::switch(
            "resendAmbiguousMessages",
            true,
            "a message whose call had no known result is sent again; by which key repetitions are ignored is not known",
        ),
        webhook_auth: WebhookAuth = Setting::word(
            "webhookAuth",
            "header_secret",
            WebhookAuth::WORDS,
            "what the instance proves itself by, beside the path",
        )
        .warns(&[(
            When::Is("webhookAuth", &["path_secret"]),
            "Webhooks are protected by the secret in their path only.",
        )]),
        webhook_header_name: String = WEBHOOK_HEADER_NAME,
        webhook_user: Option<String> = Setting::text(
            "webhookUser",
            1000,
            Form::Own {
                says: "a text without a colon or control characters",
                fits: |text| !text.is_empty() && !text.contains(':') && !text.chars().any(char::is_control),
            },
            "the user of `basic`; the password is the webhook's secret",
        )
        .required(When::Is("webhookAuth", &["basic"])),
        mtls: Mtls = Setting::word(
            "mtls",
            "off",
            Mtls::WORDS,
            "certificates of the instance's own; whether it can send any is not known",
        ),
        system_text_field: Vec<String> =
            Setting::new("systemTextField", TEXTS, "where the text of a `System` item may stand, best first")
                .preset(Preset::Texts(&["message", "value", "label"])),
        end_texts: Vec<String> =
            Setting::new("endTexts", TEXTS, "texts that mean the end, in the instance's language")
                .preset(Preset::Texts(&["There are no agents", "Thank you for using", "having technical issues and"])),
        no_agent_texts: Vec<String> =
            Setting::new("noAgentTexts", TEXTS, "those of them that mean that nobody is there")
                .preset(Preset::Texts(&["There are no agents"])),
        outside_hours_texts: Vec<String> = Setting::new(
            "outsideHoursTexts",
            TEXTS,
            "those of them that mean that the contact centre is closed; each instance words them itself",
        )
        .preset(Preset::Texts(&[])),
        completed_ends: CompletedEnds = Setting::word(
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
        post_agent_step: bool = Setting::switch(
            "postAgentStep",
            false,
            "a step follows when the representative is gone: then that is not yet the end",
        ),
        reconcile_idle_secs: Option<u32> = RECONCILE_IDLE_SECS.warns(&[(
            When::All(&[When::Has("reconcileIdleSecs"), When::Is("tableLookup", &["false"])]),
            "reconcileIdleSecs needs tableLookup: without it the instance cannot be asked.",
        )]),
        post_agent_timeout_secs: Option<u32> = POST_AGENT_TIMEOUT_SECS,
        relay_auth: RelayAuth = RELAY_AUTH,
    }
    credentials {
        Credential::new("clientId", "OAuth client").required(BY_CLIENT).only(BY_CLIENT),
        Credential::new("clientSecret", "its secret").required(BY_CLIENT).only(BY_CLIENT),
        Credential::new("username", "the integration's user").required(BY_USER).only(BY_USER),
        Credential::new("password", "its password").required(BY_USER).only(BY_USER),
        Credential::new("refreshToken", "what tokens are asked for with").required(BY_REFRESH).only(BY_REFRESH),
        Credential::new("messageToken", "what stands in the header `token`").required(BY_TOKEN).only(BY_TOKEN),
        Credential::new("messageSecret", "what bodies are signed with").required(BY_HASH).only(BY_HASH),
    }
    enter {
        When::Always => "The outbound configuration (`sn_va_as_service_outbound_configuration`; before app 4.1 the REST \
                         message VA Bot to Bot): the webhook as its URL.",
        When::Is("webhookAuth", &["header_secret"]) => "There too: the signing secret in the header `webhookHeaderName`.",
        When::Is("webhookAuth", &["basic"]) => "There too, as basic authentication: `webhookUser`, with the signing secret as \
                                                password.",
    }
}

words! {
    /// How we prove ourselves to the instance.
    AuthMethod { Basic = "basic", Oauth2 = "oauth2", MessageToken = "message_token", MessageHash = "message_hash" }

    /// How a token is asked for.
    OauthGrant { ClientCredentials = "client_credentials", Password = "password", RefreshToken = "refresh_token" }

    /// How a human is asked for (`docs/contracts/servicenow.md`, "Opening").
    HandoffAction {
        StartLiveAgentOnly = "start_live_agent_only",
        Agent = "agent",
        Text = "text",
        CreateThenStart = "create_then_start",
    }

    /// What names the session in an envelope.
    CorrelationKey {
        ClientSessionId = "clientSessionId",
        ClientVariables = "clientVariables",
        InteractionId = "interactionId",
    }

    /// What the instance proves itself by, beside the path.
    WebhookAuth { HeaderSecret = "header_secret", Basic = "basic", PathSecret = "path_secret" }

    /// When `completed` is the end: it also stands beside ordinary texts of a human.
    CompletedEnds {
        Always = "always",
        /// Unless the same envelope carries a text of a human.
        UnlessAgentText = "unless_agent_text",
        Never = "never",
    }

    /// Certificates of the instance's own; whether it can send any is unverified.
    Mtls { Off = "off" }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

    fn check(given: &Given<'_>, faults: &mut Faults) {
        if given.is_on("tableLookup") && !matches!(given.word("authMethod"), Some("basic" | "oauth2")) {
            faults.setting("tableLookup", "needs authMethod basic or oauth2");
        }
    }

    fn targets(&self) -> Vec<String> {
        vec![target(&self.instance_url, &[&self.app_inbound_id])]
    }

    fn timers(&self) -> Timers {
        Timers {
            first_event_seconds: self.accept_timeout_secs,
            post_agent_seconds: self.post_agent_timeout_secs,
            silence_seconds: self.reconcile_idle_secs.filter(|_| self.table_lookup),
        }
    }
}
