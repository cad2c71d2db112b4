//! Creating a session: one open session per conversation, one answer per idempotency key.

use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{Briefing, IdempotencyKey, SessionId, TransferId, Transition};

use crate::call::Condition;
use crate::keys::{Key, attribute, digest};
use crate::retry::Backoff;
use crate::rows::{
    Row, briefing_row, naming_row, number, session_row, take_transfer, take_value, text, timeline_row, value,
};
use crate::transaction::{Outcome, Refused, Transaction};
use crate::{RowType, Store, StoreError};

/// How long an answer is kept for repetitions of its request.
const IDEMPOTENCY: TimeDelta = TimeDelta::hours(24);

/// The caller's idempotency key and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the validated request: the same key with another one is refused.
    pub fingerprint: String,
}

/// What became of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The session was created.
    Created,
    /// The same request with the same key was answered before.
    Repeated {
        /// The first answer.
        answer: String,
    },
    /// The key was used for another request.
    KeyReused,
    /// A request with the same key is being written at this moment, and has been for as long as it was tried.
    InProgress,
    /// The conversation has an open session already.
    ConversationOpen(SessionId),
}

/// What a part of the transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Session,
    Briefing,
    Timeline,
    Guard,
    Idempotency,
    Predecessor,
}

/// The session that the guard names, and why it does not hold the conversation.
#[derive(Debug, Clone, Copy)]
enum Predecessor {
    Removed(TransferId),
    Ended(TransferId),
    Expired(TransferId),
}

/// A create, and all that it needs to be tried again.
struct Attempt<'a> {
    transition: &'a Transition,
    briefing: &'a Briefing,
    answer: &'a str,
    idempotency: Option<&'a Idempotency>,
    now: DateTime<Utc>,
}

/// What an attempt came to.
enum Step {
    Finished(Created),
    /// The guard names this session.
    Guarded(TransferId),
    /// The predecessor or the guard changed meanwhile.
    Overtaken,
}

impl Store {
    /// Creates the session of a transition that is based on version 0, with its briefing, timeline and open guard,
    /// and keeps `answer` under the idempotency key for 24 hours.
    ///
    /// Of any number of concurrent creates for one conversation exactly one is [`Created::Created`]. A session that
    /// ended or expired does not hold its conversation, even while its record still stands; an expired one that is
    /// replaced is removed in the same write.
    pub async fn create(
        &self,
        transition: &Transition,
        briefing: &Briefing,
        answer: &str,
        idempotency: Option<&Idempotency>,
        now: DateTime<Utc>,
    ) -> Result<Created, StoreError> {
        let attempt = Attempt { transition, briefing, answer, idempotency, now };
        let mut backoff = Backoff::of_calls();
        let mut predecessor = None;
        loop {
            match attempt.run(self, predecessor).await? {
                Step::Finished(created) => return Ok(created),
                Step::Guarded(holder) => {
                    predecessor = Some(match self.session(&transition.session.project_id, holder).await? {
                        None => Predecessor::Removed(holder),
                        Some(session) if session.is_expired(now) => Predecessor::Expired(holder),
                        Some(session) if session.is_ended() => Predecessor::Ended(holder),
                        Some(open) => return Ok(Created::ConversationOpen(open.session_id)),
                    });
                }
                Step::Overtaken => predecessor = None,
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }
}

impl Predecessor {
    const fn id(self) -> TransferId {
        match self {
            Self::Removed(id) | Self::Ended(id) | Self::Expired(id) => id,
        }
    }
}

impl Attempt<'_> {
    async fn run(&self, store: &Store, predecessor: Option<Predecessor>) -> Result<Step, StoreError> {
        let parts = self.parts(store, predecessor)?;
        match parts.run(store, Some(&self.token(predecessor))).await? {
            Outcome::Committed => Ok(Step::Finished(Created::Created)),
            Outcome::Refused(refused) => self.judge(refused),
            Outcome::Contended(roles) if roles.contains(&Role::Idempotency) => Ok(Step::Finished(Created::InProgress)),
            Outcome::Contended(_) => Err(StoreError::unavailable()),
        }
    }

    /// The same for every try to write the same, so that a try whose answer was lost counts.
    fn token(&self, predecessor: Option<Predecessor>) -> String {
        let project = self.transition.session.project_id.as_str();
        let [own, at] = [self.transfer().to_string(), self.now.timestamp_micros().to_string()];
        let replaced = predecessor.map(|it| format!("{it:?}")).unwrap_or_default();
        digest(["create", project, own.as_str(), at.as_str(), replaced.as_str()])
    }

    fn parts(&self, store: &Store, predecessor: Option<Predecessor>) -> Result<Transaction<Role>, StoreError> {
        let session = &self.transition.session;
        let project = &session.project_id;
        let mut parts = Transaction::new(store);
        parts.put_if(Role::Session, session_row(session)?, &Condition::absent())?;
        parts.put(Role::Briefing, briefing_row(session, self.briefing)?)?;
        for entry in &self.transition.timeline {
            parts.put(Role::Timeline, timeline_row(session, entry)?)?;
        }
        let guard = Key::guard(project, &session.session_id.conversation);
        let guard = naming_row(guard, RowType::Guard, self.transfer());
        match predecessor {
            None => parts.put_if(Role::Guard, guard, &Condition::absent())?,
            Some(predecessor) => {
                let named = text(predecessor.id().to_string());
                let names_it = Condition::new("#transferId = :predecessor", [(":predecessor", named)]);
                parts.put_if(Role::Guard, guard, &names_it)?;
                self.set_aside(&mut parts, predecessor)?;
            }
        }
        if let Some(idempotency) = self.idempotency {
            let unused = Condition::new(
                "attribute_not_exists(#pk) OR #expiresAt <= :now",
                [(":now", number(self.now.timestamp()))],
            );
            parts.put_if(Role::Idempotency, self.idempotency_row(idempotency), &unused)?;
        }
        Ok(parts)
    }

    /// Makes sure that the predecessor stays over. An expired one is removed, as its TTL would: by a clock that is
    /// behind ours it may look alive, and a late message would revive it beside the new session.
    fn set_aside(&self, parts: &mut Transaction<Role>, predecessor: Predecessor) -> Result<(), StoreError> {
        let key = Key::session(&self.transition.session.project_id, predecessor.id());
        match predecessor {
            Predecessor::Removed(_) => parts.check(Role::Predecessor, &key, &Condition::absent()),
            Predecessor::Ended(_) => {
                parts.check(Role::Predecessor, &key, &Condition::new("attribute_exists(#end)", []))
            }
            Predecessor::Expired(_) => {
                let over = Condition::new("#expiresAt <= :now", [(":now", number(self.now.timestamp()))]);
                parts.delete_if(Role::Predecessor, &key, &over)
            }
        }
    }

    fn idempotency_row(&self, idempotency: &Idempotency) -> Row {
        let key = Key::idempotency(&self.transition.session.project_id, &idempotency.key);
        let mut row = naming_row(key, RowType::Idempotency, self.transfer());
        let until = self.now + IDEMPOTENCY;
        row.insert(value::FINGERPRINT.to_owned(), text(&idempotency.fingerprint));
        row.insert(value::ANSWER.to_owned(), text(self.answer));
        row.insert(attribute::EXPIRES_AT.to_owned(), number(until.timestamp()));
        row
    }

    /// A repetition of the request meets both its key and its guard, so the key is looked at first.
    fn judge(&self, refused: Refused<Role>) -> Result<Step, StoreError> {
        let mut step = Step::Overtaken;
        for (role, row) in refused {
            match (role, row) {
                (Role::Idempotency, Some(row)) => return self.judge_key(row).map(Step::Finished),
                (Role::Guard, Some(mut row)) => match take_transfer(&mut row)? {
                    // An earlier try succeeded and its answer was lost.
                    own if own == self.transfer() => step = Step::Finished(Created::Created),
                    holder => {
                        if matches!(step, Step::Overtaken) {
                            step = Step::Guarded(holder);
                        }
                    }
                },
                // An id that exists can only be our own, written by a try whose answer was lost.
                (Role::Session, Some(_)) => step = Step::Finished(Created::Created),
                (Role::Session | Role::Guard | Role::Idempotency, None)
                | (Role::Briefing | Role::Timeline | Role::Predecessor, _) => {}
            }
        }
        Ok(step)
    }

    fn judge_key(&self, mut row: Item) -> Result<Created, StoreError> {
        if take_transfer(&mut row)? == self.transfer() {
            return Ok(Created::Created);
        }
        let fingerprint: String = take_value(&mut row, value::FINGERPRINT)?;
        match self.idempotency {
            Some(idempotency) if idempotency.fingerprint == fingerprint => {
                Ok(Created::Repeated { answer: take_value(&mut row, value::ANSWER)? })
            }
            Some(_) | None => Ok(Created::KeyReused),
        }
    }

    fn transfer(&self) -> TransferId {
        self.transition.session.transfer_id()
    }
}
