//! Tokens that the platform signs.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use crate::engine::signed_claims;

use super::config::ClaimRules;

/// Clocks differ; a token from further ahead is not honest.
const LEEWAY_MS: i64 = 60_000;

/// Why a token is refused, for the ledger.
pub(super) type Doubt = &'static str;

/// What was shown so far. Tokens are the platform's own, so revoking them means refusing them by name.
#[derive(Debug, Default)]
pub struct Shown {
    seen: HashSet<String>,
    refused: HashSet<String>,
    token_ids: HashSet<String>,
    refuses_next: bool,
}

impl Shown {
    /// Everything that was shown so far is refused, and whatever is shown next: it was made before it was known.
    pub(super) fn revoke(&mut self) {
        self.refused.extend(self.seen.drain());
        self.refuses_next = true;
    }

    /// Whether a token that is right otherwise is taken.
    fn admits(&mut self, token: &str) -> bool {
        if std::mem::take(&mut self.refuses_next) {
            self.refused.insert(token.to_owned());
        }
        self.seen.insert(token.to_owned());
        !self.refused.contains(token)
    }
}

/// A key with the algorithms that it may be used for.
pub(super) struct Key {
    key: DecodingKey,
    algorithms: [Algorithm; 2],
}

impl Key {
    pub(super) fn from_secret(secret: &str) -> Self {
        Self { key: DecodingKey::from_secret(secret.as_bytes()), algorithms: [Algorithm::HS256, Algorithm::HS512] }
    }

    pub(super) fn from_public_key(pem: &str) -> Result<Self, jsonwebtoken::errors::Error> {
        Ok(Self { key: DecodingKey::from_rsa_pem(pem.as_bytes())?, algorithms: [Algorithm::RS256, Algorithm::RS512] })
    }
}

/// What makes a token right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) client_id: &'a str,
    pub(super) rules: ClaimRules,
    pub(super) now_ms: i64,
}

/// Checks a token; answers its `userIdentity`, which must be the contact's.
pub(super) fn check(
    key: &Key,
    token: &str,
    expected: Expected<'_>,
    shown: &mut Shown,
) -> Result<Option<String>, Doubt> {
    let claims = signed_claims(token, &key.key, &key.algorithms)?;
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("appId") != Some(expected.client_id) {
        return Err("another appId");
    }
    if text("sub").unwrap_or_default().is_empty() {
        return Err("no sub");
    }
    let time_ms = |name| claims.get(name).and_then(Value::as_i64).map(|it| it.saturating_mul(1000));
    if time_ms("iat").ok_or("no iat")? > expected.now_ms + LEEWAY_MS {
        return Err("iat in the future");
    }
    match time_ms("exp") {
        Some(expires_ms) if expires_ms <= expected.now_ms => return Err("expired"),
        None if expected.rules == ClaimRules::Expiry || claims.get("exp").is_some() => return Err("no exp"),
        Some(_) | None => {}
    }
    if expected.rules == ClaimRules::TokenId && !text("jti").is_some_and(|it| shown.token_ids.insert(it.to_owned())) {
        return Err("no new jti");
    }
    if !shown.admits(token) {
        return Err("revoked");
    }
    Ok(text("userIdentity").map(str::to_owned))
}
