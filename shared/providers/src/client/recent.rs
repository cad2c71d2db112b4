//! Answers that hold for many sessions: asked for once in a while for each integration, whoever wants them.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::Mutex;
use transfer_domain::{Integration, IntegrationId, ProjectId};

use crate::{CallError, Connection};

/// More integrations than this in one process are forgotten rather than remembered.
const MAX_INTEGRATIONS: usize = 1024;

/// What each version of an integration was told last, and when.
#[derive(Debug, Default)]
pub(super) struct Recents(StdMutex<HashMap<(ProjectId, IntegrationId), Slot>>);

/// An answer and when it was told; `None` while none was.
type Told = Arc<Mutex<Option<(DateTime<Utc>, Arc<Value>)>>>;

#[derive(Debug, Clone)]
struct Slot {
    /// Which writing of the integration: one that was made anew begins with its old versions again.
    written: (DateTime<Utc>, u64),
    answer: Told,
}

impl Connection<'_> {
    /// What was told less than `age` ago, else what `ask` is told now. Asks once at a time for each integration; a
    /// failure is not remembered.
    pub(crate) async fn recent(
        &self,
        age: TimeDelta,
        ask: impl Future<Output = Result<Value, CallError>> + Send,
    ) -> Result<Arc<Value>, CallError> {
        let now = self.now();
        let slot = self.client.inner.recents.slot(self.integration);
        let mut held = slot.lock().await;
        if let Some((at, answer)) = held.as_ref()
            && now - *at < age
        {
            return Ok(Arc::clone(answer));
        }
        let answer = Arc::new(ask.await?);
        *held = Some((now, Arc::clone(&answer)));
        Ok(answer)
    }
}

impl Recents {
    fn slot(&self, integration: &Integration) -> Told {
        let key = (integration.project_id.clone(), integration.integration_id.clone());
        let written = (integration.created_at, integration.version);
        let fresh = || Slot { written, answer: Arc::default() };
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_INTEGRATIONS && !slots.contains_key(&key) {
            slots.clear();
        }
        let slot = slots.entry(key).or_insert_with(fresh);
        if slot.written != written {
            *slot = fresh();
        }
        Arc::clone(&slot.answer)
    }
}
