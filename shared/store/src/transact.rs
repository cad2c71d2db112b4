//! Load, decide, commit; again if somebody else was faster.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, Session, SourceId, TransferId, Transition};

use crate::retry::Backoff;
use crate::{Commit, Store, StoreError};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Transacted<E> {
    /// It is written.
    Committed(Box<Transition>),
    /// There was nothing to write; this is the session as it stands.
    Unchanged(Box<Session>),
    /// These identities were there already; nothing was written.
    Seen {
        /// The session that the decision was made on.
        session: Box<Session>,
        /// Events.
        events: Vec<SourceId>,
        /// Messages: accepted before, or settled before.
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

impl Store {
    /// Loads the session, lets `decide` decide and commits what it says; loads and asks again as long as others
    /// change the session meanwhile, within bounds. `decide` is not asked about an expired session.
    pub async fn transact<E: Send>(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
        decide: impl FnMut(&Session) -> Result<Option<Transition>, E> + Send,
    ) -> Result<Transacted<E>, StoreError> {
        match self.session(project, transfer).await? {
            Some(session) => self.transact_on(session, now, decide).await,
            None => Ok(Transacted::Missing),
        }
    }

    /// As [`Self::transact`], on a session that was just loaded.
    pub async fn transact_on<E: Send>(
        &self,
        mut session: Session,
        now: DateTime<Utc>,
        mut decide: impl FnMut(&Session) -> Result<Option<Transition>, E> + Send,
    ) -> Result<Transacted<E>, StoreError> {
        let (project, transfer) = (session.project_id.clone(), session.transfer_id());
        let mut backoff = Backoff::of_decisions();
        loop {
            if session.is_forgotten(now) {
                return Ok(Transacted::Missing);
            }
            if session.is_expired(now) {
                return Ok(Transacted::Expired);
            }
            let transition = match decide(&session) {
                Ok(Some(transition)) if !transition.is_empty() => transition,
                Ok(Some(_) | None) => return Ok(Transacted::Unchanged(Box::new(session))),
                Err(refusal) => return Ok(Transacted::Refused(refusal)),
            };
            match self.commit(&transition, now).await? {
                Commit::Committed => return Ok(Transacted::Committed(Box::new(transition))),
                Commit::Seen { events, messages } => {
                    return Ok(Transacted::Seen { session: Box::new(session), events, messages });
                }
                Commit::LinkTaken => return Ok(Transacted::LinkTaken),
                // It stood a moment ago: its time ran out.
                Commit::Gone => return Ok(Transacted::Expired),
                Commit::Conflict => {}
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
            let Some(newer) = self.session(&project, transfer).await? else { return Ok(Transacted::Missing) };
            session = newer;
        }
    }
}
