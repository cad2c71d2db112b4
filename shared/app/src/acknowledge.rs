//! Taking it that the agent runtime has a hand-back.

use transfer_domain::{HandedBack, NotAcknowledged, ProjectId, Session, SessionId};
use transfer_store::Transacted;

use crate::{Metric, Service, SessionError};

/// Why an acknowledgment is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HandBackError {
    /// The session is not there any more, or our side failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no hand-back, or another one.
    #[error(transparent)]
    NotAcknowledged(#[from] NotAcknowledged),
}

/// Records that the runtime has the hand-back of a version, and gives that as it stands then. Saying it again is harmless.
pub async fn acknowledge(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    version: u64,
) -> Result<HandedBack, HandBackError> {
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != *id || session.is_forgotten(now) {
            return Err(HandBackError::Session(SessionError::NotFound));
        }
        Ok(transfer_domain::acknowledge(session, version, now)?)
    };
    let session = match service.store.transact(project, id.transfer, now, decide).await.map_err(SessionError::from)? {
        Transacted::Committed(transition) => {
            if let Some(within) = transition.session.handed_back_within() {
                service.metrics.record(Metric::HandBackAcknowledged(within));
            }
            tracing::info!(project.id = %project, transfer.id = %id.transfer, "a hand-back was acknowledged");
            transition.session
        }
        Transacted::Unchanged(session) => *session,
        Transacted::Refused(error) => return Err(error),
        Transacted::Missing | Transacted::Seen { .. } | Transacted::LinkTaken => {
            return Err(SessionError::NotFound.into());
        }
    };
    session.hand_back.ok_or(HandBackError::Session(SessionError::NotFound))
}
