//! Why a use case was not done.

use std::time::Duration;

use transfer_domain::InvalidId;
use transfer_store::StoreError;

use crate::SecretError;

/// Something behind a use case failed. Carries no key and no value.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of secrets.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// An id that was made here is none.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// An answer cannot be written.
    #[error(transparent)]
    Unwritable(#[from] serde_json::Error),
}

impl Failure {
    /// When the same may be asked again; `None` if that would not help.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(error) => error.retry_after(),
            Self::Secrets(error) => error.retry_after(),
            Self::Id(_) | Self::Unwritable(_) => None,
        }
    }
}

/// Why nothing was done with a session.
pub type SessionError = transfer_domain::SessionError<StoreError>;

/// A field of what was asked for breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer of the field.
    pub pointer: String,
    /// The rule, for the caller.
    pub rule: String,
}

impl Fault {
    pub(crate) fn new(pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), rule: rule.into() }
    }
}

/// Collects faults: all are found before any is told.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// A rule that holds or not.
    pub(crate) fn rule(&mut self, holds: bool, pointer: &str, rule: &str) {
        if !holds {
            self.0.push(Fault::new(pointer, rule));
        }
    }

    /// The faults, if there were any.
    pub(crate) fn finish(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
