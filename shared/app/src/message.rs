//! The contact's message to the representative. Its write moves the session's expiry; `deliver` takes it to the
//! provider.

use transfer_domain::{Closed, Direction, OutgoingMessage, ProjectId, Session, SessionId, accept_message};
use transfer_store::Transacted;

use crate::{Service, SessionError};

/// Accepts a message. The same id again is accepted again, and nothing is sent twice.
pub async fn send(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    message: OutgoingMessage,
) -> Result<(), SessionError> {
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != *id {
            return Err(Refused::NotFound);
        }
        accept_message(session, message.clone(), now).map(Some).map_err(Refused::Closed)
    };
    match service.store.transact(project, id.transfer, now, decide).await? {
        Transacted::Committed(_) | Transacted::Unchanged(_) | Transacted::Seen { .. } => Ok(()),
        Transacted::Refused(Refused::NotFound) | Transacted::Missing | Transacted::LinkTaken => {
            Err(SessionError::NotFound)
        }
        Transacted::Expired | Transacted::Refused(Refused::Closed(Closed::Expired)) => Err(Closed::Expired.into()),
        Transacted::Refused(Refused::Closed(Closed::Ended)) => {
            // A repetition of what was accepted before the end is still what it was.
            let before = service.store.accepted(project, id.transfer, Direction::Outbound, &message.message_id).await;
            if before? { Ok(()) } else { Err(Closed::Ended.into()) }
        }
    }
}

enum Refused {
    NotFound,
    Closed(Closed),
}
