//! What providers told, remembered by the version that wrote it: messages of one conversation follow each other, and
//! hardly any of them changes it.

use transfer_domain::{Conversation, ProviderFacts, Session};
use transfer_store::{Store, StoreError};

use super::remembered::Remembered;

/// Facts with the version that wrote them.
#[derive(Debug, Clone, Default)]
pub(super) struct ToldBefore(Remembered<(u64, ProviderFacts)>);

impl ToldBefore {
    /// A session with what its provider told; `None` if that is removed already.
    pub(super) async fn conversation(
        &self,
        store: &Store,
        session: Session,
    ) -> Result<Option<Conversation>, StoreError> {
        let id = session.transfer_id();
        if let Some((_, facts)) = self.0.get(id).filter(|(version, _)| *version == session.facts_version) {
            return Ok(Some(Conversation { session, facts }));
        }
        let Some(facts) = store.facts_of(&session).await? else { return Ok(None) };
        self.0.put(id, (session.facts_version, facts.clone()));
        Ok(Some(Conversation { session, facts }))
    }
}
