//! A project's integrations, and the two ways a webhook or bus event finds its own.
//!
//! Each integration stands whole in up to three rows, written in one transaction, so that every way to it is one
//! read: in its project, under its id, and under its partner event source.

use serde_dynamo::Item;
use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};

use crate::call::Condition;
use crate::keys::{INTEGRATIONS, Key, attribute, project_partition};
use crate::retry::Backoff;
use crate::rows::{Row, bare, number, take_json, text, value, with_json};
use crate::transaction::{Refused, Transaction};
use crate::{RowType, Store, StoreError};

/// What became of writing an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIntegration {
    /// It is written.
    Stored {
        /// The version that it has now.
        version: u64,
    },
    /// What is stored has another version than the expected one.
    Stale,
    /// The partner event source belongs to another integration.
    PartnerSourceTaken,
    /// The integration id belongs to another integration.
    IdTaken,
}

/// What a part of the transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Record,
    Id,
    PartnerSource,
    Released,
}

const PROJECT: &str = "projectId";
const PROVIDER: &str = "provider";

impl Store {
    /// A project's integration of a provider.
    pub async fn integration(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<Integration>, StoreError> {
        self.integration_at(&Key::integration(project, provider)).await
    }

    /// The integration of an id, of whatever project.
    pub async fn integration_by_id(&self, id: &IntegrationId) -> Result<Option<Integration>, StoreError> {
        self.integration_at(&Key::integration_by_id(id)).await
    }

    /// The integration that a partner event source belongs to, of whatever project.
    pub async fn integration_by_partner_source(&self, source: &str) -> Result<Option<Integration>, StoreError> {
        self.integration_at(&Key::integration_by_partner_source(source)).await
    }

    /// All integrations of a project.
    pub async fn integrations(&self, project: &ProjectId) -> Result<Vec<Integration>, StoreError> {
        let rows = self.query_prefix(&project_partition(project), INTEGRATIONS).await?;
        rows.into_iter().map(integration_of).collect()
    }

    async fn integration_at(&self, key: &Key) -> Result<Option<Integration>, StoreError> {
        self.get(key).await?.map(integration_of).transpose()
    }

    /// Writes an integration if the version stored is `expected` (0 = none is stored; `None` = whatever it is). The
    /// store gives the new version; the one in `integration` is not looked at.
    pub async fn put_integration(
        &self,
        integration: &Integration,
        expected: Option<u64>,
    ) -> Result<PutIntegration, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            let stored = self.integration(&integration.project_id, integration.provider).await?;
            let version = stored.as_ref().map_or(0, |stored| stored.version);
            if expected.is_some_and(|expected| expected != version) {
                return Ok(PutIntegration::Stale);
            }
            let new = Integration { version: version + 1, ..integration.clone() };
            match self.replace_integration(stored.as_ref(), &new).await? {
                PutIntegration::Stale if expected.is_none() && backoff.pause(&*self.ids).await => {}
                PutIntegration::Stale if expected.is_none() => return Err(StoreError::unavailable()),
                outcome @ (PutIntegration::Stored { .. }
                | PutIntegration::Stale
                | PutIntegration::PartnerSourceTaken
                | PutIntegration::IdTaken) => return Ok(outcome),
            }
        }
    }

    async fn replace_integration(
        &self,
        stored: Option<&Integration>,
        new: &Integration,
    ) -> Result<PutIntegration, StoreError> {
        let mut parts = Transaction::new(self);
        let record = row_of(Key::integration(&new.project_id, new.provider), RowType::Integration, new)?;
        parts.put_if(Role::Record, record, &unchanged(stored))?;
        let mine = belongs_to(new);
        let by_id = row_of(Key::integration_by_id(&new.integration_id), RowType::IntegrationLookup, new)?;
        parts.put_if(Role::Id, by_id, &mine)?;
        if let Some(source) = &new.partner_source {
            let key = Key::integration_by_partner_source(source);
            parts.put_if(Role::PartnerSource, row_of(key, RowType::IntegrationLookup, new)?, &mine)?;
        }
        for key in stored.into_iter().flat_map(lookups).filter(|key| !lookups(new).contains(key)) {
            parts.delete_if(Role::Released, &key, &mine)?;
        }
        match parts.run(self, None).await?.settled()? {
            None => Ok(PutIntegration::Stored { version: new.version }),
            Some(refused) => judge(refused, new),
        }
    }

    /// Removes an integration and gives what it was; `None` if there was none.
    pub async fn delete_integration(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<Integration>, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            let Some(stored) = self.integration(project, provider).await? else { return Ok(None) };
            let mut parts = Transaction::new(self);
            parts.delete_if(Role::Record, &Key::integration(project, provider), &unchanged(Some(&stored)))?;
            for key in lookups(&stored) {
                parts.delete_if(Role::Released, &key, &belongs_to(&stored))?;
            }
            match parts.run(self, None).await?.settled()? {
                None => return Ok(Some(stored)),
                Some(_) if backoff.pause(&*self.ids).await => {}
                Some(_) => return Err(StoreError::unavailable()),
            }
        }
    }
}

fn judge(refused: Refused<Role>, new: &Integration) -> Result<PutIntegration, StoreError> {
    let mut outcome = PutIntegration::Stale;
    for (role, row) in refused {
        match (role, row) {
            (Role::Record, Some(row)) => {
                // An earlier try succeeded and its answer was lost.
                let ours = integration_of(row)? == *new;
                return Ok(if ours { PutIntegration::Stored { version: new.version } } else { PutIntegration::Stale });
            }
            (Role::Record, None) => return Ok(PutIntegration::Stale),
            (Role::Id, _) => outcome = PutIntegration::IdTaken,
            (Role::PartnerSource, _) => outcome = PutIntegration::PartnerSourceTaken,
            (Role::Released, _) => {}
        }
    }
    Ok(outcome)
}

/// The record is still what was read.
fn unchanged(stored: Option<&Integration>) -> Condition {
    match stored {
        Some(stored) => Condition::new("#version = :stored", [(":stored", number(stored.version))]),
        None => Condition::absent(),
    }
}

/// A lookup row is free or leads to this integration.
fn belongs_to(integration: &Integration) -> Condition {
    Condition::new(
        "attribute_not_exists(#pk) OR (#projectId = :project AND #provider = :provider)",
        [(":project", text(integration.project_id.as_str())), (":provider", text(integration.provider.as_str()))],
    )
}

fn lookups(integration: &Integration) -> Vec<Key> {
    let by_source = integration.partner_source.as_deref().map(Key::integration_by_partner_source);
    std::iter::once(Key::integration_by_id(&integration.integration_id)).chain(by_source).collect()
}

fn row_of(key: Key, kind: RowType, integration: &Integration) -> Result<Row, StoreError> {
    let mut row = bare(key, kind);
    row.insert(PROJECT.to_owned(), text(integration.project_id.as_str()));
    row.insert(PROVIDER.to_owned(), text(integration.provider.as_str()));
    row.insert(attribute::VERSION.to_owned(), number(integration.version));
    with_json(row, value::INTEGRATION, integration)
}

fn integration_of(mut row: Item) -> Result<Integration, StoreError> {
    take_json(&mut row, value::INTEGRATION)
}
