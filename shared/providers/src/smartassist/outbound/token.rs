//! The tokens that we sign for the vendor (`docs/contracts/smartassist.md`, "Authentication"). Each call has its own.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header};
use secrecy::SecretString;
use serde_json::json;

use super::super::settings::{JwtAlg, JwtExtra, Settings};
use super::jwe;
use crate::client::SigningKey;
use crate::reading::digest;
use crate::said::present;
use crate::{CallError, Connection};

/// An app of the vendor's: who signs, and how.
pub(super) struct App<'a> {
    client_id: &'a str,
    key: SigningKey<'a>,
    algorithm: Algorithm,
    ttl_secs: u32,
    extra: JwtExtra,
    /// The vendor's public key, where its tokens are encrypted.
    encrypted_for: Option<&'a str>,
}

impl<'a> App<'a> {
    /// The app of the webhook channel.
    pub(super) fn channel(settings: &Settings, connection: Connection<'a>) -> Result<Self, CallError> {
        let (algorithm, by_key) = match settings.jwt_alg {
            JwtAlg::Hs256 => (Algorithm::HS256, false),
            JwtAlg::Hs512 => (Algorithm::HS512, false),
            JwtAlg::Rs256 => (Algorithm::RS256, true),
            JwtAlg::Rs512 => (Algorithm::RS512, true),
        };
        let key = if by_key {
            SigningKey::rsa("privateKeyPem", connection.credential("privateKeyPem")?)?
        } else {
            SigningKey::secret("clientSecret", connection.credential("clientSecret")?)
        };
        let encrypted = settings.jwt_extra.is_encrypted();
        Ok(Self {
            client_id: connection.credential("clientId")?,
            key,
            algorithm,
            ttl_secs: settings.jwt_ttl_secs,
            extra: settings.jwt_extra,
            encrypted_for: encrypted.then(|| connection.credential("jwePublicKeyPem")).transpose()?,
        })
    }

    /// The app with the scopes of the REST interface: it has a secret, whatever the channel's app has.
    pub(super) fn rest(settings: &Settings, connection: Connection<'a>) -> Result<Self, CallError> {
        let algorithm = match settings.jwt_alg {
            JwtAlg::Hs512 => Algorithm::HS512,
            JwtAlg::Hs256 | JwtAlg::Rs256 | JwtAlg::Rs512 => Algorithm::HS256,
        };
        Ok(Self {
            client_id: connection.credential("restClientId")?,
            key: SigningKey::secret("restClientSecret", connection.credential("restClientSecret")?),
            algorithm,
            ttl_secs: settings.jwt_ttl_secs,
            extra: settings.jwt_extra,
            encrypted_for: None,
        })
    }

    /// A token of this moment. `user` must be who the message is from; `call` tells calls of one moment apart.
    pub(super) fn token(
        &self,
        user: Option<&str>,
        call: &[&str],
        now: DateTime<Utc>,
    ) -> Result<SecretString, CallError> {
        let issued = now.timestamp();
        let unique = digest(&[call, &[&now.timestamp_millis().to_string()]].concat());
        let claims = present(json!({
            "appId": self.client_id,
            "sub": unique,
            "userIdentity": user,
            "iat": issued,
            "exp": (self.ttl_secs > 0).then(|| issued + i64::from(self.ttl_secs)),
            "jti": self.extra.has_jti().then_some(&unique),
        }));
        let signed = self.key.signed(&Header::new(self.algorithm), &claims)?;
        let token = match self.encrypted_for {
            Some(key) => {
                jwe::encrypted(&signed, key).ok_or_else(|| CallError::misconfigured("/credentials/jwePublicKeyPem"))?
            }
            None => signed,
        };
        Ok(token.into())
    }
}
