//! Access tokens of end users: each belongs to one of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, Refusal, bad, optional_text, refuse, required_choice, required_text};

use super::{
    super::{assertion, book::Guest},
    Org,
};

pub(super) const EXPIRED: &str = "Jwt is expired";

/// `POST …/access-token`. The same device stays the same guest; a guest without a device is a new one each time.
pub(super) fn mint(org: &Org, body: &Value, verified: bool) -> Result<Answer, Refusal> {
    let chat = &org.config.chat;
    if required_text(body, "/orgId")? != org.config.org_id {
        return Err(bad("/orgId must be the org's id of 15 characters"));
    }
    if required_text(body, "/esDeveloperName")? != chat.es_developer_name {
        return Err(bad("/esDeveloperName is no deployment"));
    }
    required_text(body, "/capabilitiesVersion")?;
    required_choice(body, "/platform", &["Web"])?;
    required_text(body, "/context/appName")?;
    required_text(body, "/context/clientVersion")?;
    let device = optional_text(body, "/deviceId")?;
    let now = org.now_ms();
    let (subject, seconds) = if verified {
        (verified_subject(org, body, now)?, chat.verified_seconds)
    } else {
        (format!("guest-{}", device.map_or_else(|| org.uuid(), str::to_owned)), chat.guest_seconds)
    };
    if !org.book().own.minted.admits(now, chat.tokens_per_minute) {
        return Err(refuse(429, "Too many requests"));
    }
    let life_ms = i64::from(seconds) * 1000;
    let guest = Guest { subject, expires_ms: now + life_ms, life_ms };
    Ok(issue(org, guest, device))
}

fn verified_subject(org: &Org, body: &Value, now: i64) -> Result<String, Refusal> {
    required_choice(body, "/authorizationType", &["JWT"])?;
    let token = required_text(body, "/customerIdentityToken")?;
    let Some(key) = &org.own.identity_key else {
        return Err(refuse(403, "user verification is not set up"));
    };
    match assertion::identity(key, token, now) {
        Some(subject) => Ok(format!("verified-{subject}")),
        None => Err(refuse(401, "Jwt verification fails")),
    }
}

/// `GET …/continuation-access-token`: a further token of the same end user.
pub(super) fn renew(org: &Org, request: &Incoming) -> Result<Answer, Refusal> {
    let guest = holder(org, request)?;
    let now = org.now_ms();
    if !org.book().own.renewed.admits(now, org.config.chat.tokens_per_minute) {
        return Err(refuse(429, "Too many requests"));
    }
    Ok(issue(org, Guest { expires_ms: now + guest.life_ms, ..guest }, None))
}

fn issue(org: &Org, guest: Guest, device: Option<&str>) -> Answer {
    let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let header = encode(json!({ "alg": "RS256", "typ": "JWT" }));
    let claims = encode(json!({ "sub": guest.subject, "exp": guest.expires_ms / 1000 }));
    let token = format!("{header}.{claims}.{}", org.runtime.ids.token());
    org.book().own.guests.insert(token.clone(), guest);
    let device = device.map_or_else(|| org.uuid(), str::to_owned);
    let body = json!({
        "accessToken": token,
        "lastEventId": "0",
        "context": { "deviceId": device, "configuration": {} },
    });
    Answer::taken(200, body)
}

/// Whose token a request carries.
pub(super) fn holder(org: &Org, request: &Incoming) -> Result<Guest, Refusal> {
    let token = request.authorization("bearer").unwrap_or_default();
    let now = org.now_ms();
    match org.book().own.guests.get(token) {
        Some(guest) if now < guest.expires_ms => Ok(guest.clone()),
        Some(_) => Err(refuse(401, EXPIRED)),
        None => Err(refuse(401, "Jwt verification fails")),
    }
}
