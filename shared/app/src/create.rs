//! Creating a session by one write. Everything else follows from it: [`crate::relay`] announces the session and lets
//! its conversation be opened.

use chrono::{DateTime, Utc};
use transfer_domain::{Instead, NewTransfer, NotFollowed, ProjectId, Provider, Session, SessionId, TransferRequest};
use transfer_store::{Idempotency, StoreError};

use crate::{Failure, Service};

/// What is asked for.
#[derive(Debug)]
pub struct Wanted {
    /// Where it goes; else the project's default.
    pub provider: Option<Provider>,
    /// The transfer.
    pub transfer: NewTransfer,
    /// Whether the representative is told what was said in the predecessor.
    pub carry: bool,
    /// What recognises the same request again.
    pub idempotency: Option<Idempotency>,
}

/// What became of the request. The answer is the same for each repetition.
#[derive(Debug)]
pub enum Created {
    /// The session was created.
    Now {
        /// Its id.
        session: SessionId,
        /// The answer.
        answer: String,
    },
    /// The same request created it before.
    Before {
        /// The first answer.
        answer: String,
    },
}

/// Why no session was created.
#[derive(Debug, thiserror::Error)]
pub enum NotCreated {
    /// No provider is named, and the project has no default.
    #[error("no provider is named, and the project has no default")]
    NoProvider,
    /// The project has no integration of the provider.
    #[error("the project has no integration of the provider")]
    NotConfigured,
    /// The same request is being worked on.
    #[error("the same request is being worked on")]
    InProgress,
    /// The key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// A step of the fallback plan names a provider of which the project has no integration.
    #[error("a fallback step names a provider of which the project has no integration")]
    StepNotConfigured {
        /// The step's place, from 0.
        step: usize,
    },
    /// There is no such predecessor.
    #[error("there is no such predecessor")]
    NoPredecessor,
    /// The predecessor cannot be followed.
    #[error(transparent)]
    NotFollowed(NotFollowed),
    /// The conversation has an open session: this one.
    #[error("the conversation has an open session")]
    ConversationOpen(SessionId),
    /// Something behind it failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreError> for NotCreated {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Creates a session. `answer` writes the answer: of the session as it was created, and at that moment.
pub async fn create(
    service: &Service,
    project: &ProjectId,
    wanted: Wanted,
    answer: impl Fn(&Session, &TransferRequest, DateTime<Utc>) -> Result<String, serde_json::Error> + Send,
) -> Result<Created, NotCreated> {
    let settings = service.directory.settings(project).await?;
    let provider = wanted.provider.or(settings.default_routing.provider).ok_or(NotCreated::NoProvider)?;
    let directory = &service.directory;
    let (integration, configured) =
        tokio::join!(directory.integration(project, provider), directory.providers(project));
    let integration = integration?.ok_or(NotCreated::NotConfigured)?;
    let configured = configured?;
    let others = configured.iter().copied().filter(|other| *other != provider).collect();
    let mut transfer = wanted.transfer;
    for (step, it) in transfer.request.fallback.steps().iter().enumerate() {
        if let Instead::Transfer { provider: Some(named), .. } = it.instead
            && !configured.contains(&named)
        {
            return Err(NotCreated::StepNotConfigured { step });
        }
    }
    if let Some(predecessor) = transfer.request.predecessor.as_ref().filter(|_| wanted.carry) {
        let said = service.store.last_messages(project, predecessor.session_id.transfer).await?;
        transfer.request.briefing.carry(&said);
    }

    if let Some(redactor) = directory.redactor(project).await? {
        service.count_redacted(&redactor.request(&mut transfer.request));
    }

    let now = service.now();
    let id = service.ids.transfer_id(now);
    crate::about_session(id);
    let (transition, request) = transfer_domain::create(transfer, id, &integration, others, &settings, now);

    let idempotency = wanted.idempotency.as_ref();
    match service.store.create(&transition, &request, idempotency, now).await? {
        transfer_store::Created::Created => {
            let answer = answer(&transition.session, &request, now).map_err(Failure::from)?;
            tracing::info!(project.id = %project, transfer.id = %id, provider = %provider, "a transfer was created");
            Ok(Created::Now { session: transition.session.session_id, answer })
        }
        // The same key came with the same request, so the first answer follows from the session as it was created.
        transfer_store::Created::Repeated(first) => {
            let answer = answer(&first, &request, first.created_at).map_err(Failure::from)?;
            Ok(Created::Before { answer })
        }
        transfer_store::Created::InProgress => Err(NotCreated::InProgress),
        transfer_store::Created::KeyReused => Err(NotCreated::KeyReused),
        transfer_store::Created::ConversationOpen(session) => Err(NotCreated::ConversationOpen(session)),
        transfer_store::Created::NoPredecessor => Err(NotCreated::NoPredecessor),
        transfer_store::Created::NotFollowed(not) => Err(NotCreated::NotFollowed(not)),
    }
}
