//! The rules of the fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;

use super::{EventTransport, LifecycleRelay, OpenMode, Product, Settings};
use crate::draft::{Faults, decode, encode};
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration, hosts};

/// Where organisations and their messaging interface live.
const DOMAINS: &[&str] = &["salesforce.com", "salesforce-scrt.com"];

/// Every partner event source of the vendor starts with it.
const SOURCE_PREFIX: &str = "aws.partner/salesforce.com/";

/// A day: no timer of a conversation is longer.
const MAX_SECS: u32 = 86_400;

const MAX_TEXT_CHARS: usize = 1000;

/// Checks the fields, and says which are wrong.
pub(crate) fn validate(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let mut settings: Settings = decode(&draft.settings, &mut faults);
    match settings.product {
        Product::Byoc => check_byoc(&settings, draft, hosts, &mut faults),
        Product::Miaw => check_miaw(&settings, draft, hosts, &mut faults),
    }
    check_org(&settings, &mut faults);
    check_transport(&settings, &mut faults);
    check_values(&settings, &mut faults);
    settings.event_transport = Some(settings.transport());
    let partner_source = settings.partner_source().map(str::to_owned);
    faults.or(ValidIntegration {
        warnings: warnings(&settings),
        targets: vec![settings.target()],
        settings: encode(&settings),
        partner_source,
    })
}

fn check_byoc(settings: &Settings, draft: &IntegrationDraft, hosts: HostPolicy, faults: &mut Faults) {
    if !hosts::is_host_name(&settings.my_domain) {
        faults.setting(
            "myDomain",
            "must be the organisation's part of its host name, such as acme or acme--test.sandbox",
        );
    }
    let login = &settings.login_host;
    let of_vendor = login.strip_suffix(".salesforce.com").is_some_and(hosts::is_host_name);
    if !of_vendor {
        faults.setting("loginHost", "must be login.salesforce.com, test.salesforce.com or the organisation's own host");
    }
    for (name, url) in [("apiUrl", &settings.api_url), ("loginUrl", &settings.login_url)] {
        if let Some(Err(rule)) = url.as_ref().map(|url| hosts::base_url(url, hosts, DOMAINS)) {
            faults.setting(name, rule);
        }
    }
    for (name, value, max) in [
        ("consumerKey", &settings.consumer_key, 512),
        ("username", &settings.username, 254),
        ("channelAddressIdentifier", &settings.channel_address_identifier, 255),
    ] {
        faults.require_setting(name, value, max);
    }
    for (name, value) in [
        ("authContext", &settings.auth_context),
        ("eventApiName", &settings.event_api_name),
        ("eventTypeField", &settings.event_type_field),
        ("payloadField", &settings.payload_field),
    ] {
        require_api_name(name, value, faults);
    }
    faults.require_credentials(draft, &["privateKeyPem"], &[]);
    check_key("privateKeyPem", draft, faults);
}

fn check_miaw(settings: &Settings, draft: &IntegrationDraft, hosts: HostPolicy, faults: &mut Faults) {
    faults.require_setting("scrtUrl", &settings.scrt_url, MAX_TEXT_CHARS);
    if let Err(rule) = hosts::base_url(&settings.scrt_url, hosts, DOMAINS) {
        faults.setting("scrtUrl", rule);
    }
    require_api_name("esDeveloperName", &settings.es_developer_name, faults);
    for (name, value) in [("identityIssuer", &settings.identity_issuer), ("identityKeyId", &settings.identity_key_id)] {
        if let Some(value) = value {
            faults.require_setting(name, value, 255);
        }
    }
    faults.require_credentials(draft, &[], &["identityKeyPem"]);
    check_key("identityKeyPem", draft, faults);
}

fn check_org(settings: &Settings, faults: &mut Faults) {
    let id = &settings.org_id15;
    let fits = id.len() == 15 && id.starts_with("00D") && id.chars().all(|c| c.is_ascii_alphanumeric());
    if !fits {
        faults.setting("orgId15", "must be the organisation's id in its form of 15 characters, starting with 00D");
    }
}

fn check_transport(settings: &Settings, faults: &mut Faults) {
    match (settings.product, settings.transport()) {
        (Product::Byoc, EventTransport::Poll | EventTransport::Sse) => {
            faults.setting("eventTransport", "must be event_relay, apex_callout or pubsub with product byoc");
        }
        (Product::Miaw, EventTransport::EventRelay | EventTransport::ApexCallout | EventTransport::Pubsub) => {
            faults.setting("eventTransport", "must be poll or sse with product miaw");
        }
        (Product::Byoc, EventTransport::EventRelay | EventTransport::ApexCallout | EventTransport::Pubsub)
        | (Product::Miaw, EventTransport::Poll | EventTransport::Sse) => {}
    }
    match (&settings.partner_source, settings.transport()) {
        (None, EventTransport::EventRelay) => {
            faults.setting("partnerSource", "is required with eventTransport event_relay");
        }
        (Some(source), _) if !is_partner_source(source) => {
            faults.setting("partnerSource", format!("must be {SOURCE_PREFIX}<organisation id>/<channel id>"));
        }
        (Some(_) | None, _) => {}
    }
    let pointer = &settings.relay_payload_pointer;
    if !pointer.is_empty() && !pointer.starts_with('/') || pointer.chars().count() > MAX_TEXT_CHARS {
        faults.setting("relayPayloadPointer", "must be a JSON pointer");
    }
}

fn check_values(settings: &Settings, faults: &mut Faults) {
    faults.require_setting("endText", &settings.end_text, MAX_TEXT_CHARS);
    faults.require_seconds("tokenCacheSecs", settings.token_cache_secs, 120, MAX_SECS);
    faults.require_seconds("routingAttributeMaxChars", settings.routing_attribute_max_chars, 64, 65_536);
    faults.require_seconds("pollActiveMs", settings.poll_active_ms, 500, 600_000);
    faults.require_seconds("pollQueuedMs", settings.poll_queued_ms, 500, 600_000);
    faults.require_seconds("postAgentTimeoutSecs", settings.post_agent_timeout_secs, 30, MAX_SECS);
    let names = &settings.routing_attributes;
    if names.iter().enumerate().any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name)) {
        faults.setting("routingAttributes", "must name none twice");
    }
}

/// The vendor's names of things: letters, digits and underscores, starting with a letter.
fn require_api_name(name: &str, value: &str, faults: &mut Faults) {
    faults.require_setting(name, value, 80);
    let fits = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        faults.setting(name, "must be a developer name: letters, digits and underscores, starting with a letter");
    }
}

fn is_partner_source(source: &str) -> bool {
    let Some((organisation, channel)) = source.strip_prefix(SOURCE_PREFIX).and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let fits = |text: &str| (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric());
    fits(organisation) && fits(channel)
}

/// An unencrypted private key in PEM form, as far as its outside tells.
fn check_key(name: &str, draft: &IntegrationDraft, faults: &mut Faults) {
    let Some(key) = draft.credentials.get(name) else { return };
    if !is_private_key(key.expose_secret()) {
        faults.credential(name, "must be an unencrypted RSA private key in PEM form (PKCS #1 or PKCS #8)");
    }
}

fn is_private_key(text: &str) -> bool {
    ["PRIVATE KEY", "RSA PRIVATE KEY"].iter().any(|label| {
        let inside = text
            .trim()
            .strip_prefix(&format!("-----BEGIN {label}-----"))
            .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")));
        let encoded: Option<String> = inside.map(|inside| inside.split_ascii_whitespace().collect());
        // A sequence, by the first byte of its encoding.
        encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).is_some_and(|key| key.first() == Some(&0x30))
    })
}

fn warnings(settings: &Settings) -> Vec<String> {
    let confirms = confirmations(settings).into_iter();
    let unconfirmed = confirms
        .filter(|(applies, confirmed, _, _)| *applies && !confirmed)
        .map(|(_, _, name, what)| format!("{what} Test it in a sandbox, then set {name}."));
    let listener = match settings.transport() {
        EventTransport::Pubsub => Some("eventTransport pubsub needs a subscriber of your own that runs all the time."),
        EventTransport::Sse => Some("eventTransport sse needs a listener of your own that runs all the time."),
        EventTransport::EventRelay | EventTransport::ApexCallout | EventTransport::Poll => None,
    };
    let lifecycle = match settings.lifecycle_relay {
        LifecycleRelay::Required => None,
        LifecycleRelay::Optional | LifecycleRelay::Off => Some(
            "The vendor's own events about queue, status and end are not sure to come: without the status package a \
             session may stay open until it expires.",
        ),
    };
    let alone = (settings.product == Product::Byoc && settings.open_mode == OpenMode::ConversationFirst)
        .then_some("With openMode conversation_first, routing may start before the first message.");
    let fixed = [listener, lifecycle, alone].into_iter().flatten().map(str::to_owned);
    unconfirmed.chain(fixed).collect()
}

/// What nobody has verified yet: whether it matters here, whether it was confirmed, the setting, and the doubt.
fn confirmations(settings: &Settings) -> [(bool, bool, &'static str, &'static str); 5] {
    let byoc = settings.product == Product::Byoc;
    let relayed = settings.transport() == EventTransport::EventRelay;
    [
        (
            byoc,
            settings.confirm_byoc_licence,
            "confirmByocLicence",
            "Bring Your Own Channel may need a licence that the organisation lacks.",
        ),
        (
            relayed,
            settings.confirm_relay_accepts_byoc_event,
            "confirmRelayAcceptsByocEvent",
            "The channel's platform event may not be allowed in an event relay.",
        ),
        (
            relayed,
            settings.confirm_relay_pause_only,
            "confirmRelayPauseOnly",
            "A stopped event relay may lose its place: pause it instead.",
        ),
        (
            settings.transport() == EventTransport::ApexCallout,
            settings.confirm_trigger_allocation,
            "confirmTriggerAllocation",
            "Apex triggers may count towards the organisation's event allocation.",
        ),
        (
            settings.lifecycle_relay != LifecycleRelay::Off,
            settings.confirm_flow_triggers,
            "confirmFlowTriggers",
            "The organisation's edition may not run flows on messaging sessions.",
        ),
    ]
}
