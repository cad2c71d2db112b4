//! The integrations that callbacks name, and how seldom the table is asked for them.
//!
//! Whoever calls at random must cause no reads, and must not learn from the time that an answer takes whether there is
//! such an integration. So an id carries a check of its own, what was not found is kept like what was found, and either
//! is looked at afresh only so often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use transfer_domain::{Clock, Integration, IntegrationId, InvalidId};
use transfer_store::{Store, StoreError};

/// How long what was found, or not found, is used.
const USED: TimeDelta = TimeDelta::minutes(1);
/// How soon an id is looked at again when what is known refuses a request.
const AGAIN: TimeDelta = TimeDelta::seconds(5);
/// How many ids are kept.
const KEPT: usize = 4_096;

const PREFIX: &str = "int-";
const NAME_DIGITS: usize = 20;
const CHECK_DIGITS: usize = 12;

/// A new integration's id, made of a text that was never used before. Anybody can compute its check: it spares reads,
/// it proves nothing.
pub fn new_integration_id(seed: &str) -> Result<IntegrationId, InvalidId> {
    let name = hex_of(seed, NAME_DIGITS);
    IntegrationId::new(format!("{PREFIX}{name}{}", hex_of(&name, CHECK_DIGITS)))
}

/// Whether the id can be one of ours.
fn can_be(id: &IntegrationId) -> bool {
    let digits = id.as_str().strip_prefix(PREFIX).filter(|digits| digits.len() == NAME_DIGITS + CHECK_DIGITS);
    let parts = digits.and_then(|digits| digits.split_at_checked(NAME_DIGITS));
    parts.is_some_and(|(name, check)| hex_of(name, CHECK_DIGITS) == check)
}

fn hex_of(text: &str, digits: usize) -> String {
    let digest = Sha256::digest(text);
    digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(digits).filter_map(hex_digit).collect()
}

fn hex_digit(value: u8) -> Option<char> {
    char::from_digit(value.into(), 16)
}

/// What is known of the ids that callbacks named.
#[derive(Debug, Clone)]
pub(crate) struct Addressed {
    store: Store,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<HashMap<IntegrationId, Known>>>,
}

#[derive(Debug, Clone)]
struct Known {
    at: DateTime<Utc>,
    integration: Option<Arc<Integration>>,
}

impl Addressed {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, known: Arc::default() }
    }

    /// The integration of an id, as far as is known.
    pub(crate) async fn find(&self, id: &IntegrationId) -> Result<Option<Arc<Integration>>, StoreError> {
        if !can_be(id) {
            return Ok(None);
        }
        let now = self.clock.now();
        if let Some(known) = self.lock().get(id).filter(|known| now - known.at < USED) {
            return Ok(known.integration.clone());
        }
        self.look(id, now).await
    }

    /// The integration of an id as it stands now, if something changed; `None` also if it was looked at just now.
    pub(crate) async fn find_changed(&self, id: &IntegrationId) -> Result<Option<Arc<Integration>>, StoreError> {
        let now = self.clock.now();
        let before = match self.lock().get_mut(id) {
            Some(known) if now - known.at >= AGAIN => {
                // Of those who ask at the same time one looks.
                known.at = now;
                known.integration.clone()
            }
            Some(_) | None => return Ok(None),
        };
        let found = self.look(id, now).await?;
        Ok(found.filter(|found| before.is_none_or(|before| before != *found)))
    }

    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    async fn look(&self, id: &IntegrationId, now: DateTime<Utc>) -> Result<Option<Arc<Integration>>, StoreError> {
        let integration = self.store.integration_by_id(id).await?.map(Arc::new);
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.retain(|_, known| now - known.at < USED);
        }
        if known.len() >= KEPT {
            known.retain(|_, known| known.integration.is_some());
        }
        known.insert(id.clone(), Known { at: now, integration: integration.clone() });
        Ok(integration)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IntegrationId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_ours_is_told_from_one_that_was_guessed() {
        let ours = new_integration_id("0").unwrap();
        assert_eq!(ours.as_str().len(), PREFIX.len() + NAME_DIGITS + CHECK_DIGITS);
        assert!(can_be(&ours));
        let mut other = ours.as_str().to_owned();
        let last = other.pop().unwrap();
        other.push(if last == '0' { '1' } else { '0' });
        for wrong in [other.as_str(), "int-5c1d2e018ce2f9031a2b", "int-", "none", &ours.as_str()[4..]] {
            assert!(!can_be(&IntegrationId::new(wrong).unwrap()), "{wrong}");
        }
    }
}
