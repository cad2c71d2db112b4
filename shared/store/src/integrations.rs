//! A project's integrations, and the two ways a webhook or bus event finds its own.
//!
//! Each integration stands whole in up to three rows, written in one transaction, so that every way to it is one
//! read: in its project, under its id, and under its partner event source.
//!
//! Its secrets stand elsewhere. The row in the project is there before the first of them is written and until the last
//! of them is removed, and names whose they are: so none is ever left that nobody knows of. Before and after its life
//! the row has a [`Stage`], counts as no integration, and no other row leads to it.

use serde_dynamo::{AttributeValue, Item};
use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};

use crate::call::{Condition, Written};
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

/// Where an integration stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Secrets may be written; it is none yet.
    Preparing,
    /// It is one.
    Live,
    /// Secrets may be left; it is none any more.
    Removing,
}

impl Stage {
    const PREPARING: &str = "preparing";
    const REMOVING: &str = "removing";

    fn word(self) -> Option<&'static str> {
        match self {
            Self::Preparing => Some(Self::PREPARING),
            Self::Live => None,
            Self::Removing => Some(Self::REMOVING),
        }
    }
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

    /// What there is of a project's integration of a provider, also before and after its life.
    pub async fn integration_in_any_stage(
        &self,
        project: &ProjectId,
        provider: Provider,
    ) -> Result<Option<(Stage, Integration)>, StoreError> {
        self.get(&Key::integration(project, provider)).await?.map(staged_of).transpose()
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
        let live = rows.into_iter().map(live_of).filter_map(Result::transpose);
        live.collect()
    }

    async fn integration_at(&self, key: &Key) -> Result<Option<Integration>, StoreError> {
        Ok(self.get(key).await?.map(live_of).transpose()?.flatten())
    }

    /// Notes that secrets of an integration are about to be written, and gives what stands there now: this, or what
    /// somebody else noted or wrote first.
    pub async fn prepare_integration(&self, integration: &Integration) -> Result<(Stage, Integration), StoreError> {
        let key = Key::integration(&integration.project_id, integration.provider);
        let row = staged_row(key, Stage::Preparing, integration)?;
        match self.put_if(&row, &Condition::absent()).await? {
            Written::Done => Ok((Stage::Preparing, integration.clone())),
            Written::Refused(Some(row)) => staged_of(row),
            Written::Refused(None) => Err(StoreError::unavailable()),
        }
    }

    /// Writes an integration if the version stored is `expected` (0 = none is stored; `None` = whatever it is), which
    /// may also be that of one that was prepared. The store gives the new version; the one in `integration` is not
    /// looked at.
    pub async fn put_integration(
        &self,
        integration: &Integration,
        expected: Option<u64>,
    ) -> Result<PutIntegration, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            let stored = self.integration_in_any_stage(&integration.project_id, integration.provider).await?;
            let version = stored.as_ref().map_or(0, |(_, stored)| stored.version);
            let removing = stored.as_ref().is_some_and(|(stage, _)| *stage == Stage::Removing);
            if removing || expected.is_some_and(|expected| expected != version) {
                return Ok(PutIntegration::Stale);
            }
            let stored = stored.map(|(_, stored)| stored);
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

    /// Ends the life of an integration: from now on nobody finds it. Gives it with the stage that it was in, also when
    /// its removal had begun before; `None` if there is nothing, or not in the stage that it must be in to be removed.
    /// Its secrets are to be removed next.
    pub async fn begin_removal(
        &self,
        project: &ProjectId,
        provider: Provider,
        only: Option<Stage>,
    ) -> Result<Option<(Stage, Integration)>, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            let Some((stage, stored)) = self.integration_in_any_stage(project, provider).await? else {
                return Ok(None);
            };
            if only.is_some_and(|only| only != stage) {
                return Ok(None);
            }
            if stage == Stage::Removing {
                return Ok(Some((stage, stored)));
            }
            let removing = Integration { version: stored.version + 1, ..stored.clone() };
            let mut parts = Transaction::new(self);
            let row = staged_row(Key::integration(project, provider), Stage::Removing, &removing)?;
            parts.put_if(Role::Record, row, &unchanged(Some(&stored)))?;
            for key in lookups(&stored) {
                parts.delete_if(Role::Released, &key, &belongs_to(&stored))?;
            }
            match parts.run(self, None).await?.settled()? {
                None => return Ok(Some((stage, removing))),
                Some(_) if backoff.pause(&*self.ids).await => {}
                Some(_) => return Err(StoreError::unavailable()),
            }
        }
    }

    /// Removes what is left of an integration whose removal began, once its secrets are gone. What was made in its
    /// place meanwhile stays.
    pub async fn finish_removal(&self, removing: &Integration) -> Result<(), StoreError> {
        let key = Key::integration(&removing.project_id, removing.provider);
        self.delete_if(&key, &unchanged(Some(removing))).await.map(drop)
    }
}

fn judge(refused: Refused<Role>, new: &Integration) -> Result<PutIntegration, StoreError> {
    let mut outcome = PutIntegration::Stale;
    for (role, row) in refused {
        match (role, row) {
            (Role::Record, Some(row)) => {
                // An earlier try succeeded and its answer was lost.
                let ours = live_of(row)?.as_ref() == Some(new);
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

fn staged_row(key: Key, stage: Stage, integration: &Integration) -> Result<Row, StoreError> {
    let mut row = row_of(key, RowType::Integration, integration)?;
    row.extend(stage.word().map(|word| (attribute::STATUS.to_owned(), text(word))));
    Ok(row)
}

fn staged_of(mut row: Item) -> Result<(Stage, Integration), StoreError> {
    let stage = match row.remove(attribute::STATUS) {
        None => Stage::Live,
        Some(AttributeValue::S(word)) if word == Stage::PREPARING => Stage::Preparing,
        Some(AttributeValue::S(word)) if word == Stage::REMOVING => Stage::Removing,
        Some(_) => return Err(StoreError::corrupt(value::INTEGRATION)),
    };
    Ok((stage, take_json(&mut row, value::INTEGRATION)?))
}

fn live_of(row: Item) -> Result<Option<Integration>, StoreError> {
    let (stage, integration) = staged_of(row)?;
    Ok((stage == Stage::Live).then_some(integration))
}
