//! RS256 assertions: who signed them, for whom, until when.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use crate::engine::signed_claims;

use super::config::ExpiryUnit;

/// The longest life of an assertion, seconds. The vendor's demo signs three minutes.
const LONGEST_LIFE: i64 = 300;

/// Why an assertion is not accepted, in the vendor's words.
pub(super) type Doubt = &'static str;

/// Who may sign and what it must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) audience: &'a str,
    pub(super) unit: ExpiryUnit,
}

/// Checks the bearer assertion of a connected app.
pub(super) fn check(key: &DecodingKey, token: &str, now_ms: i64, expected: &Expected<'_>) -> Result<(), Doubt> {
    let claims = verified_claims(key, token)?;
    let claim = |name| claims.get(name).and_then(Value::as_str);
    if claim("iss") != Some(expected.issuer) {
        return Err("client identifier invalid");
    }
    if claim("sub") != Some(expected.subject) {
        return Err("user hasn't approved this consumer");
    }
    if claim("aud") != Some(expected.audience) {
        return Err("audience is invalid");
    }
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or("invalid assertion")?;
    let expires_ms = match expected.unit {
        ExpiryUnit::Seconds => expires.checked_mul(1000).ok_or("invalid assertion")?,
        ExpiryUnit::Millis => expires,
    };
    check_life(now_ms, expires_ms)
}

/// The subject of a customer's identity token that this key signed and that has not expired.
pub(super) fn identity(key: &DecodingKey, token: &str, now_ms: i64) -> Option<String> {
    let claims = verified_claims(key, token).ok()?;
    let expires = claims.get("exp").and_then(Value::as_i64)?;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|it| !it.is_empty())?;
    (expires > now_ms / 1000).then(|| subject.to_owned())
}

fn check_life(now_ms: i64, expires_ms: i64) -> Result<(), Doubt> {
    if expires_ms <= now_ms {
        return Err("expired authorization code");
    }
    if expires_ms - now_ms > LONGEST_LIFE * 1000 {
        return Err("invalid assertion");
    }
    Ok(())
}

fn verified_claims(key: &DecodingKey, token: &str) -> Result<Value, Doubt> {
    signed_claims(token, key, &[Algorithm::RS256]).map_err(|_| "invalid assertion")
}
