//! Why nothing was done with a session, for whoever answers without knowing what can fail behind it.

use std::error::Error;
use std::time::Duration;

use crate::Closed;

/// Something behind a use case, as whoever answers sees it fail.
pub trait Failing: Error + 'static {
    /// When the same may be asked again; `None` if that would not help.
    fn retry_after(&self) -> Option<Duration>;
}

/// Why nothing was done with a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError<F> {
    /// There is no such session.
    #[error("there is no such session")]
    NotFound,
    /// It has ended or expired.
    #[error("the session is closed")]
    Closed(Closed),
    /// Something behind it failed.
    #[error(transparent)]
    Failed(F),
}

impl<F> From<Closed> for SessionError<F> {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}
