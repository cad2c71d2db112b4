//! Access tokens: one fetch at a time for each host and client, renewed before they expire, never logged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use transfer_domain::{Integration, IntegrationId, ProjectId};
use url::Url;

use super::{Answer, Call};
use crate::reading::digest;
use crate::{CallError, Connection};

/// A token is renewed this long before it expires.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// More tokens than this in one process are forgotten rather than remembered.
const MAX_TOKENS: usize = 4096;

/// Where tokens come from.
pub trait TokenSource: Send + Sync {
    /// How to get one now. Asked only when one is needed: signing an assertion costs time.
    fn request(&self, now: DateTime<Utc>) -> Result<TokenRequest, CallError>;

    /// A digest of who asks whom: another one where the endpoint or the credentials are others.
    fn identity(&self) -> String;

    /// Whether the answer says that the token is no good.
    fn is_refusal(&self, answer: &Answer) -> bool {
        answer.status == StatusCode::UNAUTHORIZED
    }
}

/// How to get a token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The call of the token endpoint.
    pub call: Call,
    /// How long a token lives whose answer does not say it, in seconds.
    pub fallback_ttl_secs: u32,
}

/// Where a client of OAuth 2.0 proves itself (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientIn {
    /// In the header, as user and password.
    Header,
    /// In the form.
    Form,
}

impl TokenRequest {
    /// Asks for a grant as a client, which is an id and its secret.
    pub fn by_client(
        url: Url,
        grant: &[(&str, &str)],
        (id, secret): (&str, &str),
        place: ClientIn,
        fallback_ttl_secs: u32,
    ) -> Result<Self, CallError> {
        let call = match place {
            ClientIn::Header => Call::form(url, grant).basic(id, secret)?,
            ClientIn::Form => Call::form(url, &[grant, &[("client_id", id), ("client_secret", secret)]].concat()),
        };
        Ok(Self { call, fallback_ttl_secs })
    }
}

impl TokenSource for TokenRequest {
    fn request(&self, _now: DateTime<Utc>) -> Result<TokenRequest, CallError> {
        Ok(self.clone())
    }

    fn identity(&self) -> String {
        self.call.fingerprint()
    }
}

#[derive(Debug, Default)]
pub(super) struct Tokens(StdMutex<HashMap<Key, Slot>>);

/// What a token is good for: calls of this integration, to the host and with the credentials that it was got for. An
/// integration that points elsewhere, or was made anew under its old id and version, has another.
type Key = (ProjectId, IntegrationId, String);

type Slot = Arc<Mutex<Option<Token>>>;

#[derive(Debug, Clone)]
struct Token {
    value: SecretString,
    renew_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<serde_json::Number>,
}

impl Connection<'_> {
    /// Makes a call with a bearer token; a token that is refused is renewed once.
    pub async fn make_with_token(&self, source: &dyn TokenSource, call: Call) -> Result<Answer, CallError> {
        let slot = self.client.inner.tokens.slot(self.integration, call.url(), source);
        let token = self.token(&slot, source, None).await?;
        let answer = self.make(call.clone().bearer(&token)?).await?;
        if !source.is_refusal(&answer) {
            return Ok(answer);
        }
        let token = self.token(&slot, source, Some(&token)).await?;
        self.make(call.bearer(&token)?).await
    }

    /// Sees to it that there is a token for calls to `host`.
    pub async fn have_token(&self, source: &dyn TokenSource, host: &Url) -> Result<(), CallError> {
        let slot = self.client.inner.tokens.slot(self.integration, host, source);
        self.token(&slot, source, None).await.map(drop)
    }

    /// The live token. `refused` is one that the provider did not take: it is not given again.
    async fn token(
        &self,
        slot: &Slot,
        source: &dyn TokenSource,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, CallError> {
        let mut held = slot.lock().await;
        let now = self.now();
        if let Some(token) = held.as_ref()
            && token.renew_at > now
            && refused.is_none_or(|refused| refused.expose_secret() != token.value.expose_secret())
        {
            return Ok(token.value.clone());
        }
        let token = self.fetch(source.request(now)?, now).await?;
        let value = token.value.clone();
        *held = Some(token);
        Ok(value)
    }

    async fn fetch(&self, request: TokenRequest, now: DateTime<Utc>) -> Result<Token, CallError> {
        let answer = self.client.exchange(request.call, now).await.map_err(CallError::of_token)?;
        let answer = answer.success().map_err(CallError::of_token)?;
        let unreadable = || CallError::not_sent("the token endpoint's answer cannot be read");
        let token: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        if token.access_token.expose_secret().is_empty() {
            return Err(unreadable());
        }
        let told =
            token.expires_in.and_then(|seconds| seconds.as_i64()).filter(|seconds| (1..=31_536_000).contains(seconds));
        let lifetime = TimeDelta::seconds(told.unwrap_or_else(|| request.fallback_ttl_secs.into()));
        // A token that lives for less than two minutes is still used for half of its life.
        Ok(Token { value: token.access_token, renew_at: now + (lifetime - RENEW_BEFORE).max(lifetime / 2) })
    }
}

impl Tokens {
    fn slot(&self, integration: &Integration, host: &Url, source: &dyn TokenSource) -> Slot {
        let used_for = digest(&[&host.origin().ascii_serialization(), &source.identity()]);
        let key = (integration.project_id.clone(), integration.integration_id.clone(), used_for);
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_TOKENS && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}
