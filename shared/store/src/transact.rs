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
    /// There is no record, or one that is about to be removed.
    Missing,
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

/// What is large is not moved from hand to hand.
impl<D: Decision> Decision for Box<D> {
    fn transition(&self) -> &Transition {
        (**self).transition()
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
    /// change the session meanwhile, within bounds. A session whose time is over is ended first, so `decide` is asked about
    /// one that has ended.
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

    /// Applies what is due of a session; tells what was written, if anything.
    pub async fn tick(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
    ) -> Result<Option<Transition>, StoreError> {
        let mut backoff = Backoff::of_decisions();
        loop {
            let Some(session) = self.session(project, transfer).await? else { return Ok(None) };
            let unsettled = match session.asks_for_unsettled(now) {
                Some(from) => self.undelivered(project, transfer, from, session.last_outbound).await?,
                None => Vec::new(),
            };
            let first = unsettled.first().map(|message| message.sequence);
            let Some(transition) = transfer_domain::tick(&session, first, now) else { return Ok(None) };
            match self.commit(&transition, now).await? {
                Commit::Committed => return Ok(Some(transition)),
                Commit::Gone | Commit::Conflict => {}
                Commit::Seen { .. } | Commit::LinkTaken => return Err(StoreError::corrupt("identity")),
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
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
            let Some(session) = session.filter(|session| !(session.is_ended() && session.is_expired(now))) else {
                return Ok(Transacted::Missing);
            };
            if session.is_expired(now) {
                self.end_expired(&session, now).await?;
                if !backoff.pause(&*self.ids).await {
                    return Err(StoreError::unavailable());
                }
                continue;
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
                Commit::Gone | Commit::Conflict => {}
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }
}
