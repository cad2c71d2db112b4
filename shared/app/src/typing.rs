//! That the contact types, or stopped. It moves no expiry, and what was told a moment ago is not written again.

use transfer_domain::{Closed, ProjectId, Provider, SessionId, tell_typing};
use transfer_providers::{Adapters, Inbound};
use transfer_store::{StoreError, Transacted};

use crate::receipts::capabilities;
use crate::show::kept;
use crate::{Service, SessionError};

/// Why it is not told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// The session is not there, or takes nothing any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The provider cannot be told.
    #[error("{0} cannot be told that the contact types")]
    NotSupported(Provider),
}

impl From<StoreError> for NotTold {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl From<Closed> for NotTold {
    fn from(closed: Closed) -> Self {
        Self::Session(closed.into())
    }
}

/// Takes it that the contact types, or stopped.
pub async fn tell(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    id: &SessionId,
    on: bool,
) -> Result<(), NotTold> {
    let session = kept(service, project, id).await?;
    let now = service.now();
    if session.is_expired(now) {
        return Err(Closed::Expired.into());
    }
    if session.is_ended() {
        return Err(Closed::Ended.into());
    }
    if !capabilities(service, adapters, &session).await?.is_some_and(|can| can.typing_out) {
        return Err(NotTold::NotSupported(session.provider));
    }
    let decide = |session: &_| tell_typing(session, on, now);
    match service.store.transact_on(session, now, decide).await? {
        Transacted::Committed(_) | Transacted::Unchanged(_) | Transacted::Seen { .. } => Ok(()),
        Transacted::Missing | Transacted::LinkTaken => Err(SessionError::NotFound.into()),
        Transacted::Expired => Err(Closed::Expired.into()),
        Transacted::Refused(closed) => Err(closed.into()),
    }
}
