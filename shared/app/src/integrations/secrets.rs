//! Secrets that we make for an integration. Two of each sort live at once, so that they can be rotated in use. None goes
//! before it is told to: a rotation whose answer was lost, and that is repeated, must not kill the secret in use.

use secrecy::{ExposeSecret as _, SecretString};
use transfer_domain::Ids;
use transfer_providers::{IntegrationSecrets, signing_secret};

use crate::Fault;
use crate::failure::Faults;

/// What a customer's own signing secret must at least have (Genesys asks for more than 15 characters).
pub const MIN_SIGNING_SECRET: usize = 16;
/// What it may have.
pub const MAX_SIGNING_SECRET: usize = 256;

const LIVE_AT_ONCE: usize = 2;

/// What the caller wants of the secrets.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// The customer's own secret for the provider's webhook signature or header; else we make one.
    pub own_signing: Option<&'a SecretString>,
    /// Makes new secrets beside the old ones, which stay valid.
    pub rotate: bool,
    /// Lets the old secrets go.
    pub retire_old: bool,
    /// Lets the new secrets go and keeps the old ones.
    pub retire_new: bool,
}

/// Which secrets are new, and are shown once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    /// The one in the webhook's path.
    pub path: bool,
    /// The one of the provider's signature or header.
    pub signing: bool,
    /// The one of the relay's signature.
    pub relay: bool,
}

impl Wishes<'_> {
    /// Changes the secrets as wished, or refuses and says why.
    pub(crate) fn change(self, secrets: &mut IntegrationSecrets, ids: &dyn Ids) -> Result<Made, Vec<Fault>> {
        let own = self.own_signing.filter(|own| !holds(&secrets.signing_secrets, own));
        self.check(own)?;
        if self.retire_new {
            keep(secrets, |sort| drop(sort.remove(0)));
        }
        if self.retire_old {
            keep(secrets, |sort| sort.truncate(1));
        }
        let mut faults = Faults::default();
        if let Some(own) = own {
            let added = push(&mut secrets.signing_secrets, own.clone());
            faults.rule(added, "/signingSecret", TWO_ARE_VALID);
        }
        let missing = missing(secrets);
        let wanted = if self.rotate {
            Made { path: true, signing: missing.signing || self.own_signing.is_none(), relay: true }
        } else {
            missing
        };
        let added = make(secrets, wanted, ids);
        faults.rule(added, "/rotateSecrets", TWO_ARE_VALID);
        faults.finish()?;
        Ok(wanted)
    }

    /// What cannot be wished together: repeated, it would retire what the first time made or kept.
    fn check(self, own: Option<&SecretString>) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        let retires = self.retire_old;
        faults.rule(!(retires && self.retire_new), "/retireNewSecrets", "cannot stand beside retireOldSecrets");
        faults.rule(!(retires && self.rotate), "/rotateSecrets", "cannot stand beside retireOldSecrets");
        faults.rule(!(retires && own.is_some()), "/signingSecret", "a new one cannot stand beside retireOldSecrets");
        if let Some(own) = own {
            let chars = own.expose_secret().chars().count();
            let fits = (MIN_SIGNING_SECRET..=MAX_SIGNING_SECRET).contains(&chars);
            faults.rule(fits, "/signingSecret", "must be 16 to 256 characters");
            let plain = !own.expose_secret().chars().any(char::is_control);
            faults.rule(plain, "/signingSecret", "must not contain control characters");
        }
        faults.finish()
    }
}

const TWO_ARE_VALID: &str = "two secrets are valid already: let the old ones go (retireOldSecrets), or the new ones if \
                             nobody has them (retireNewSecrets)";

fn holds(secrets: &[SecretString], own: &SecretString) -> bool {
    secrets.iter().any(|secret| secret.expose_secret() == own.expose_secret())
}

/// Lets one of two go, in every sort that has two.
fn keep(secrets: &mut IntegrationSecrets, one: impl Fn(&mut Vec<SecretString>)) {
    for sort in [&mut secrets.path_secrets, &mut secrets.signing_secrets, &mut secrets.relay_secrets] {
        if sort.len() > 1 {
            one(sort);
        }
    }
}

/// Puts a secret before the others, if there is room for it.
fn push(secrets: &mut Vec<SecretString>, newest: SecretString) -> bool {
    let room = secrets.len() < LIVE_AT_ONCE;
    if room {
        secrets.insert(0, newest);
    }
    room
}

/// The sorts of secrets that the integration has none of yet.
fn missing(secrets: &IntegrationSecrets) -> Made {
    Made {
        path: secrets.path_secrets.is_empty(),
        signing: secrets.signing_secrets.is_empty(),
        relay: secrets.relay_secrets.is_empty(),
    }
}

/// Makes a new secret of each sort that is asked for, if there is room for all.
fn make(secrets: &mut IntegrationSecrets, which: Made, ids: &dyn Ids) -> bool {
    let path = !which.path || push(&mut secrets.path_secrets, ids.secret().into());
    let signing = !which.signing || push(&mut secrets.signing_secrets, ids.secret().into());
    let relay = !which.relay || push(&mut secrets.relay_secrets, signing_secret(&ids.secret()));
    path && signing && relay
}
