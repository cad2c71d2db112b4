//! What providers told, remembered by the version that wrote it: messages of one conversation follow each other, and none
//! of them changes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use transfer_domain::{Conversation, ProviderFacts, Session, TransferId};
use transfer_store::{Store, StoreError};

/// How many conversations are remembered; beyond them, all are forgotten.
const KEPT: usize = 256;

/// Facts with the version that wrote them.
type Known = HashMap<TransferId, (u64, ProviderFacts)>;

/// What providers told before.
#[derive(Debug, Clone, Default)]
pub(super) struct ToldBefore(Arc<Mutex<Known>>);

impl ToldBefore {
    /// A session with what its provider told.
    pub(super) async fn conversation(&self, store: &Store, session: Session) -> Result<Conversation, StoreError> {
        if session.facts_version == 0 {
            return Ok(Conversation::untold(session));
        }
        let id = session.transfer_id();
        let known = self.lock().get(&id).filter(|(version, _)| *version == session.facts_version).cloned();
        if let Some((_, facts)) = known {
            return Ok(Conversation { session, facts });
        }
        let facts = store.facts_of(&session).await?;
        let mut all = self.lock();
        if all.len() >= KEPT {
            all.clear();
        }
        all.insert(id, (session.facts_version, facts.clone()));
        Ok(Conversation { session, facts })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
