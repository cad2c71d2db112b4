//! Tokens that we sign (RFC 7519).

use jsonwebtoken::{EncodingKey, Header};
use serde_json::Value;

use crate::CallError;

/// A key to sign with, by the credential that it is.
pub(crate) struct SigningKey<'a> {
    credential: &'a str,
    key: EncodingKey,
}

impl<'a> SigningKey<'a> {
    /// A shared secret.
    pub(crate) fn secret(credential: &'a str, secret: &str) -> Self {
        Self { credential, key: EncodingKey::from_secret(secret.as_bytes()) }
    }

    /// A private key in PEM form.
    pub(crate) fn rsa(credential: &'a str, pem: &str) -> Result<Self, CallError> {
        match EncodingKey::from_rsa_pem(pem.trim().as_bytes()) {
            Ok(key) => Ok(Self { credential, key }),
            Err(_) => Err(unusable(credential)),
        }
    }

    /// These claims, signed.
    pub(crate) fn signed(&self, header: &Header, claims: &Value) -> Result<String, CallError> {
        jsonwebtoken::encode(header, claims, &self.key).map_err(|_| unusable(self.credential))
    }
}

/// The library's own error may quote the key's form, so only the credential is told.
fn unusable(credential: &str) -> CallError {
    CallError::misconfigured(format!("/credentials/{credential}"))
}
