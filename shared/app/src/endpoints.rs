//! A project's event endpoints: where it gets its events by webhook.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use transfer_domain::{
    DETAIL_TYPES, EndpointHealth, EndpointId, EndpointState, EventEndpoint, MAX_ENDPOINTS, ProjectId, SecretsInUse,
};
use transfer_providers::{event_url, is_signing_secret, signing_secret};
use transfer_store::Put;

use crate::failure::Faults;
use crate::{Failure, Fault, SecretError, Service};

/// What an endpoint is to be.
#[derive(Debug)]
pub struct Wanted {
    /// Where events are sent.
    pub url: String,
    /// The detail types that it gets; all if there are none.
    pub event_types: Vec<String>,
    /// Whether it gets any.
    pub enabled: bool,
    /// The caller's own secret; else we make one.
    pub secret: Option<SecretString>,
    /// Makes a new secret beside the old one, which stays valid.
    pub rotate: bool,
    /// Lets the old secret go.
    pub retire_old: bool,
}

/// An endpoint, and how it answers.
#[derive(Debug)]
pub struct Shown {
    /// The endpoint.
    pub endpoint: EventEndpoint,
    /// How it answers.
    pub health: EndpointHealth,
}

/// What became of storing an endpoint.
#[derive(Debug)]
pub struct Stored {
    /// As it stands now.
    pub shown: Shown,
    /// Its secret, if it was just made or given.
    pub secret: Option<SecretString>,
    /// Whether there was none of its name.
    pub is_new: bool,
}

/// Why an endpoint was not stored or shown.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// There is none of this name.
    #[error("there is no such endpoint")]
    NotFound,
    /// It has another version than expected.
    #[error("the endpoint has another version")]
    Stale,
    /// Fields break rules.
    #[error("fields break rules")]
    Invalid(Vec<Fault>),
    /// Something that was needed failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<transfer_store::StoreError> for EndpointError {
    fn from(error: transfer_store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SecretError> for EndpointError {
    fn from(error: SecretError) -> Self {
        Self::Failed(error.into())
    }
}

/// All endpoints of a project.
pub async fn list(service: &Service, project: &ProjectId) -> Result<Vec<Shown>, EndpointError> {
    let mut shown = Vec::new();
    for endpoint in service.store.endpoints(project).await? {
        let health = service.store.endpoint_health(project, &endpoint.endpoint_id).await?;
        shown.push(Shown { endpoint, health });
    }
    Ok(shown)
}

/// One of them.
pub async fn get(service: &Service, project: &ProjectId, id: &EndpointId) -> Result<Shown, EndpointError> {
    let endpoint = service.store.endpoint(project, id).await?.ok_or(EndpointError::NotFound)?;
    let health = service.store.endpoint_health(project, id).await?;
    Ok(Shown { endpoint, health })
}

/// Creates or replaces an endpoint; its secrets stay, unless others are wanted. `expected`: the version that it must have.
pub async fn put(
    service: &Service,
    project: &ProjectId,
    id: &EndpointId,
    wanted: Wanted,
    expected: Option<u64>,
) -> Result<Stored, EndpointError> {
    let now = service.now();
    let before = service.store.endpoint(project, id).await?;
    if expected.is_some_and(|expected| before.as_ref().map_or(0, |before| before.version) != expected) {
        return Err(EndpointError::Stale);
    }
    check(service, project, &wanted, before.is_none()).await?;
    let old = match &before {
        Some(before) => service.secrets.signing(before).await?,
        None => Vec::new(),
    };
    let Secrets { all, shown } = secrets(service, &wanted, old)?;
    let state = if wanted.enabled { EndpointState::On } else { EndpointState::Off };
    let in_use = before.as_ref().map_or_else(SecretsInUse::default, |before| before.secrets.clone());
    let mut endpoint = EventEndpoint {
        project_id: project.clone(),
        endpoint_id: id.clone(),
        url: wanted.url,
        event_types: wanted.event_types,
        state,
        secrets: in_use,
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
        version: version_after(before.as_ref(), now),
    };
    if let Some(all) = &all {
        endpoint.secrets = endpoint.secrets.followed_by(service.ids.transfer_id(now).to_string());
        service.secrets.write_signing(&endpoint, all).await?;
    }
    // Before it is on: with what it failed by before, its first failure would switch it off again.
    if wanted.enabled && before.as_ref().is_some_and(|before| before.state != state) {
        service.store.endpoint_answers(project, id).await?;
    }
    match service.store.put_endpoint(&endpoint, before.as_ref().map(|before| before.version)).await? {
        Put::Stored { .. } => {}
        Put::Stale => return Err(EndpointError::Stale),
    }
    service.directory.forget_endpoints();
    let health = service.store.endpoint_health(project, id).await?;
    Ok(Stored { shown: Shown { endpoint, health }, secret: shown, is_new: before.is_none() })
}

/// Removes an endpoint. None is a success.
pub async fn delete(service: &Service, project: &ProjectId, id: &EndpointId) -> Result<(), EndpointError> {
    service.store.delete_endpoint(project, id).await?;
    service.directory.forget_endpoints();
    Ok(service.secrets.delete_signing(project, id).await?)
}

/// Versions rise also from one endpoint to the next of its name, so that no old `ETag` fits a new one.
fn version_after(before: Option<&EventEndpoint>, now: DateTime<Utc>) -> u64 {
    let first = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    before.map_or(first, |before| before.version.saturating_add(1))
}

async fn check(service: &Service, project: &ProjectId, wanted: &Wanted, is_new: bool) -> Result<(), EndpointError> {
    let mut faults = Faults::default();
    if let Err(rule) = event_url(&wanted.url, service.host_policy) {
        faults.rule(false, "/url", &rule);
    }
    let few = wanted.event_types.len() <= DETAIL_TYPES.len();
    faults.rule(few, "/eventTypes", &format!("must be at most {} types", DETAIL_TYPES.len()));
    for (index, kind) in wanted.event_types.iter().enumerate().take(DETAIL_TYPES.len()) {
        let known = DETAIL_TYPES.contains(&kind.as_str());
        faults.rule(known, &format!("/eventTypes/{index}"), &format!("must be one of {}", DETAIL_TYPES.join(", ")));
    }
    if let Some(secret) = &wanted.secret {
        faults.rule(is_signing_secret(secret), "/secret", "must be whsec_ and the base64 of 24 to 64 bytes");
    }
    let both = wanted.retire_old && (wanted.rotate || wanted.secret.is_some());
    faults.rule(!both, "/retireOldSecret", "cannot stand beside a new secret");
    let many = is_new && service.store.endpoints(project).await?.len() >= MAX_ENDPOINTS;
    faults.rule(!many, "", &format!("a project has at most {MAX_ENDPOINTS} endpoints"));
    faults.finish().map_err(EndpointError::Invalid)
}

struct Secrets {
    /// All that are valid from now on, newest first; `None` = as before.
    all: Option<Vec<SecretString>>,
    /// The one that is shown, once.
    shown: Option<SecretString>,
}

fn secrets(service: &Service, wanted: &Wanted, old: Vec<SecretString>) -> Result<Secrets, EndpointError> {
    let new = match &wanted.secret {
        // One that keeps its secret itself says it with each start: the newest is no new one.
        Some(own) if old.first().is_some_and(|newest| newest.expose_secret() == own.expose_secret()) => None,
        Some(own) => Some(own.clone()),
        None if wanted.rotate || old.is_empty() => Some(signing_secret(&service.ids.secret())),
        None => None,
    };
    match new {
        Some(new) => {
            let two = vec![Fault::new(
                "/rotateSecret",
                "two secrets are valid already: let the old one go (retireOldSecret)",
            )];
            if old.len() >= 2 {
                return Err(EndpointError::Invalid(two));
            }
            let all = std::iter::once(new.clone()).chain(old).collect();
            Ok(Secrets { all: Some(all), shown: Some(new) })
        }
        None if wanted.retire_old && old.len() > 1 => {
            Ok(Secrets { all: Some(old.into_iter().take(1).collect()), shown: None })
        }
        None => Ok(Secrets { all: None, shown: None }),
    }
}
