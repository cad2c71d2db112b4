//! How urgent a transfer is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How urgent a transfer is: 0 (lowest) to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Priority(u8);

/// A number is no priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 0 to 10")]
pub struct InvalidPriority;

impl Priority {
    /// What transfers have unless a project says otherwise.
    pub const USUAL: Self = Self(5);

    /// The highest.
    pub const HIGHEST: Self = Self(10);

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Priority {
    type Error = InvalidPriority;

    fn try_from(number: u8) -> Result<Self, InvalidPriority> {
        if number <= Self::HIGHEST.0 { Ok(Self(number)) } else { Err(InvalidPriority) }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Priority {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::whole_number("0 (lowest) to 10.", 0, Self::HIGHEST.0.into())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Priority {}
