//! A project's place for an integration of one provider, and how an integration comes into it and leaves it.
//!
//! The secrets stand elsewhere, and nothing is written in both at once. So a new version of them is written beside the
//! one in use, and the integration, written after it, names the version: whoever reads it has secrets that fit, however
//! far the writing came. The first version is written for an integration that is prepared, and the last is removed while
//! it is being removed, so that what broke off can be taken up by whoever comes next. A new integration has an id that
//! none had before: what still works on an old one cannot hurt it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{Hears, Integration, ProjectId, SecretsInUse, Timers};
use transfer_providers::{Inbound, SecretHalves};
use transfer_store::{PutIntegration, Stage};

use super::IntegrationError;
use crate::{Failure, Fault, SecretError, Service, new_integration_id};

/// Where a project's integration of a provider stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) service: &'a Service,
    pub(crate) adapter: &'a dyn Inbound,
    pub(crate) project: &'a ProjectId,
}

/// What an integration is to hold.
pub(crate) struct Contents {
    pub(crate) settings: Map<String, Value>,
    pub(crate) partner_source: Option<String>,
    pub(crate) targets: Vec<String>,
    pub(crate) hears: Hears,
    pub(crate) timers: Timers,
    pub(crate) at: DateTime<Utc>,
}

impl Place<'_> {
    /// Stores an integration in place of `before`, with these secrets; without any it keeps those that it has.
    pub(crate) async fn store(
        self,
        before: Option<Integration>,
        contents: Contents,
        halves: Option<&SecretHalves>,
    ) -> Result<Integration, IntegrationError> {
        self.check_partner_source(contents.partner_source.as_deref()).await?;
        let (stage, base) = match before {
            Some(before) => (Stage::Live, before),
            None => (Stage::Preparing, self.prepare(contents.at).await?),
        };
        let mut integration = Integration {
            settings: contents.settings,
            partner_source: contents.partner_source,
            targets: contents.targets,
            hears: contents.hears,
            timers: contents.timers,
            created_at: if stage == Stage::Live { base.created_at } else { contents.at },
            updated_at: contents.at,
            ..base
        };
        if let Some(halves) = halves {
            integration.secrets = integration.secrets.followed_by(self.new_name(contents.at));
            self.write_secrets(stage, &integration, halves).await?;
        }
        match self.service.store.put_integration(&integration, Some(integration.version)).await? {
            PutIntegration::Stored { version } => Ok(Integration { version, ..integration }),
            PutIntegration::Stale | PutIntegration::IdTaken => Err(self.overtaken(&integration).await?),
            PutIntegration::PartnerSourceTaken => {
                if stage == Stage::Preparing {
                    self.clear(Some(Stage::Preparing)).await?;
                }
                Err(partner_source_taken())
            }
        }
    }

    /// Removes what there is, in whatever stage or `only` in one. Tells whether there was an integration.
    pub(crate) async fn clear(self, only: Option<Stage>) -> Result<bool, IntegrationError> {
        let begun = self.service.store.begin_removal(self.project, self.adapter.provider(), only).await?;
        let Some((stage, integration)) = begun else { return Ok(false) };
        self.remove_secrets(&integration).await?;
        self.service.store.finish_removal(&integration).await?;
        Ok(stage != Stage::Preparing)
    }

    /// Takes the place for a new integration, or goes on with one that was prepared before.
    async fn prepare(self, now: DateTime<Utc>) -> Result<Integration, IntegrationError> {
        let provider = self.adapter.provider();
        match self.service.store.integration_in_any_stage(self.project, provider).await? {
            None => {}
            Some((Stage::Preparing, prepared)) => return Ok(prepared),
            Some((Stage::Live, _)) => return Err(IntegrationError::Stale),
            Some((Stage::Removing, _)) => drop(self.clear(Some(Stage::Removing)).await?),
        }
        let new = Integration {
            project_id: self.project.clone(),
            integration_id: new_integration_id(&self.new_name(now)).map_err(Failure::from)?,
            provider,
            settings: Map::new(),
            partner_source: None,
            targets: Vec::new(),
            hears: Hears::default(),
            timers: Timers::default(),
            created_at: now,
            updated_at: now,
            // Versions rise also from one integration to the next, so that no old ETag fits a new one.
            version: u64::try_from(now.timestamp_millis()).unwrap_or_default(),
            secrets: SecretsInUse::default(),
        };
        match self.service.store.prepare_integration(&new).await? {
            (Stage::Preparing, prepared) => Ok(prepared),
            (Stage::Live | Stage::Removing, _) => Err(IntegrationError::Stale),
        }
    }

    async fn write_secrets(
        self,
        stage: Stage,
        integration: &Integration,
        halves: &SecretHalves,
    ) -> Result<(), IntegrationError> {
        match self.service.secrets.write(stage, integration, halves).await {
            Ok(()) => Ok(()),
            Err(SecretError::Gone) => Err(self.overtaken(integration).await?),
            Err(error @ (SecretError::Unavailable(_) | SecretError::Corrupt)) => Err(error.into()),
        }
    }

    /// Somebody else was faster. If the integration is gone, so must be what was written for it.
    async fn overtaken(self, integration: &Integration) -> Result<IntegrationError, IntegrationError> {
        let there = self.service.store.integration_in_any_stage(self.project, self.adapter.provider()).await?;
        let lives = |(stage, there): (Stage, Integration)| {
            stage != Stage::Removing && there.integration_id == integration.integration_id
        };
        if !there.is_some_and(lives) {
            self.remove_secrets(integration).await?;
        }
        Ok(IntegrationError::Stale)
    }

    async fn remove_secrets(self, integration: &Integration) -> Result<(), IntegrationError> {
        Ok(self.service.secrets.delete(self.project, &integration.integration_id).await?)
    }

    /// Refused here, before anything is written; the write that stores the integration holds it for good.
    async fn check_partner_source(self, source: Option<&str>) -> Result<(), IntegrationError> {
        let Some(source) = source else { return Ok(()) };
        let owner = self.service.store.integration_by_partner_source(source).await?;
        let is_ours =
            |owner: &Integration| owner.project_id == *self.project && owner.provider == self.adapter.provider();
        if owner.as_ref().is_none_or(is_ours) { Ok(()) } else { Err(partner_source_taken()) }
    }

    /// A name that was never used: of the time and of chance.
    fn new_name(self, now: DateTime<Utc>) -> String {
        self.service.ids.transfer_id(now).to_string()
    }
}

fn partner_source_taken() -> IntegrationError {
    IntegrationError::Invalid(vec![Fault::new("/settings/partnerSource", "belongs to another integration")])
}
