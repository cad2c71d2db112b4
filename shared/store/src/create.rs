//! Creating a session: one open session per conversation, one answer per idempotency key.

use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{Briefing, IdempotencyKey, Session, SessionId, TransferId, Transition};

use crate::call::Condition;
use crate::keys::{Key, attribute, digest};
use crate::retry::Backoff;
use crate::rows::{
    Row, briefing_row, naming_row, number, session_row, take_transfer, take_value, text, timeline_row, value,
};
use crate::transaction::{Outcome, Transaction};
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

/// The session that the guard names, as it was found to be over.
#[derive(Debug, Clone, Copy)]
struct Predecessor(TransferId);

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
    /// ended or expired does not hold its conversation, even while its record still stands.
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
                Step::Guarded(holder) => match self.session(&transition.session.project_id, holder).await? {
                    Some(open) if is_open(&open, now) => return Ok(Created::ConversationOpen(open.session_id)),
                    Some(_) | None => predecessor = Some(Predecessor(holder)),
                },
                Step::Overtaken => predecessor = None,
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }
}

fn is_open(session: &Session, now: DateTime<Utc>) -> bool {
    !session.is_ended() && !session.is_expired(now)
}

impl Attempt<'_> {
    async fn run(&self, store: &Store, predecessor: Option<Predecessor>) -> Result<Step, StoreError> {
        let parts = self.parts(store, predecessor)?;
        match parts.run(store, Some(&self.token(predecessor))).await? {
            Outcome::Committed => Ok(Step::Finished(Created::Created)),
            Outcome::Refused(refused) => self.judge(refused),
        }
    }

    /// The same for every try to write the same, so that a try whose answer was lost counts.
    fn token(&self, predecessor: Option<Predecessor>) -> String {
        let [own, at] = [self.transfer().to_string(), self.now.timestamp_micros().to_string()];
        let replaced = predecessor.map(|Predecessor(id)| id.to_string()).unwrap_or_default();
        digest(["create", own.as_str(), at.as_str(), replaced.as_str()])
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
            Some(Predecessor(id)) => {
                let names_it = Condition::new("#transferId = :predecessor", [(":predecessor", text(id.to_string()))]);
                parts.put_if(Role::Guard, guard, &names_it)?;
                let over = Condition::new(
                    "attribute_not_exists(#pk) OR attribute_exists(#end) OR #expiresAt <= :now",
                    [(":now", number(self.now.timestamp()))],
                );
                parts.check(Role::Predecessor, &Key::session(project, id), &over)?;
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
    fn judge(&self, refused: Vec<(Role, Option<Item>)>) -> Result<Step, StoreError> {
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
