//! Signed tokens that prove us, or the contact, to the vendor (`docs/contracts/salesforce.md`, "Authentication").

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::CallError;
use crate::salesforce::settings::{JwtExpUnit, Settings};

/// How long an assertion lives.
const LIFE_SECS: i64 = 180;

#[derive(Serialize)]
struct Bearer<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

#[derive(Serialize)]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    sub: &'a str,
    iat: i64,
    exp: i64,
}

/// The assertion that a token of the organisation is asked for with.
pub(super) fn bearer(settings: &Settings, key_pem: &str, now: DateTime<Utc>) -> Result<String, CallError> {
    let claims = Bearer {
        iss: &settings.consumer_key,
        sub: &settings.username,
        aud: settings.audience(),
        exp: expiry(settings, now),
    };
    sign(&Header::new(Algorithm::RS256), &claims, "/credentials/privateKeyPem", key_pem)
}

/// The token that says who the contact is.
pub(super) fn identity(
    settings: &Settings,
    key_pem: &str,
    contact: &str,
    now: DateTime<Utc>,
) -> Result<String, CallError> {
    let claims = Identity {
        iss: settings.identity_issuer.as_deref(),
        sub: contact,
        iat: now.timestamp(),
        exp: now.timestamp() + LIFE_SECS,
    };
    let header = Header { kid: settings.identity_key_id.clone(), ..Header::new(Algorithm::RS256) };
    sign(&header, &claims, "/credentials/identityKeyPem", key_pem)
}

fn expiry(settings: &Settings, now: DateTime<Utc>) -> i64 {
    match settings.jwt_exp_unit {
        JwtExpUnit::Seconds => now.timestamp() + LIFE_SECS,
        JwtExpUnit::Millis => now.timestamp_millis() + LIFE_SECS * 1000,
    }
}

/// The library's own error may quote the key's form, so only the field is told.
fn sign(header: &Header, claims: &impl Serialize, field: &str, key_pem: &str) -> Result<String, CallError> {
    let key = EncodingKey::from_rsa_pem(key_pem.trim().as_bytes()).map_err(|_| CallError::misconfigured(field))?;
    encode(header, claims, &key).map_err(|_| CallError::misconfigured(field))
}
