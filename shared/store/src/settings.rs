//! A project's settings.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use serde_dynamo::Item;
use transfer_domain::{ProjectId, TransferSettings};

use crate::call::{Condition, Updated};
use crate::keys::{Key, attribute};
use crate::rows::{attribute_of, number, take_value, text, value};
use crate::{RowType, Store, StoreError};

/// A value and how often it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Rises with every write; 0 = never written.
    pub version: u64,
}

/// What became of a write that expects a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is written.
    Stored {
        /// The version that it has now.
        version: u64,
    },
    /// What is stored has another version than the expected one.
    Stale,
}

impl Store {
    /// A project's settings; the defaults at version 0 if it never set any.
    pub async fn settings(&self, project: &ProjectId) -> Result<Versioned<TransferSettings>, StoreError> {
        match self.get(&Key::settings(project)).await? {
            Some(row) => versioned(row),
            None => Ok(Versioned { value: TransferSettings::default(), version: 0 }),
        }
    }

    /// Replaces a project's settings if their version is `expected` (0 = never written; `None` = whatever it is).
    pub async fn put_settings(
        &self,
        project: &ProjectId,
        settings: &TransferSettings,
        expected: Option<u64>,
    ) -> Result<Put, StoreError> {
        let condition = match expected {
            None => "",
            Some(0) => "attribute_not_exists(#pk)",
            Some(_) => "#version = :expected",
        };
        let mut values = vec![
            (":settings", attribute_of(value::SETTINGS, settings)?),
            (":type", text(RowType::Settings.as_str())),
            (":none", number(0)),
            (":one", number(1)),
        ];
        values.extend(expected.filter(|version| *version > 0).map(|version| (":expected", number(version))));
        let condition = Condition::new(condition, values);
        let update = "SET #settings = :settings, #type = :type, #version = if_not_exists(#version, :none) + :one";
        let new_version = |request: UpdateItemFluentBuilder| request.return_values(ReturnValue::UpdatedNew);
        match self.update_if(&Key::settings(project), update, &condition, new_version).await? {
            Updated::Done(updated) => {
                let mut row = updated.ok_or(StoreError::corrupt(value::SETTINGS))?;
                Ok(Put::Stored { version: take_value(&mut row, attribute::VERSION)? })
            }
            Updated::Refused(Some(row)) => {
                let stored: Versioned<TransferSettings> = versioned(row)?;
                // An earlier try succeeded and its answer was lost.
                let ours = expected.map(|version| version + 1) == Some(stored.version) && stored.value == *settings;
                Ok(if ours { Put::Stored { version: stored.version } } else { Put::Stale })
            }
            Updated::Refused(None) => Ok(Put::Stale),
        }
    }
}

fn versioned(mut row: Item) -> Result<Versioned<TransferSettings>, StoreError> {
    let version = take_value(&mut row, attribute::VERSION)?;
    Ok(Versioned { value: take_value(&mut row, value::SETTINGS)?, version })
}
