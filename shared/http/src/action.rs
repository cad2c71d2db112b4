//! What can be done with a session.

use serde::Serialize;
use transfer_domain::{Overview, Session, Status};

/// What can be done with a session now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Look at it again.
    Refresh,
    /// End it.
    End,
    /// Try at once what waits for its next try.
    Retry,
}

impl Action {
    /// With one of a list, as far as the list knows it.
    pub fn with_listed(session: &Overview) -> Vec<Self> {
        let retry = Some(Self::Retry).filter(|_| session.waits_for_a_try());
        Self::with_any(session.status).chain(retry).collect()
    }

    /// With one that was looked at.
    pub fn with(session: &Session) -> Vec<Self> {
        let retry = Some(Self::Retry).filter(|_| session.waits_for_a_try());
        Self::with_any(session.status()).chain(retry).collect()
    }

    fn with_any(status: Status) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Refresh).chain(Some(Self::End).filter(|_| status != Status::Ended))
    }
}
