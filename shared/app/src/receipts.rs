//! How far the representative's messages came at the contact. It is kept on the messages, and the provider is told what
//! it takes.

use transfer_domain::{Closed, Opening, ProjectId, Provider, ReceiptState, Session, SessionId, SourceId};
use transfer_providers::{Adapters, Capabilities, Inbound};
use transfer_store::{Receipted, StoreError};

use crate::receive::bound;
use crate::show::kept;
use crate::{Service, SessionError};

/// Why receipts are not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The session is not there, or takes nothing any more.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// These are no messages of the contact centre.
    #[error("some are no messages of the contact centre")]
    Unknown(Vec<SourceId>),
}

impl From<StoreError> for NotKept {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

/// Keeps how far messages came. Gives what the provider is told; `None` if nothing, because it takes no receipts or its
/// conversation is not open.
pub async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    id: &SessionId,
    messages: &[SourceId],
    state: ReceiptState,
) -> Result<Option<ReceiptState>, NotKept> {
    let session = kept(service, project, id).await?;
    let told_as =
        capabilities(service, adapters, project, session.provider).await?.and_then(|can| can.receipts.told_as(state));
    match service.store.record_receipts(session, messages, state, service.now()).await? {
        Receipted::Recorded(session) => Ok(told_as.filter(|_| listens(&session))),
        Receipted::Unknown(unknown) => Err(NotKept::Unknown(unknown)),
        Receipted::Expired => Err(SessionError::from(Closed::Expired).into()),
    }
}

fn listens(session: &Session) -> bool {
    !session.is_ended() && session.opening == Opening::Opened
}

/// What a provider can do for a project; `None` if it is not configured any more.
pub(crate) async fn capabilities(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    project: &ProjectId,
    provider: Provider,
) -> Result<Option<Capabilities>, StoreError> {
    let integration = service.directory.integration(project, provider).await?;
    Ok(integration.and_then(|integration| Some(bound(adapters, &integration)?.capabilities())))
}
