//! The access token of enhanced chat: it belongs to one transfer and is part of its secret state
//! (`docs/contracts/salesforce.md`, "Authentication").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use transfer_domain::Conversation;

/// In the state of a session: the token.
const TOKEN: &str = "accessToken";

/// In the state of a session: until when it is good, in seconds since the epoch.
const UNTIL: &str = "accessTokenUntil";

/// How long a token lives that does not say it: what the vendor gives a guest.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// A token is renewed this long before it expires.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(10);

/// A token, and whether it is another one than the session remembers. `Debug` does not show it.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) token: SecretString,
    until: DateTime<Utc>,
    is_new: bool,
}

impl Access {
    /// The token that the session remembers.
    pub(super) fn of(session: &Conversation) -> Option<Self> {
        let token = session.facts.state.get(TOKEN).and_then(Value::as_str)?;
        let until = session.facts.state.get(UNTIL).and_then(Value::as_i64)?;
        let until = DateTime::from_timestamp(until, 0)?;
        Some(Self { token: token.into(), until, is_new: false })
    }

    /// A token that was given just now.
    pub(super) fn new(token: SecretString, now: DateTime<Utc>) -> Self {
        let until = expiry(token.expose_secret()).filter(|until| *until > now).unwrap_or(now + LIFE);
        Self { token, until, is_new: true }
    }

    /// Whether it must be renewed before it is used again for long.
    pub(super) fn is_old(&self, now: DateTime<Utc>) -> bool {
        now >= self.until - RENEW_BEFORE
    }

    /// What the session must remember of it; nothing if it does already.
    pub(super) fn state(&self) -> Map<String, Value> {
        if !self.is_new {
            return Map::new();
        }
        let fields = [(TOKEN, Value::from(self.token.expose_secret())), (UNTIL, self.until.timestamp().into())];
        fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}

/// When a token says that it expires. It is the vendor's own and only ever sent back, so nothing needs verifying.
fn expiry(token: &str) -> Option<DateTime<Utc>> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    DateTime::from_timestamp(claims.exp, 0)
}
