//! What a use case works with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use transfer_domain::{Clock, Ids, Redacted, SensitiveKind};
use transfer_providers::HostPolicy;
use transfer_store::Store;

use crate::{CallLimit, Directory, Metric, Metrics, Secrets, Throttle};

/// The parts that every use case shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    /// The table.
    pub store: Store,
    /// Settings and integrations.
    pub directory: Directory,
    /// Integration secrets.
    pub secrets: Arc<dyn Secrets>,
    /// How many callbacks of one address an integration takes.
    pub callbacks: Throttle,
    /// Where contact centres may stand.
    pub host_policy: HostPolicy,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// Where measurements go; nowhere, unless [`Self::measured`].
    pub metrics: Metrics,
}

impl Service {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        secrets: Arc<dyn Secrets>,
        callback_limit: CallLimit,
        host_policy: HostPolicy,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let directory = Directory::new(store.clone(), Arc::clone(&clock));
        let (callbacks, metrics) = (Throttle::new(callback_limit), Metrics::default());
        Self { store, directory, secrets, callbacks, host_policy, clock, ids, metrics }
    }

    /// The same parts, keeping what they measure.
    #[must_use]
    pub fn measured(self) -> Self {
        let (store, meter) = self.store.metered();
        let directory = Directory::new(store.clone(), Arc::clone(&self.clock));
        Self { store, directory, metrics: Metrics::collecting(meter), ..self }
    }

    /// Counts what of texts was replaced. Patterns of projects are one kind: their names are the projects' own.
    pub(crate) fn count_redacted(&self, redacted: &Redacted) {
        for (name, count) in redacted.iter() {
            let kind = SensitiveKind::ALL.iter().map(|kind| kind.as_str()).find(|kind| *kind == name);
            let held = (name == Redacted::HELD_BACK).then_some(Redacted::HELD_BACK);
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            self.metrics.record(Metric::Redacted { kind: kind.or(held).unwrap_or("pattern"), count });
        }
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
