//! Ending a session by request; `deliver` tells the provider.

use transfer_domain::{Closed, EndedBy, ProjectId, Session, SessionId};
use transfer_store::Transacted;

use crate::{Service, SessionError};

/// Ends a session and gives it as it stands then. Ending an ended one is harmless.
pub async fn end(service: &Service, project: &ProjectId, id: &SessionId, by: EndedBy) -> Result<Session, SessionError> {
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != *id {
            return Err(SessionError::NotFound);
        }
        match transfer_domain::end(session, by, now) {
            Ok(transition) => Ok(Some(transition)),
            Err(Closed::Ended) => Ok(None),
            Err(Closed::Expired) => Err(Closed::Expired.into()),
        }
    };
    match service.store.transact(project, id.transfer, now, decide).await? {
        Transacted::Committed(transition) => {
            tracing::info!(project.id = %project, session.id = %id.transfer, "a transfer was ended by request");
            Ok(transition.session)
        }
        Transacted::Unchanged(session) => Ok(*session),
        Transacted::Refused(error) => Err(error),
        Transacted::Expired => Err(Closed::Expired.into()),
        Transacted::Missing | Transacted::Seen { .. } | Transacted::LinkTaken => Err(SessionError::NotFound),
    }
}
