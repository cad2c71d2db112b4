//! Ending a session by request; `deliver` tells the provider.

use transfer_domain::{Closed, EndedBy, ProjectId, Session, SessionId};
use transfer_store::{Transacted, WholeSession};

use crate::{Service, SessionError};

/// Ends a session and gives it as it stands then. Ending an ended one is harmless.
pub async fn end(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    by: EndedBy,
) -> Result<WholeSession, SessionError> {
    let now = service.now();
    let whole = service.store.whole_session_as_it_stands(project, id.transfer).await?;
    let WholeSession { session, facts, request } =
        whole.filter(|whole| whole.session.session_id == *id).ok_or(SessionError::NotFound)?;
    let whole = |session| WholeSession { session, facts, request };
    let decide = |session: &Session| match transfer_domain::end(session, by, now) {
        _ if session.is_forgotten(now) => Err(SessionError::NotFound),
        Ok(transition) => Ok(Some(transition)),
        Err(Closed::Ended) => Ok(None),
        Err(Closed::Expired) => Err(Closed::Expired.into()),
    };
    match service.store.transact_on(session, now, decide).await? {
        Transacted::Committed(transition) => {
            tracing::info!(project.id = %project, transfer.id = %id.transfer, "a transfer was ended by request");
            Ok(whole(transition.session))
        }
        Transacted::Unchanged(session) => Ok(whole(*session)),
        Transacted::Refused(error) => Err(error),
        Transacted::Missing | Transacted::Seen { .. } | Transacted::LinkTaken => Err(SessionError::NotFound),
    }
}
