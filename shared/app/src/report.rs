//! Taking what an agent runtime reports of a call that it handed over.

use transfer_domain::{CallReport, Conversation, ProjectId, SessionId, apply_report};
use transfer_store::{StoreError, Transacted, WholeSession};

use crate::{Service, SessionError};

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotReported {
    /// The session is not there any more, or our side failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The session is no call.
    #[error("the transfer is no call")]
    NoCall,
}

impl From<StoreError> for NotReported {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

/// Takes a report and gives the session as it stands then. The same again changes nothing; what is late or contradicts what
/// is known is kept in the timeline and has no effect.
pub async fn report(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    mut report: CallReport,
) -> Result<WholeSession, NotReported> {
    let now = service.now();
    let whole = service.store.whole_session_as_it_stands(project, id.transfer).await?;
    let whole = whole.filter(|whole| whole.session.session_id == *id && !whole.session.is_forgotten(now));
    let WholeSession { facts, request, .. } = whole.ok_or(SessionError::NotFound)?;
    loop {
        let decide = |conversation: &Conversation| {
            if conversation.is_forgotten(now) {
                return Err(SessionError::NotFound.into());
            }
            if conversation.call.is_none() {
                return Err(NotReported::NoCall);
            }
            Ok(Some(apply_report(conversation, &report, now)))
        };
        let session = match service.store.transact_conversation(project, id.transfer, now, decide).await? {
            Transacted::Committed(transition) => {
                tracing::info!(project.id = %project, transfer.id = %id.transfer, outcome = %report.outcome, "a call was reported of");
                transition.session
            }
            Transacted::Unchanged(session) | Transacted::Seen { session, .. } => *session,
            // As with events: what is reported counts, and a name that is another session's does not.
            Transacted::LinkTaken => {
                report.provider_session_id = None;
                continue;
            }
            Transacted::Refused(error) => return Err(error),
            Transacted::Missing => return Err(SessionError::NotFound.into()),
        };
        return Ok(WholeSession { session, facts, request });
    }
}
