//! The tokens that we sign for the vendor (`docs/contracts/smartassist.md`, "Authentication"). Each call has its own.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::super::settings::{JwtAlg, JwtExtra, Settings};
use super::jwe;
use crate::reading::digest;
use crate::{CallError, IntegrationSecrets};

/// An app of the vendor's: who signs, and how.
pub(super) struct App {
    client_id: String,
    key: EncodingKey,
    algorithm: Algorithm,
    ttl_secs: u32,
    extra: JwtExtra,
    /// The vendor's public key, where its tokens are encrypted.
    encrypted_for: Option<SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    app_id: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_identity: Option<&'a str>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
}

impl App {
    /// The app of the webhook channel.
    pub(super) fn channel(settings: &Settings, secrets: &IntegrationSecrets) -> Result<Self, CallError> {
        let (algorithm, key) = match settings.jwt_alg {
            JwtAlg::Hs256 => (Algorithm::HS256, secret_key(secrets, "clientSecret")?),
            JwtAlg::Hs512 => (Algorithm::HS512, secret_key(secrets, "clientSecret")?),
            JwtAlg::Rs256 => (Algorithm::RS256, private_key(secrets)?),
            JwtAlg::Rs512 => (Algorithm::RS512, private_key(secrets)?),
        };
        let encrypted_for =
            settings.jwt_extra.is_encrypted().then(|| credential(secrets, "jwePublicKeyPem")).transpose()?.cloned();
        Ok(Self {
            client_id: credential(secrets, "clientId")?.expose_secret().to_owned(),
            key,
            algorithm,
            ttl_secs: settings.jwt_ttl_secs,
            extra: settings.jwt_extra,
            encrypted_for,
        })
    }

    /// The app with the scopes of the REST interface: it has a secret, whatever the channel's app has.
    pub(super) fn rest(settings: &Settings, secrets: &IntegrationSecrets) -> Result<Self, CallError> {
        let algorithm = match settings.jwt_alg {
            JwtAlg::Hs512 => Algorithm::HS512,
            JwtAlg::Hs256 | JwtAlg::Rs256 | JwtAlg::Rs512 => Algorithm::HS256,
        };
        Ok(Self {
            client_id: credential(secrets, "restClientId")?.expose_secret().to_owned(),
            key: secret_key(secrets, "restClientSecret")?,
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
        let claims = Claims {
            app_id: &self.client_id,
            sub: &unique,
            user_identity: user,
            iat: issued,
            exp: (self.ttl_secs > 0).then(|| issued + i64::from(self.ttl_secs)),
            jti: self.extra.has_jti().then_some(&unique),
        };
        let signed = jsonwebtoken::encode(&Header::new(self.algorithm), &claims, &self.key)
            .map_err(|_| misconfigured(self.key_name()))?;
        match &self.encrypted_for {
            Some(key) => jwe::encrypted(&signed, key.expose_secret()).ok_or_else(|| misconfigured("jwePublicKeyPem")),
            None => Ok(signed),
        }
        .map(SecretString::from)
    }

    fn key_name(&self) -> &'static str {
        if matches!(self.algorithm, Algorithm::RS256 | Algorithm::RS512) { "privateKeyPem" } else { "clientSecret" }
    }
}

fn secret_key(secrets: &IntegrationSecrets, name: &str) -> Result<EncodingKey, CallError> {
    Ok(EncodingKey::from_secret(credential(secrets, name)?.expose_secret().as_bytes()))
}

fn private_key(secrets: &IntegrationSecrets) -> Result<EncodingKey, CallError> {
    let pem = credential(secrets, "privateKeyPem")?.expose_secret();
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| misconfigured("privateKeyPem"))
}

fn credential<'a>(secrets: &'a IntegrationSecrets, name: &str) -> Result<&'a SecretString, CallError> {
    secrets.credentials.get(name).ok_or_else(|| misconfigured(name))
}

fn misconfigured(name: &str) -> CallError {
    CallError::Misconfigured { what: format!("/credentials/{name}") }
}
