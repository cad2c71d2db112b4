//! A project's settings.

use transfer_domain::{ProjectId, TransferSettings};

use crate::{Store, StoreError};

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
        let _ = project;
        Err(StoreError::unavailable())
    }

    /// Replaces a project's settings if their version is `expected` (0 = never written; `None` = whatever it is).
    pub async fn put_settings(
        &self,
        project: &ProjectId,
        settings: &TransferSettings,
        expected: Option<u64>,
    ) -> Result<Put, StoreError> {
        let _ = (project, settings, expected);
        Err(StoreError::unavailable())
    }
}
