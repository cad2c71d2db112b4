//! What can go wrong between a decision and the table.

use std::time::Duration;

use transfer_domain::{Failing, SessionError};

/// Why the table could not be asked or told. Neither `Display` nor `Debug` carries a key or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Throttled, timed out, failed on the other side, or in conflict with others for too long. A write may or may
    /// not have happened; repeating the same request is safe.
    #[error("the table is unavailable")]
    Unavailable {
        /// How long the caller should wait before it tries again.
        retry_after: Duration,
    },
    /// A row that cannot be read.
    #[error("a stored {what} cannot be read")]
    Corrupt {
        /// The type of the row or the field of it; no contents.
        what: &'static str,
    },
    /// DynamoDB refused the request itself: a programming error, a missing table or a missing permission.
    #[error("the table refused {operation}: {code}")]
    Rejected {
        /// The operation.
        operation: &'static str,
        /// DynamoDB's error code.
        code: String,
    },
}

impl StoreError {
    /// How long a caller waits after a refusal for load.
    pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

    pub(crate) const fn unavailable() -> Self {
        Self::Unavailable { retry_after: Self::RETRY_AFTER }
    }

    pub(crate) const fn corrupt(what: &'static str) -> Self {
        Self::Corrupt { what }
    }

    pub(crate) fn rejected(operation: &'static str, code: &str) -> Self {
        Self::Rejected { operation, code: code.to_owned() }
    }

    /// How long the caller should wait before it tries again; `None` if trying again is no use.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after } => Some(*retry_after),
            Self::Corrupt { .. } | Self::Rejected { .. } => None,
        }
    }

    /// Whether the same request may succeed later.
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Corrupt { .. } | Self::Rejected { .. } => false,
        }
    }
}

/// Why a page could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The cursor was not given out for this question: damaged, of another project or of other filters.
    #[error("the cursor is not one of this list")]
    InvalidCursor,
    /// The table could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failing for StoreError {
    fn retry_after(&self) -> Option<Duration> {
        Self::retry_after(self)
    }
}

impl From<StoreError> for SessionError<StoreError> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}
