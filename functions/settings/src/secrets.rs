//! Secrets that we make for an integration. Two of each sort live at once, so that they can be rotated in use.

use secrecy::SecretString;
use transfer_domain::Ids;
use transfer_providers::IntegrationSecrets;

const LIVE_AT_ONCE: usize = 2;

/// Puts a secret before the others and lets the oldest go.
pub(crate) fn push(secrets: &mut Vec<SecretString>, newest: SecretString) {
    secrets.insert(0, newest);
    secrets.truncate(LIVE_AT_ONCE);
}

/// Makes whatever sort of secret the integration has none of yet.
pub(crate) fn fill(secrets: &mut IntegrationSecrets, ids: &dyn Ids) -> Made {
    let made = Made {
        path: secrets.path_secrets.is_empty(),
        signing: secrets.signing_secrets.is_empty(),
        relay: secrets.relay_secrets.is_empty(),
    };
    rotate(secrets, made, ids);
    made
}

/// Which secrets are new, and are shown once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Made {
    pub(crate) path: bool,
    pub(crate) signing: bool,
    pub(crate) relay: bool,
}

/// Adds a new secret of each sort that is asked for.
pub(crate) fn rotate(secrets: &mut IntegrationSecrets, which: Made, ids: &dyn Ids) {
    if which.path {
        push(&mut secrets.path_secrets, ids.secret().into());
    }
    if which.signing {
        push(&mut secrets.signing_secrets, ids.secret().into());
    }
    if which.relay {
        push(&mut secrets.relay_secrets, relay_secret(&ids.secret()).into());
    }
}

/// The form of Standard Webhooks: `whsec_` and padded standard base64 of the same 32 bytes.
fn relay_secret(url_safe: &str) -> String {
    format!("whsec_{}=", url_safe.replace('-', "+").replace('_', "/"))
}

/// Keeps only the newest of each sort.
pub(crate) fn retire_old(secrets: &mut IntegrationSecrets) {
    secrets.path_secrets.truncate(1);
    secrets.signing_secrets.truncate(1);
    secrets.relay_secrets.truncate(1);
}
