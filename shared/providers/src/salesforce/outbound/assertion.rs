//! Signed tokens that prove us, or the contact, to the vendor (`docs/contracts/salesforce.md`, "Authentication").

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header};
use serde_json::json;

use crate::CallError;
use crate::client::SigningKey;
use crate::said::present;
use crate::salesforce::settings::{JwtExpUnit, Settings};

/// How long an assertion lives.
const LIFE_SECS: i64 = 180;

/// The assertion that a token of the organisation is asked for with.
pub(super) fn bearer(settings: &Settings, key_pem: &str, now: DateTime<Utc>) -> Result<String, CallError> {
    let claims = json!({
        "iss": settings.consumer_key,
        "sub": settings.username,
        "aud": settings.audience(),
        "exp": expiry(settings, now),
    });
    SigningKey::rsa("privateKeyPem", key_pem)?.signed(&Header::new(Algorithm::RS256), &claims)
}

/// The token that says who the contact is.
pub(super) fn identity(
    settings: &Settings,
    key_pem: &str,
    contact: &str,
    now: DateTime<Utc>,
) -> Result<String, CallError> {
    let claims = json!({
        "iss": settings.identity_issuer,
        "sub": contact,
        "iat": now.timestamp(),
        "exp": now.timestamp() + LIFE_SECS,
    });
    let header = Header { kid: settings.identity_key_id.clone(), ..Header::new(Algorithm::RS256) };
    SigningKey::rsa("identityKeyPem", key_pem)?.signed(&header, &present(claims))
}

fn expiry(settings: &Settings, now: DateTime<Utc>) -> i64 {
    match settings.jwt_exp_unit {
        JwtExpUnit::Seconds => now.timestamp() + LIFE_SECS,
        JwtExpUnit::Millis => now.timestamp_millis() + LIFE_SECS * 1000,
    }
}
