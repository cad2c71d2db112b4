//! The table.

use super::{
    Attachments, AuthMode, AuthScheme, AvailabilityCheck, EndMethod, EndParticipantSource, Flavor, Meaning, OauthStyle,
    On401, Region, WebhookAuth, host_url,
};
use crate::draft::{Credential, Fields, Form, Kind, MAX_SECS, Preset, RELAY_AUTH, Setting, When, shaped};
use crate::five9::allow_list::is_range;
use crate::five9::fields::{Field, Names};
use crate::five9::paths::Paths;
use crate::hosts;

/// Where the classic interface lives: the login hosts, and the data centres that their metadata names.
pub(in crate::five9) const CLASSIC_DOMAINS: &[&str] = &["five9.com", "five9.eu", "five9.ca"];

/// Where Open Messaging lives.
const OPEN_MESSAGING_DOMAINS: &[&str] = &["five9.net"];

const MAX_NAME_CHARS: usize = 128;
const MAX_ENTRIES: usize = 100;
const MAX_PATH_CHARS: usize = 256;
const MAX_ROUTING_BYTES: usize = 4096;

const CLASSIC: When = When::Is("flavor", &["classic"]);
const OPEN_MESSAGING: When = When::Is("flavor", &["open_messaging"]);
const WORD: Kind = Kind::Text { max: 64, form: Form::Of("_-") };

pub(super) const FIELDS: Fields = Fields {
    settings: &[
        Setting::word(
            "flavor",
            "classic",
            Flavor::WORDS,
            "which of the two generations of interfaces; running conversations go on as they began",
        )
        .warns(&[
            (
                CLASSIC,
                "Paths and fields of Five9's classic interface come from other implementations: compare them with \
                 Five9's own reference, and correct them by pathOverrides and fieldAliases.",
            ),
            (
                OPEN_MESSAGING,
                "Paths and fields of Five9 Open Messaging come from one public implementation: compare them with \
                 Five9's own reference, and correct them by pathOverrides and fieldAliases.",
            ),
        ]),
        Setting::line("campaignName", MAX_NAME_CHARS, "the campaign, which is the queue").required(When::Always),
        Setting::line("tenantName", MAX_NAME_CHARS, "classic: who the customer is").required(CLASSIC),
        Setting::new(
            "host",
            Kind::Url { domains: CLASSIC_DOMAINS, read: |host, policy, _| host_url(host, policy) },
            "classic: where anonymous sessions begin, as host, host and port, or base URL",
        )
        .or("app.five9.com"),
        Setting::word(
            "authMode",
            "anonymous",
            AuthMode::WORDS,
            "how a classic session is begun; the call of the other mode is not public",
        ),
        Setting::word(
            "authScheme",
            "bearer_hyphen",
            AuthScheme::WORDS,
            "how a classic token is written: `Bearer-<token>` without a blank, or as usual",
        ),
        Setting::word(
            "on401",
            "end",
            On401::WORDS,
            "what a refused classic token means: the conversation is gone, or this one call failed",
        ),
        Setting::new("region", Kind::Word(Region::WORDS), "Open Messaging: which part of the world")
            .required(OPEN_MESSAGING),
        Setting::new(
            "apiUrl",
            Kind::Url { domains: OPEN_MESSAGING_DOMAINS, read: hosts::base_url },
            "Open Messaging: another base URL than the region's",
        ),
        Setting::line("domainId", MAX_NAME_CHARS, "Open Messaging: who the customer is").required(OPEN_MESSAGING),
        Setting::line("deliveryProfileId", MAX_NAME_CHARS, "Open Messaging: whose webhook is called")
            .required(OPEN_MESSAGING),
        Setting::line("campaignHandle", MAX_NAME_CHARS, "Open Messaging: the campaign's handle")
            .required(OPEN_MESSAGING),
        Setting::word("oauthStyle", "basic", OauthStyle::WORDS, "where the token endpoint expects the credentials"),
        Setting::line("oauthScope", MAX_NAME_CHARS, "what a token is asked for")
            .or("openmessaging:read openmessaging:write"),
        Setting::new(
            "pathOverrides",
            Kind::Object {
                says: "absolute paths of URL characters, with known places in braces",
                read: |value| {
                    let all = shaped::<Paths>(value)?.are_valid();
                    whole(all, "must be absolute paths of URL characters, with known places in braces")
                },
            },
            "paths that replace the known ones, by operation",
        )
        .preset(Preset::Map(&[])),
        Setting::new(
            "fieldAliases",
            Kind::Object {
                says: "names of 1 to 256 characters, with dots between",
                read: |value| {
                    let all = shaped::<Names>(value)?.0.iter().all(|(field, path)| is_alias(*field, path));
                    whole(all, "must be names of 1 to 256 characters, with dots between")
                },
            },
            "names that replace the known ones, by meaning",
        )
        .preset(Preset::Map(&[])),
        Setting::word(
            "availabilityCheck",
            "off",
            AvailabilityCheck::WORDS,
            "whether somebody is asked for before an opening; no call for it is public",
        ),
        Setting::new("conversationType", WORD, "`Generic` and `RCS` are types; any other word is sent as content type")
            .or("Generic"),
        Setting::switch("sendPriority", false, "the priority goes along; which way it counts is not known"),
        Setting::new(
            "routingFields",
            Kind::Object {
                says: "at most 4096 bytes of JSON",
                read: |value| whole(value.to_string().len() <= MAX_ROUTING_BYTES, "must be at most 4096 bytes of JSON"),
            },
            "passed through unchanged; ours win over them",
        )
        .preset(Preset::Map(&[])),
        Setting::number("historyMaxBytes", 4000, 0, 65_536, "how much of the conversation so far goes along"),
        Setting::number(
            "waitActive",
            6,
            0,
            20,
            "how often it is asked whether the conversation is active before the first message; 0 is never",
        ),
        Setting::number("waitActiveIntervalSecs", 3, 1, 30, "seconds between two such questions"),
        Setting::word(
            "attachments",
            "off",
            Attachments::WORDS,
            "whether files are handed over to Five9's file store, or their addresses sent as text",
        ),
        Setting::switch("sendAcks", false, "receipts are sent; classic only"),
        Setting::word(
            "endMethod",
            "post_terminate",
            EndMethod::WORDS,
            "how a classic conversation is ended; with `none` a last message tells the representative",
        ),
        Setting::word(
            "endParticipantSource",
            "accept_from",
            EndParticipantSource::WORDS,
            "who ends a chat of Open Messaging: nobody, the sender of `ACCEPT`, or a last message instead of a call",
        ),
        Setting::new(
            "eventMap",
            Kind::Map { names: &WORD, of: &Kind::Word(Meaning::WORDS), max: MAX_ENTRIES },
            "what an event means, where it is not as we know it; names of events in either case",
        )
        .preset(Preset::Map(&[])),
        Setting::word("webhookAuth", "path_secret", WebhookAuth::WORDS, "what Five9 proves itself by, beside the path")
            .warns(&[(
                When::All(&[OPEN_MESSAGING, When::Is("webhookAuth", &["path_secret"])]),
                "Webhooks are protected by the secret in their path only.",
            )]),
        Setting::text("webhookHeaderName", 256, Form::Header, "the header of `header_secret`").or("X-Handoff-Secret"),
        Setting::new(
            "ipAllowList",
            Kind::List {
                of: &Kind::Text {
                    max: 64,
                    form: Form::Own { says: "an address or a range such as 198.51.100.0/24", fits: is_range },
                },
                min: 0,
                max: MAX_ENTRIES,
                distinct: false,
            },
            "addresses that webhooks may come from; none lets everybody in",
        )
        .preset(Preset::Texts(&[])),
        Setting::switch("agentChangeByName", true, "another name is another person"),
        Setting::number("reconcileIdleSecs", 120, 30, MAX_SECS, "seconds of silence before Five9 is asked"),
        Setting::number("ratePerMin", 60, 1, 60_000, "calls a minute, counted in each process"),
        RELAY_AUTH,
    ],
    // Those of Open Messaging may be kept from a time with the other flavour.
    credentials: &[
        Credential::new("clientKey", "OAuth client of Open Messaging").required(OPEN_MESSAGING),
        Credential::new("clientSecret", "its secret").required(OPEN_MESSAGING),
    ],
};

/// The rule, for all of the value.
fn whole(fits: bool, rule: &str) -> Result<(), (String, String)> {
    if fits { Ok(()) } else { Err((String::new(), rule.to_owned())) }
}

/// Whether a field may have the name: an attribute without one is not sent.
fn is_alias(field: Field, path: &str) -> bool {
    let is_path = path.split('.').all(|part| !part.is_empty())
        && path.chars().count() <= MAX_PATH_CHARS
        && !path.chars().any(char::is_control);
    is_path || (path.is_empty() && field.is_attribute())
}
