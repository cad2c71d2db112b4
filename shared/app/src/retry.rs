//! Trying at once what waits for its next try.

use transfer_domain::{NotRetried, ProjectId, Session, SessionId};
use transfer_store::Transacted;

use crate::{Service, SessionError};

/// Why nothing is tried.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// The session is not there any more, or takes no requests, or our side failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Nothing waits.
    #[error("nothing waits for its next try")]
    NothingWaits,
}

/// Asks for the next try of what waits now.
pub async fn retry(service: &Service, project: &ProjectId, id: &SessionId) -> Result<(), RetryError> {
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != *id || session.is_forgotten(now) {
            return Err(RetryError::Session(SessionError::NotFound));
        }
        transfer_domain::retry(session, now).map(Some).map_err(|refused| match refused {
            NotRetried::Closed(closed) => RetryError::Session(closed.into()),
            NotRetried::NothingWaits => RetryError::NothingWaits,
        })
    };
    match service.store.transact(project, id.transfer, now, decide).await.map_err(SessionError::from)? {
        Transacted::Committed(_) | Transacted::Unchanged(_) => {
            tracing::info!(project.id = %project, transfer.id = %id.transfer, "a try was asked for");
            Ok(())
        }
        Transacted::Refused(error) => Err(error),
        Transacted::Missing | Transacted::Seen { .. } | Transacted::LinkTaken => Err(SessionError::NotFound.into()),
    }
}
