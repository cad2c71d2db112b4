//! The contact's message to the representative. Its write moves the session's expiry; `deliver` takes it to the
//! provider.

use transfer_domain::{Closed, Direction, OutgoingMessage, ProjectId, Provider, Session, SessionId, accept_message};
use transfer_providers::{Adapters, Inbound, Told};
use transfer_store::{StoreError, Transacted};

use crate::receipts::capabilities;
use crate::{Service, SessionError};

/// Why a message is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// The session is not there, or takes nothing any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It replies to what is no message of the contact centre.
    #[error("what it replies to is no message of the contact centre")]
    RepliesToNone,
    /// The session is a call that its runtime brings: there is no conversation to write into.
    #[error("a call takes no messages")]
    IsCall,
}

impl From<StoreError> for NotAccepted {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

/// Accepts a message. The same id again is accepted again, and nothing is sent twice. Gives how the provider is told what
/// was asked for.
pub async fn send(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    id: &SessionId,
    message: OutgoingMessage,
) -> Result<Told, NotAccepted> {
    let (session, message) = match &message.reply {
        Some(reply) => {
            let found = service.store.session_and_inbound(project, id.transfer, &reply.message_id).await?;
            let (session, named) = found.filter(|(it, _)| it.session_id == *id).ok_or(SessionError::NotFound)?;
            let named = named.ok_or(NotAccepted::RepliesToNone)?;
            (Some(session), message.answering(&named))
        }
        None => (None, message),
    };
    let mut message = message.complete();
    if let Some(redactor) = service.directory.redactor(project).await? {
        redactor.message(&mut message);
        service.count_redacted(&message.redacted);
    }
    let provider = accept(service, project, id, session, &message).await?;
    if message.attachments.is_empty() && message.content.is_empty() && message.reply.is_none() {
        return Ok(Told::Native);
    }
    let can = capabilities(service, adapters, project, provider).await?;
    Ok(can.map_or(Told::Text, |can| can.told(&message)))
}

/// Accepts a message, on a session that was just loaded or is yet to be; gives who is to be told it.
async fn accept(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    session: Option<Session>,
    message: &OutgoingMessage,
) -> Result<Provider, NotAccepted> {
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != *id || session.is_forgotten(now) {
            return Err(Refused::NotFound);
        }
        if session.brings_call() {
            return Err(Refused::IsCall);
        }
        let accepted = accept_message(session, message.clone(), now);
        accepted.map(Some).map_err(|closed| Refused::Closed(closed, session.provider))
    };
    let transacted = match session {
        Some(session) => service.store.transact_on(session, now, decide).await?,
        None => service.store.transact(project, id.transfer, now, decide).await?,
    };
    match transacted {
        Transacted::Committed(transition) => Ok(transition.session.provider),
        Transacted::Unchanged(session) | Transacted::Seen { session, .. } => Ok(session.provider),
        Transacted::Refused(Refused::NotFound) | Transacted::Missing | Transacted::LinkTaken => {
            Err(SessionError::NotFound.into())
        }
        Transacted::Refused(Refused::IsCall) => Err(NotAccepted::IsCall),
        Transacted::Refused(Refused::Closed(Closed::Expired, _)) => Err(SessionError::from(Closed::Expired).into()),
        Transacted::Refused(Refused::Closed(Closed::Ended, provider)) => {
            // A repetition of what was accepted before the end is still what it was.
            let before = service.store.accepted(project, id.transfer, Direction::Outbound, &message.message_id).await;
            if before? { Ok(provider) } else { Err(SessionError::from(Closed::Ended).into()) }
        }
    }
}

enum Refused {
    NotFound,
    IsCall,
    Closed(Closed, Provider),
}
