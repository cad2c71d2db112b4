//! What providers told, remembered by the version that wrote it: messages of one conversation follow each other, and
//! hardly any of them changes it.

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
    /// A session with what its provider told; `None` if that is removed already.
    pub(super) async fn conversation(
        &self,
        store: &Store,
        session: Session,
    ) -> Result<Option<Conversation>, StoreError> {
        let id = session.transfer_id();
        let known = self.lock().get(&id).filter(|(version, _)| *version == session.facts_version).cloned();
        if let Some((_, facts)) = known {
            return Ok(Some(Conversation { session, facts }));
        }
        let Some(facts) = store.facts_of(&session).await? else { return Ok(None) };
        let mut all = self.lock();
        if all.len() >= KEPT {
            all.clear();
        }
        all.insert(id, (session.facts_version, facts.clone()));
        Ok(Some(Conversation { session, facts }))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
