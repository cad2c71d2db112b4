//! Comparing secrets without telling by the time it takes how much of them was right.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::Unauthentic;

/// A shorter secret is a mistake, not a secret (Genesys asks for more than 15 characters).
pub(crate) const MIN_SECRET_CHARS: usize = 16;

/// Whether the given text is one of the live secrets. Looks at all of them, and hides their lengths by comparing
/// digests. A secret that is too short matches nothing.
pub(crate) fn is_one_of(secrets: &[SecretString], given: &[u8]) -> bool {
    let given = Sha256::digest(given);
    let mut found = Choice::from(0);
    for secret in live(secrets) {
        found |= Sha256::digest(secret.expose_secret().as_bytes()).ct_eq(&given);
    }
    found.into()
}

/// Holds that the given text is one of the live secrets.
pub(crate) fn require(secrets: &[SecretString], given: &[u8]) -> Result<(), Unauthentic> {
    if is_one_of(secrets, given) { Ok(()) } else { Err(Unauthentic) }
}

/// Whether the tag is the HMAC-SHA256 of the message under one of the live secrets.
pub(crate) fn is_signed_by_one_of(secrets: &[SecretString], message: &[u8], tag: &[u8]) -> bool {
    let mut found = Choice::from(0);
    for secret in live(secrets) {
        found |= hmac_sha256(secret.expose_secret().as_bytes(), &[message]).ct_eq(tag);
    }
    found.into()
}

/// HMAC-SHA256 of the parts, one after the other.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of every length, so this never fails; an empty tag matches nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// At most two secrets are live at once.
fn live(secrets: &[SecretString]) -> impl Iterator<Item = &SecretString> {
    secrets.iter().take(2).filter(|secret| secret.expose_secret().chars().count() >= MIN_SECRET_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(texts: &[&str]) -> Vec<SecretString> {
        texts.iter().map(|text| SecretString::from(*text)).collect()
    }

    #[test]
    fn either_of_two_live_secrets_matches_and_a_third_does_not() {
        let all = secrets(&["newest-secret-0001", "older-secret-00001", "oldest-secret-0001"]);
        assert!(is_one_of(&all, b"newest-secret-0001"));
        assert!(is_one_of(&all, b"older-secret-00001"));
        assert!(!is_one_of(&all, b"oldest-secret-0001"));
        assert!(!is_one_of(&all, b"newest-secret-000"));
    }

    #[test]
    fn an_empty_or_short_secret_matches_nothing() {
        assert!(!is_one_of(&secrets(&["", "short"]), b""));
        assert!(!is_one_of(&secrets(&["", "short"]), b"short"));
        assert!(!is_one_of(&[], b""));
        assert!(!is_signed_by_one_of(&secrets(&[""]), b"m", &hmac_sha256(b"", &[b"m"])));
    }
}
