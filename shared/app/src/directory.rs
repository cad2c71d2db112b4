//! Settings, integrations and event endpoints of projects, cached in memory for a minute at most.

use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use transfer_domain::{
    Clock, EndpointHealth, EndpointId, EventEndpoint, Integration, IntegrationId, ProjectId, Provider, Redactor,
    TransferSettings,
};
use transfer_store::{Store, StoreError};

use crate::Cache;
use crate::addressed::Addressed;

/// How long an answer is used without asking again.
const CACHED: TimeDelta = TimeDelta::minutes(1);

/// As [`CACHED`], of event endpoints: who has just made one waits for the next event, and it is not sent later.
const ENDPOINTS_CACHED: TimeDelta = TimeDelta::seconds(5);

/// A project's settings, and what is made of them.
#[derive(Debug)]
struct Known {
    settings: Arc<TransferSettings>,
    redactor: OnceLock<Arc<Redactor>>,
}

/// What projects have configured. What is absent is not cached: a new integration works at once. The ids of callbacks
/// are the exception, because no new integration has an id that was asked for before.
#[derive(Debug, Clone)]
pub struct Directory {
    store: Store,
    clock: Arc<dyn Clock>,
    settings: Cache<ProjectId, Arc<Known>>,
    by_provider: Cache<(ProjectId, Provider), Arc<Integration>>,
    providers: Cache<ProjectId, Arc<Vec<Provider>>>,
    addressed: Addressed,
    by_partner_source: Cache<String, Arc<Integration>>,
    endpoints: Cache<ProjectId, Arc<Vec<EventEndpoint>>>,
    endpoint_health: Cache<(ProjectId, EndpointId), Arc<EndpointHealth>>,
}

impl Directory {
    /// A directory over the store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            addressed: Addressed::new(store.clone(), Arc::clone(&clock)),
            store,
            clock,
            settings: Cache::default(),
            by_provider: Cache::default(),
            providers: Cache::default(),
            by_partner_source: Cache::default(),
            endpoints: Cache::default(),
            endpoint_health: Cache::default(),
        }
    }

    /// A project's settings; the defaults if it never set any.
    pub async fn settings(&self, project: &ProjectId) -> Result<Arc<TransferSettings>, StoreError> {
        Ok(Arc::clone(&self.known(project).await?.settings))
    }

    /// A project's rules of redaction; `None` if it has none. They are made ready when they are asked for first.
    pub async fn redactor(&self, project: &ProjectId) -> Result<Option<Arc<Redactor>>, StoreError> {
        let known = self.known(project).await?;
        let redaction = &known.settings.redaction;
        let made = || Arc::new(Redactor::of(redaction));
        Ok((!redaction.is_off()).then(|| Arc::clone(known.redactor.get_or_init(made))))
    }

    async fn known(&self, project: &ProjectId) -> Result<Arc<Known>, StoreError> {
        let now = self.clock.now();
        if let Some(known) = self.settings.get(project, now) {
            return Ok(known);
        }
        let settings = Arc::new(self.store.settings(project).await?.value);
        let known = Arc::new(Known { settings, redactor: OnceLock::new() });
        self.settings.put(project.clone(), Arc::clone(&known), now, CACHED);
        Ok(known)
    }

    /// A project's integration of a provider.
    pub async fn integration(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<Arc<Integration>>, StoreError> {
        let key = (project.clone(), provider);
        self.read(&self.by_provider, key, self.store.integration(project, provider)).await
    }

    /// The providers that a project has integrations of; what was configured within the last minute may be missing.
    pub async fn providers(&self, project: &ProjectId) -> Result<Arc<Vec<Provider>>, StoreError> {
        let now = self.clock.now();
        if let Some(providers) = self.providers.get(project, now) {
            return Ok(providers);
        }
        let integrations = self.store.integrations(project).await?;
        let providers = Arc::new(integrations.iter().map(|integration| integration.provider).collect());
        self.providers.put(project.clone(), Arc::clone(&providers), now, CACHED);
        Ok(providers)
    }

    /// The integration of a webhook URL, as far as is known.
    pub async fn integration_by_id(&self, id: &IntegrationId) -> Result<Option<Arc<Integration>>, StoreError> {
        self.addressed.find(id).await
    }

    /// The integration of a webhook URL as it stands now, if it is another one than [`Self::integration_by_id`] told. To
    /// be asked before a request is refused: the table is read at most once in some seconds, whoever calls.
    pub async fn changed_integration_by_id(&self, id: &IntegrationId) -> Result<Option<Arc<Integration>>, StoreError> {
        self.addressed.find_changed(id).await
    }

    /// The integration that the events of a partner event source belong to.
    pub async fn integration_by_partner_source(&self, source: &str) -> Result<Option<Arc<Integration>>, StoreError> {
        let read = self.store.integration_by_partner_source(source);
        self.read(&self.by_partner_source, source.to_owned(), read).await
    }

    /// A project's event endpoints.
    pub async fn endpoints(&self, project: &ProjectId) -> Result<Arc<Vec<EventEndpoint>>, StoreError> {
        let now = self.clock.now();
        if let Some(endpoints) = self.endpoints.get(project, now) {
            return Ok(endpoints);
        }
        // One that cannot be read gets nothing: nobody else's events wait for it.
        let readable = |read: Result<EventEndpoint, StoreError>| {
            read.inspect_err(|error| tracing::error!(project.id = %project, %error, "an event endpoint gets nothing"))
                .ok()
        };
        let endpoints = self.store.each_endpoint(project).await?;
        let endpoints = Arc::new(endpoints.into_iter().filter_map(readable).collect());
        self.endpoints.put(project.clone(), Arc::clone(&endpoints), now, ENDPOINTS_CACHED);
        Ok(endpoints)
    }

    /// How an event endpoint answers.
    pub async fn endpoint_health(
        &self,
        project: &ProjectId,
        id: &EndpointId,
    ) -> Result<Arc<EndpointHealth>, StoreError> {
        let read = async { self.store.endpoint_health(project, id).await.map(Some) };
        let key = (project.clone(), id.clone());
        let health = self.read(&self.endpoint_health, key, read).await?;
        Ok(health.unwrap_or_default())
    }

    /// What is kept, or else what is read, if there is something.
    async fn read<K: Hash + Eq, V>(
        &self,
        kept: &Cache<K, Arc<V>>,
        key: K,
        read: impl Future<Output = Result<Option<V>, StoreError>>,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let now = self.clock.now();
        if let Some(value) = kept.get(&key, now) {
            return Ok(Some(value));
        }
        let value = read.await?.map(Arc::new);
        if let Some(value) = &value {
            kept.put(key, Arc::clone(value), now, CACHED);
        }
        Ok(value)
    }

    /// Forgets event endpoints and how they answer, because something about them changed.
    pub fn forget_endpoints(&self) {
        self.endpoints.clear();
        self.endpoint_health.clear();
    }

    /// Forgets everything, so that a change made in this process is seen at once.
    pub fn forget(&self) {
        self.settings.clear();
        self.by_provider.clear();
        self.providers.clear();
        self.addressed.forget();
        self.by_partner_source.clear();
        self.forget_endpoints();
    }
}
