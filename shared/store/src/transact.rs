//! Load, decide, commit; again if somebody else was faster.

use chrono::{DateTime, Utc};
use transfer_domain::{Conversation, ProjectId, Session, SourceId, TransferId, Transition};

use crate::retry::Backoff;
use crate::{Commit, Store, StoreError};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Transacted<E, D = Transition> {
    /// It is written.
    Committed(Box<D>),
    /// There was nothing to write; this is the session as it stands.
    Unchanged(Box<Session>),
    /// These identities were there already; nothing was written.
    Seen {
        /// The session that the decision was made on.
        session: Box<Session>,
        /// Events.
        events: Vec<SourceId>,
        /// Messages.
        messages: Vec<SourceId>,
    },
    /// The decision was to refuse.
    Refused(E),
    /// There is no record, or one whose retention is over.
    Missing,
    /// The session's time is over, though its record still stands.
    Expired,
    /// The provider's name of the conversation belongs to another session.
    LinkTaken,
}

/// A transition, alone or with what its writer wants to know of the decision once it is written.
pub trait Decision {
    /// What is to be written.
    fn transition(&self) -> &Transition;
}

impl Decision for Transition {
    fn transition(&self) -> &Transition {
        self
    }
}

impl<T> Decision for (T, Transition) {
    fn transition(&self) -> &Transition {
        &self.1
    }
}

/// What a decision is made on.
trait Subject: Sized {
    async fn load(store: &Store, session: Session) -> Result<Self, StoreError>;

    fn into_session(self) -> Session;
}

impl Subject for Session {
    async fn load(_: &Store, session: Session) -> Result<Self, StoreError> {
        Ok(session)
    }

    fn into_session(self) -> Session {
        self
    }
}

impl Subject for Conversation {
    async fn load(store: &Store, session: Session) -> Result<Self, StoreError> {
        store.conversation_of(session).await
    }

    fn into_session(self) -> Session {
        self.session
    }
}

impl Store {
    /// Loads the session, lets `decide` decide and commits what it says; loads and asks again as long as others
    /// change the session meanwhile, within bounds. `decide` is not asked about an expired session.
    pub async fn transact<D: Decision, E>(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
        decide: impl FnMut(&Session) -> Result<Option<D>, E>,
    ) -> Result<Transacted<E, D>, StoreError> {
        self.decide(project, transfer, None, now, decide).await
    }

    /// As [`Self::transact`], on a session that was just loaded.
    pub async fn transact_on<D: Decision, E>(
        &self,
        session: Session,
        now: DateTime<Utc>,
        decide: impl FnMut(&Session) -> Result<Option<D>, E>,
    ) -> Result<Transacted<E, D>, StoreError> {
        let (project, transfer) = (session.project_id.clone(), session.transfer_id());
        self.decide(&project, transfer, Some(session), now, decide).await
    }

    /// As [`Self::transact`], of what the session's provider told, too.
    pub async fn transact_conversation<D: Decision, E>(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
        decide: impl FnMut(&Conversation) -> Result<Option<D>, E>,
    ) -> Result<Transacted<E, D>, StoreError> {
        self.decide(project, transfer, None, now, decide).await
    }

    async fn decide<S: Subject, D: Decision, E>(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        mut loaded: Option<Session>,
        now: DateTime<Utc>,
        mut decide: impl FnMut(&S) -> Result<Option<D>, E>,
    ) -> Result<Transacted<E, D>, StoreError> {
        let mut backoff = Backoff::of_decisions();
        loop {
            let session = match loaded.take() {
                Some(session) => Some(session),
                None => self.session(project, transfer).await?,
            };
            let Some(session) = session.filter(|session| !session.is_forgotten(now)) else {
                return Ok(Transacted::Missing);
            };
            if session.is_expired(now) {
                return Ok(Transacted::Expired);
            }
            let subject = S::load(self, session).await?;
            let decision = match decide(&subject) {
                Ok(Some(decision)) if !decision.transition().is_empty() => decision,
                Ok(Some(_) | None) => return Ok(Transacted::Unchanged(Box::new(subject.into_session()))),
                Err(refusal) => return Ok(Transacted::Refused(refusal)),
            };
            match self.commit(decision.transition(), now).await? {
                Commit::Committed => return Ok(Transacted::Committed(Box::new(decision))),
                Commit::Seen { events, messages } => {
                    return Ok(Transacted::Seen { session: Box::new(subject.into_session()), events, messages });
                }
                Commit::LinkTaken => return Ok(Transacted::LinkTaken),
                // It stood a moment ago: its time ran out.
                Commit::Gone => return Ok(Transacted::Expired),
                Commit::Conflict => {}
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }
}
