//! RS256 assertions: who signed them, for whom, until when; and the access token for one.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, signed_claims};

use super::{Org, config::ExpiryUnit};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The longest life of an assertion, seconds. The vendor's demo signs three minutes.
const LONGEST_LIFE: i64 = 300;

/// Why an assertion is not accepted, in the vendor's words.
type Doubt = &'static str;

/// `POST /services/oauth2/token`: the JWT bearer flow. Earlier tokens stay valid.
pub(super) fn token(org: &Org, request: &Incoming) -> Answer {
    let refuse = |error, reason| Answer::no_token(400, error, reason);
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse("invalid_request", "the body must be a form");
    }
    if request.form_field("grant_type").as_deref() != Some(GRANT_TYPE) {
        return refuse("unsupported_grant_type", "grant type not supported");
    }
    let Some(sent) = request.form_field("assertion") else {
        return refuse("invalid_request", "missing required parameter: assertion");
    };
    if let Err(doubt) = check(org, &sent) {
        let error = if doubt.starts_with("client") { "invalid_client_id" } else { "invalid_grant" };
        return refuse(error, doubt);
    }
    let token = format!("{}!AQ{}", org.config.org_id, org.runtime.ids.token());
    org.admit(&token, org.config.token_seconds);
    // How long it lives is the org's session policy, and the answer does not say it.
    let body = json!({
        "access_token": token,
        "instance_url": "https://acme.my.salesforce.com",
        "token_type": "Bearer",
        "scope": "interaction_api",
    });
    Answer::taken(200, body)
}

/// Checks the bearer assertion of the connected app.
fn check(org: &Org, token: &str) -> Result<(), Doubt> {
    let (config, now_ms) = (&org.config, org.now_ms());
    let claims = verified_claims(&org.own.key, token)?;
    let claim = |name| claims.get(name).and_then(Value::as_str);
    if claim("iss") != Some(config.consumer_key.as_str()) {
        return Err("client identifier invalid");
    }
    if claim("sub") != Some(config.username.as_str()) {
        return Err("user hasn't approved this consumer");
    }
    if claim("aud") != Some(config.audience.as_str()) {
        return Err("audience is invalid");
    }
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or("invalid assertion")?;
    let expires_ms = match config.expiry_unit {
        ExpiryUnit::Seconds => expires.checked_mul(1000).ok_or("invalid assertion")?,
        ExpiryUnit::Millis => expires,
    };
    if expires_ms <= now_ms {
        return Err("expired authorization code");
    }
    if expires_ms - now_ms > LONGEST_LIFE * 1000 {
        return Err("invalid assertion");
    }
    Ok(())
}

/// The subject of a customer's identity token that this key signed and that has not expired.
pub(super) fn identity(key: &DecodingKey, token: &str, now_ms: i64) -> Option<String> {
    let claims = verified_claims(key, token).ok()?;
    let expires = claims.get("exp").and_then(Value::as_i64)?;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|it| !it.is_empty())?;
    (expires > now_ms / 1000).then(|| subject.to_owned())
}

fn verified_claims(key: &DecodingKey, token: &str) -> Result<Value, Doubt> {
    signed_claims(token, key, &[Algorithm::RS256]).map_err(|_| "invalid assertion")
}
