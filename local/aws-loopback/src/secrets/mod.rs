//! Secrets with versions and stages, as strings only.

pub(crate) mod operations;
mod refusal;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::core::{Core, lock};
use crate::error::AwsError;
use crate::faults::Faults;
use crate::journal::{Change, JournalError, decode};
use crate::{ACCOUNT, REGION};
use secret::Secret;

const PREFIX: &str = "secretsmanager/";

/// The direct handle to all secrets; cheap to clone, all clones share the state.
#[derive(Clone)]
pub struct Secrets {
    core: Arc<Core>,
    faults: Faults,
    by_name: Arc<Mutex<BTreeMap<String, Secret>>>,
}

impl Secrets {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, faults: Faults::default(), by_name: Arc::default() }
    }

    pub(crate) fn restore(core: Arc<Core>, kept: &BTreeMap<String, Value>) -> Result<Self, JournalError> {
        let secrets = Self::new(core);
        for (key, value) in kept {
            if let Some(name) = key.strip_prefix(PREFIX) {
                lock(&secrets.by_name).insert(name.to_owned(), decode(key, value)?);
            }
        }
        Ok(secrets)
    }

    /// Failures on order for the wire operations.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The whole state as JSON, values in the clear: for the owner's eyes only.
    pub fn export(&self) -> Value {
        serde_json::json!(&*lock(&self.by_name))
    }

    /// Replaces the whole state by an exported one; refuses anything else.
    pub fn import(&self, exported: &Value) -> Result<(), AwsError> {
        let imported: BTreeMap<String, Secret> =
            decode("import", exported).map_err(|_| refusal::parameter("This is not an export of secrets."))?;
        let mut by_name = lock(&self.by_name);
        let removals = by_name.keys().map(|name| Change::Remove { key: key(name) });
        let puts = imported.iter().map(|(name, secret)| Change::put(key(name), secret));
        let changes = removals.chain(puts).collect();
        *by_name = imported;
        self.core.commit(changes)
    }

    /// Looks at a secret that is not gone; by name, ARN, or ARN without its random suffix.
    fn read<T>(&self, id: &str, look: impl FnOnce(&Secret) -> Result<T, AwsError>) -> Result<T, AwsError> {
        let by_name = lock(&self.by_name);
        find(&by_name, id, self.core.now()).ok_or_else(refusal::not_found).and_then(look)
    }

    /// Changes a secret and writes it to the journal; a refused change leaves it as it was.
    fn change<T>(&self, id: &str, act: impl FnOnce(&mut Secret) -> Result<T, AwsError>) -> Result<T, AwsError> {
        let mut by_name = lock(&self.by_name);
        let found = find(&by_name, id, self.core.now()).ok_or_else(refusal::not_found)?;
        let mut secret = found.clone();
        let outcome = act(&mut secret)?;
        let change = Change::put(key(&secret.name), &secret);
        by_name.insert(secret.name.clone(), secret);
        self.core.commit(vec![change])?;
        Ok(outcome)
    }

    /// Adds a secret; `existing` decides if there is one of that name already.
    fn add<T>(
        &self,
        secret: Secret,
        existing: impl FnOnce(&Secret) -> Result<T, AwsError>,
        added: impl FnOnce(&Secret) -> T,
    ) -> Result<T, AwsError> {
        let mut by_name = lock(&self.by_name);
        if let Some(found) = find(&by_name, &secret.name, self.core.now()) {
            return existing(found);
        }
        let outcome = added(&secret);
        let change = Change::put(key(&secret.name), &secret);
        by_name.insert(secret.name.clone(), secret);
        self.core.commit(vec![change])?;
        Ok(outcome)
    }

    /// Removes a secret for good and returns it, if there was one.
    fn remove(&self, id: &str) -> Result<Option<Secret>, AwsError> {
        let mut by_name = lock(&self.by_name);
        let name = find(&by_name, id, self.core.now()).map(|secret| secret.name.clone());
        let Some(name) = name else {
            return Ok(None);
        };
        let removed = by_name.remove(&name);
        self.core.commit(vec![Change::Remove { key: key(&name) }])?;
        Ok(removed)
    }

    fn new_arn(&self, name: &str) -> String {
        let id = self.core.ids.uuid_of(name).simple().to_string();
        let suffix: String = id.chars().take(6).collect();
        format!("{}{name}-{suffix}", arn_prefix())
    }
}

/// Shows how many there are, neither names nor values.
impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secrets").field("count", &lock(&self.by_name).len()).finish_non_exhaustive()
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn arn_prefix() -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:")
}

fn find<'a>(by_name: &'a BTreeMap<String, Secret>, id: &str, now: DateTime<Utc>) -> Option<&'a Secret> {
    let found = match id.strip_prefix(&arn_prefix()) {
        None => by_name.get(id),
        Some(partial) => by_name.get(partial).or_else(|| {
            let (name, _suffix) = partial.rsplit_once('-')?;
            by_name.get(name).filter(|secret| secret.arn == id)
        }),
    };
    found.filter(|secret| secret.deleted_at.is_none_or(|time| time > now))
}
