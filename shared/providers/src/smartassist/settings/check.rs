//! Which fields are wrong, and what an operator should know about the right ones.

use secrecy::ExposeSecret;

use super::{JwtExtra, LifecycleSource, SessionLookup, Settings};
use crate::draft::{Faults, decode, encode};
use crate::reading::target;
use crate::relay::RelayAuth;
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration, hosts};

/// Where the vendor's platforms live, one below it for each region.
const DOMAINS: &[&str] = &["kore.ai"];

/// A day: no timer of a conversation is longer.
const MAX_SECS: u32 = 86_400;

const MAX_TEXT_CHARS: usize = 1000;
const MAX_ID_CHARS: usize = 128;
const MAX_IDS: usize = 100;
const MAX_POINTERS: usize = 10;

const REST_CREDENTIALS: [&str; 2] = ["restClientId", "restClientSecret"];

/// Checks the fields, and says which are wrong.
pub(crate) fn validate(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let settings: Settings = decode(&draft.settings, &mut faults);
    check_urls(&settings, hosts, &mut faults);
    check_texts(&settings, &mut faults);
    check_pointers(&settings, &mut faults);
    check_numbers(&settings, &mut faults);
    let asks = asks_rest(&settings, draft);
    if asks {
        require_rest(&settings, &mut faults);
    }
    check_credentials(&settings, draft, asks, &mut faults);
    let warnings = warnings(&settings, asks);
    let targets = vec![target(&settings.webhook_url, &[])];
    faults.or(ValidIntegration { warnings, targets, settings: encode(&settings), partner_source: None })
}

/// Whether the REST interface is to be called: something needs it, or one of its fields is there.
fn asks_rest(settings: &Settings, draft: &IntegrationDraft) -> bool {
    settings.lifecycle_source == LifecycleSource::Poll
        || settings.availability_check
        || settings.session_lookup == SessionLookup::ListMatch
        || settings.host.is_some()
        || settings.account_id.is_some()
        || REST_CREDENTIALS.iter().any(|name| draft.credentials.contains_key(*name))
}

fn check_urls(settings: &Settings, hosts: HostPolicy, faults: &mut Faults) {
    if settings.webhook_url.is_empty() {
        faults.setting("webhookUrl", "is required");
    } else if let Err(rule) = webhook_url(&settings.webhook_url, hosts) {
        faults.setting("webhookUrl", rule);
    }
    if let Some(Err(rule)) = settings.host.as_ref().map(|host| hosts::base_url(host, hosts, DOMAINS)) {
        faults.setting("host", rule);
    }
}

/// A base URL of the vendor's with a path behind it.
fn webhook_url(text: &str, hosts: HostPolicy) -> Result<(), String> {
    let rule = || "must be the URL that the channel's page shows".to_owned();
    let mut base = hosts::plain(text).ok_or_else(rule)?;
    if text.chars().count() > MAX_TEXT_CHARS || base.path() == "/" || base.cannot_be_a_base() {
        return Err(rule());
    }
    base.set_path("/");
    hosts::base_url(base.as_str(), hosts, DOMAINS).map(drop)
}

fn require_rest(settings: &Settings, faults: &mut Faults) {
    for (name, value) in [("host", &settings.host), ("appId", &settings.app_id), ("accountId", &settings.account_id)] {
        if value.is_none() {
            faults.setting(name, "is required to ask the vendor's REST interface");
        }
    }
}

fn check_texts(settings: &Settings, faults: &mut Faults) {
    faults.require_setting("openText", &settings.open_text, MAX_TEXT_CHARS);
    faults.require_setting("endText", &settings.end_text, MAX_TEXT_CHARS);
    for (name, id) in [("appId", &settings.app_id), ("accountId", &settings.account_id)] {
        if let Some(id) = id
            && !is_id(id)
        {
            faults.setting(name, format!("must be 1 to {MAX_ID_CHARS} of A-Z a-z 0-9 . _ -"));
        }
    }
    for (name, ids) in [
        ("availabilityQueueIds", &settings.availability_queue_ids),
        ("availabilitySkillIds", &settings.availability_skill_ids),
    ] {
        if ids.len() > MAX_IDS || !ids.iter().all(|id| is_id(id)) {
            faults.setting(name, format!("must be at most {MAX_IDS} ids of A-Z a-z 0-9 . _ -"));
        }
    }
    let statuses = &settings.rest_status_map;
    if statuses.len() > MAX_IDS || !statuses.keys().all(|word| is_id(word)) {
        faults.setting("restStatusMap", format!("must name at most {MAX_IDS} statuses"));
    }
    if let Some(name) = &settings.post_url_header
        && http::HeaderName::from_bytes(name.as_bytes()).is_err()
    {
        faults.setting("postUrlHeader", "must be the name of a header");
    }
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn check_pointers(settings: &Settings, faults: &mut Faults) {
    let pointers = &settings.user_id_pointer;
    if pointers.is_empty() || pointers.len() > MAX_POINTERS || !pointers.iter().all(|pointer| is_pointer(pointer)) {
        faults.setting("userIdPointer", format!("must be 1 to {MAX_POINTERS} JSON pointers such as /to/id"));
    }
    match (&settings.session_match_pointer, settings.session_lookup) {
        (None, SessionLookup::ListMatch) => {
            faults.setting("sessionMatchPointer", "is required with sessionLookup list_match");
        }
        (Some(pointer), _) if !is_pointer(pointer) => {
            faults.setting("sessionMatchPointer", "must be a JSON pointer such as /customData/transferId");
        }
        (Some(_) | None, _) => {}
    }
}

fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.chars().count() <= MAX_TEXT_CHARS && !text.chars().any(char::is_control)
}

fn check_numbers(settings: &Settings, faults: &mut Faults) {
    faults.require_seconds("jwtTtlSecs", settings.jwt_ttl_secs, 0, MAX_SECS);
    if (1..30).contains(&settings.jwt_ttl_secs) {
        faults.setting("jwtTtlSecs", format!("must be 0, or 30 to {MAX_SECS}"));
    }
    faults.require_seconds("pollIntervalSecs", settings.poll_interval_secs, 10, MAX_SECS);
    faults.require_seconds("acceptTimeoutSecs", settings.accept_timeout_secs, 5, MAX_SECS);
    faults.require_seconds("postAgentTimeoutSecs", settings.post_agent_timeout_secs, 30, MAX_SECS);
    faults.require_seconds("attachmentMaxMb", settings.attachment_max_mb, 0, 1024);
}

fn check_credentials(settings: &Settings, draft: &IntegrationDraft, asks_rest: bool, faults: &mut Faults) {
    let mut required = vec!["clientId"];
    required.push(if settings.jwt_alg.is_rsa() { "privateKeyPem" } else { "clientSecret" });
    if settings.jwt_extra.is_encrypted() {
        required.push("jwePublicKeyPem");
    }
    if asks_rest {
        required.extend(REST_CREDENTIALS);
    }
    faults.require_credentials(draft, &required, &["clientSecret", "privateKeyPem", "jwePublicKeyPem"]);
    for (name, label) in
        [("privateKeyPem", &["PRIVATE KEY", "RSA PRIVATE KEY"][..]), ("jwePublicKeyPem", &["PUBLIC KEY"])]
    {
        if let Some(secret) = draft.credentials.get(name)
            && !label.iter().any(|label| is_pem(secret.expose_secret(), label))
        {
            faults.credential(name, format!("must be PEM of an unencrypted {}", label.join(" or ")));
        }
    }
}

/// Whether it has the frame of one PEM document; what is inside shows when it is used.
fn is_pem(text: &str, label: &str) -> bool {
    let text = text.trim();
    text.strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .is_some_and(|inner| !inner.contains("-----") && inner.contains('\n'))
}

fn warnings(settings: &Settings, asks_rest: bool) -> Vec<String> {
    let proactive = (!settings.confirm_proactive).then_some(
        "Enable proactive notifications on the channel, see a representative's message come that answers nothing, \
         then set confirmProactive.",
    );
    let lifecycle = match settings.lifecycle_source {
        LifecycleSource::RelayAndPoll if !asks_rest => Some(
            "Nothing is polled without host, appId, accountId, restClientId and restClientSecret: the relay alone \
             tells what happens.",
        ),
        LifecycleSource::Poll if settings.session_lookup != SessionLookup::ListMatch => Some(
            "With lifecycleSource poll only sessionLookup list_match finds conversations: nobody else tells their ids.",
        ),
        LifecycleSource::Relay | LifecycleSource::Poll | LifecycleSource::RelayAndPoll => None,
    };
    let relay = (settings.relay_auth == RelayAuth::Bearer).then_some("With relayAuth bearer the relay is not signed.");
    let path = settings
        .post_url_header
        .is_none()
        .then_some("The channel's callbacks are protected by the secret in their path only.");
    let jwe = match settings.jwt_extra {
        JwtExtra::Jwe | JwtExtra::JtiJwe => {
            Some("The vendor publishes no rule for encrypted tokens: RSA-OAEP-256 with A256GCM is an assumption.")
        }
        JwtExtra::None | JwtExtra::Jti => None,
    };
    [proactive, lifecycle, relay, path, jwe].into_iter().flatten().map(str::to_owned).collect()
}
