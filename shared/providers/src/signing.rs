//! Signatures of Standard Webhooks: those that the relay sends us, and those of the events that we send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::secret::hmac_sha256;

/// What a signing secret starts with; the rest is the base64 of its key.
pub const SIGNING_SECRET_PREFIX: &str = "whsec_";

/// Of how many bytes a key is, by the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Makes a signing secret of 32 random bytes, given as base64 for URLs without padding.
pub fn signing_secret(url_safe: &str) -> SecretString {
    format!("{SIGNING_SECRET_PREFIX}{}=", url_safe.replace('-', "+").replace('_', "/")).into()
}

/// Whether a text is a signing secret.
pub fn is_signing_secret(secret: &SecretString) -> bool {
    signing_key(secret).is_some_and(|key| KEY_BYTES.contains(&key.len()))
}

/// The key of a signing secret; `None` if it is none, or shorter than the specification allows.
pub(crate) fn signing_key(secret: &SecretString) -> Option<Vec<u8>> {
    let encoded = secret.expose_secret().strip_prefix(SIGNING_SECRET_PREFIX)?;
    STANDARD.decode(encoded).ok().filter(|key| key.len() >= *KEY_BYTES.start())
}

/// The tag of a message under a key.
pub(crate) fn tag(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    hmac_sha256(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

/// The signatures of a message under each of the secrets that are valid, so that its receiver may know either.
#[cfg(feature = "outbound")]
pub(crate) fn signatures(secrets: &[SecretString], id: &str, timestamp: &str, body: &[u8]) -> String {
    let keys = secrets.iter().filter_map(signing_key);
    let tags = keys.map(|key| format!("v1,{}", STANDARD.encode(tag(&key, id, timestamp, body))));
    tags.collect::<Vec<_>>().join(" ")
}
