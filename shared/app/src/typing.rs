//! That the contact types, or stopped. It changes no session, and nothing of it is kept: it goes straight to the queue
//! of what is told to providers.

use transfer_domain::{Closed, Command, ProjectId, Provider, SessionId, tell_typing};
use transfer_providers::{Adapters, Inbound};
use transfer_store::StoreError;

use crate::receipts::capabilities;
use crate::relay::Transport;
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
    /// The queue does not take it now.
    #[error("the queue does not take it now")]
    Unavailable,
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
pub async fn tell<Q: Transport<Content = Command>>(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    queue: &Q,
    project: &ProjectId,
    id: &SessionId,
    on: bool,
) -> Result<(), NotTold> {
    let session = kept(service, project, id).await?;
    let now = service.now();
    session.require_open(now)?;
    let can = capabilities(service, adapters, project, session.provider).await?;
    if session.brings_call() || !can.is_some_and(|can| can.typing_out) {
        return Err(NotTold::NotSupported(session.provider));
    }
    let Some(command) = tell_typing(&session, on, now)? else { return Ok(()) };
    let told = match Q::written(&command) {
        Ok(item) => queue.send(&[&item]).await,
        Err(refusal) => Err(refusal),
    };
    match told.as_deref() {
        Ok([Ok(())]) => Ok(()),
        Ok([Err(refusal), ..]) | Err(refusal) => {
            tracing::warn!(code = refusal.code, "typing was not taken");
            Err(NotTold::Unavailable)
        }
        Ok(_) => Err(NotTold::Unavailable),
    }
}
