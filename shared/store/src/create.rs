//! Creating a session: one open session per conversation, one answer per idempotency key.

use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{
    IdempotencyKey, LinkedBy, NotFollowed, Predecessor, ProjectId, Session, SessionId, TransferId, TransferRequest,
    Transition, VoiceCall, follow,
};

use crate::call::Condition;
use crate::document::seconds;
use crate::keys::{Key, attribute, digest};
use crate::retry::Backoff;
use crate::rows::{
    Row, columns, history_row, naming_row, number, request_row, session_from, session_row, take_optional,
    take_transfer, take_value, text, timeline_row, value, with_value,
};
use crate::transaction::{Outcome, Refused, Transaction};
use crate::{RowType, Store, StoreError};

/// How long an answer is kept for repetitions of its request.
const IDEMPOTENCY: TimeDelta = TimeDelta::hours(24);
/// How many of a conversation's earlier sessions its guard names.
const EARLIER: usize = 20;

/// In an idempotency record, which has a time of its own and is no session: when that was to expire, and whose it is.
const SESSION_EXPIRES_AT: &str = "sessionExpiresAt";
const SESSION_CONTACT: &str = "sessionContact";

/// The caller's idempotency key and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the validated request: the same key with another one is refused.
    pub fingerprint: String,
}

/// What became of a create.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// The session was created.
    Created,
    /// The same request with the same key was answered before: this is the session as it was created then.
    Repeated(Box<Session>),
    /// The key was used for another request.
    KeyReused,
    /// A request with the same key is being written at this moment, and has been for as long as it was tried.
    InProgress,
    /// The conversation has an open session already.
    ConversationOpen(SessionId),
    /// There is no such predecessor.
    NoPredecessor,
    /// The predecessor cannot be followed.
    NotFollowed(NotFollowed),
}

/// What a part of the transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Session,
    Request,
    Guard,
    Idempotency,
    Predecessor,
    Followed,
}

/// The sessions that a conversation had, by its guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Had {
    /// The newest.
    pub(crate) newest: TransferId,
    /// Those before it, newest first.
    pub(crate) earlier: Vec<TransferId>,
}

/// The session that the guard names does not hold the conversation.
#[derive(Debug, Clone)]
struct Guarded {
    had: Had,
    because: Over,
}

/// What stands before a new session.
#[derive(Debug, Clone, Default)]
struct Before {
    guarded: Option<Guarded>,
    /// The end of the link, at the predecessor that was asked for.
    followed: Option<Box<Transition>>,
}

/// Why a session does not hold its conversation.
#[derive(Debug, Clone, Copy)]
enum Over {
    Removed,
    Ended,
}

/// A create, and all that it needs to be tried again.
struct Attempt<'a> {
    transition: &'a Transition,
    request: &'a TransferRequest,
    idempotency: Option<&'a Idempotency>,
    now: DateTime<Utc>,
}

/// What an attempt came to.
enum Step {
    Finished(Created),
    /// The guard names these sessions.
    Guarded(Had),
    /// A predecessor or the guard changed meanwhile.
    Overtaken,
}

impl Store {
    /// Creates the session of a transition that is based on version 0, with its request and the guard of its
    /// conversation, and remembers it under the idempotency key for 24 hours.
    ///
    /// Of any number of concurrent creates for one conversation exactly one is [`Created::Created`]. A session that
    /// ended or expired does not hold its conversation, even while its record still stands. The predecessor that the
    /// request names is linked in the same transaction, once.
    pub async fn create(
        &self,
        transition: &Transition,
        request: &TransferRequest,
        idempotency: Option<&Idempotency>,
        now: DateTime<Utc>,
    ) -> Result<Created, StoreError> {
        let attempt = Attempt { transition, request, idempotency, now };
        let project = &transition.session.project_id;
        let mut backoff = Backoff::of_calls();
        let mut before = Before::default();
        loop {
            if let Some(predecessor) = &request.predecessor {
                before.followed = match attempt.followed(self, predecessor).await? {
                    Ok(followed) => Some(Box::new(followed)),
                    // What was answered before is answered again, whatever became of the predecessor since.
                    Err(not) => return Ok(attempt.answered(self).await?.unwrap_or(not)),
                };
            }
            match attempt.run(self, &before).await? {
                Step::Finished(created) => return Ok(created),
                Step::Guarded(had) => {
                    before.guarded = match self.session(project, had.newest).await? {
                        None => Some(Guarded { had, because: Over::Removed }),
                        Some(session) if session.is_ended() => Some(Guarded { had, because: Over::Ended }),
                        // By a clock that is behind ours it may look alive, and a late message would revive it beside
                        // the new session: so its end is written first.
                        Some(session) if session.is_expired(now) => {
                            self.end_expired(&session, now).await?;
                            None
                        }
                        Some(open) => return Ok(Created::ConversationOpen(open.session_id)),
                    };
                }
                Step::Overtaken => before.guarded = None,
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }
}

/// Makes sure that the session that the guard names is over.
fn set_aside(parts: &mut Transaction<Role>, project: &ProjectId, guarded: &Guarded) -> Result<(), StoreError> {
    let key = Key::session(project, guarded.had.newest);
    match guarded.because {
        Over::Removed => parts.check(Role::Predecessor, &key, &Condition::absent()),
        Over::Ended => parts.check(Role::Predecessor, &key, &Condition::new("attribute_exists(#endedAt)", [])),
    }
}

impl Had {
    /// What the row of a guard says.
    pub(crate) fn of(row: &mut Item) -> Result<Self, StoreError> {
        let earlier = take_optional(row, value::EARLIER)?.unwrap_or_default();
        Ok(Self { newest: take_transfer(row)?, earlier })
    }
}

impl Attempt<'_> {
    async fn run(&self, store: &Store, before: &Before) -> Result<Step, StoreError> {
        let parts = self.parts(store, before)?;
        match parts.run(store, Some(&self.token(before))).await? {
            Outcome::Committed => Ok(Step::Finished(Created::Created)),
            Outcome::Refused(refused) => self.judge(refused),
            Outcome::Contended(roles) if roles.contains(&Role::Idempotency) => Ok(Step::Finished(Created::InProgress)),
            Outcome::Contended(_) => Err(StoreError::unavailable()),
        }
    }

    /// The same for every try to write the same, so that a try whose answer was lost counts.
    fn token(&self, before: &Before) -> String {
        let project = self.transition.session.project_id.as_str();
        let [own, at] = [self.transfer().to_string(), self.now.timestamp_micros().to_string()];
        let replaced = before.guarded.as_ref().map(|it| format!("{}{:?}", it.had.newest, it.because));
        let followed = before.followed.as_ref().map(|it| it.based_on.to_string());
        let [replaced, followed] = [replaced, followed].map(Option::unwrap_or_default);
        digest(["create", project, own.as_str(), at.as_str(), replaced.as_str(), followed.as_str()])
    }

    /// The end of the link, at the predecessor that was asked for.
    async fn followed(
        &self,
        store: &Store,
        predecessor: &Predecessor,
    ) -> Result<Result<Transition, Created>, StoreError> {
        let project = &self.transition.session.project_id;
        let Predecessor { session_id, by } = predecessor;
        let session = store.session(project, session_id.transfer).await?;
        let session = session.filter(|session| session.session_id == *session_id);
        // The plan's own step is done although nothing of the session is kept.
        let is_there = |session: &Session| *by == LinkedBy::Fallback || !session.is_forgotten(self.now);
        let Some(mut session) = session.filter(is_there) else { return Ok(Err(Created::NoPredecessor)) };
        if !session.is_ended() && session.is_expired(self.now) {
            store.end_expired(&session, self.now).await?;
            session = store.session(project, session_id.transfer).await?.unwrap_or(session);
        }
        match follow(&session, &self.transition.session, *by, self.now) {
            Ok(followed) => Ok(Ok(followed)),
            // An earlier try succeeded and its answer was lost.
            Err(NotFollowed::By(successor)) if successor == self.transition.session.session_id => {
                Ok(Err(Created::Created))
            }
            Err(NotFollowed::Open) => Ok(Err(Created::ConversationOpen(session.session_id))),
            Err(not) => Ok(Err(Created::NotFollowed(not))),
        }
    }

    /// What the same request with the same key was answered before.
    async fn answered(&self, store: &Store) -> Result<Option<Created>, StoreError> {
        let Some(idempotency) = self.idempotency else { return Ok(None) };
        let key = Key::idempotency(&self.transition.session.project_id, &idempotency.key);
        let Some(mut row) = store.get(&key).await? else { return Ok(None) };
        let is_over = seconds(&mut row, attribute::EXPIRES_AT)?.is_some_and(|at| at <= self.now);
        if is_over { Ok(None) } else { self.judge_key(row).map(Some) }
    }

    fn parts(&self, store: &Store, before: &Before) -> Result<Transaction<Role>, StoreError> {
        let session = &self.transition.session;
        let project = &session.project_id;
        let mut parts = Transaction::new(store);
        parts.put_if(Role::Session, session_row(session)?, &Condition::absent())?;
        let mut request = request_row(session, self.request)?;
        // Whoever erases the session finds the record by it.
        let key = self.idempotency.map(|idempotency| text(Key::name_of(&idempotency.key)));
        request.extend(key.map(|key| (value::IDEMPOTENCY.to_owned(), key)));
        parts.put(Role::Request, request)?;
        for call in self.request.voice.iter().flat_map(VoiceCall::ids) {
            let key = Key::call(project, call, self.transfer());
            parts.put(Role::Request, naming_row(key, RowType::Call, self.transfer(), self.now))?;
        }
        if let Some(row) = history_row(session, &self.request.briefing.history)? {
            parts.put(Role::Request, row)?;
        }
        for entry in &self.transition.timeline {
            parts.put(Role::Request, timeline_row(session, entry)?)?;
        }
        if let Some(followed) = &before.followed {
            let seen = Condition::new("#version = :basedOn", [(":basedOn", number(followed.based_on))]);
            parts.put_if(Role::Followed, session_row(&followed.session)?, &seen)?;
            for entry in &followed.timeline {
                parts.put(Role::Request, timeline_row(&followed.session, entry)?)?;
            }
        }
        let guard = Key::guard(project, &session.session_id.conversation);
        let guard = naming_row(guard, RowType::Guard, self.transfer(), self.now);
        match &before.guarded {
            None => parts.put_if(Role::Guard, guard, &Condition::absent())?,
            Some(guarded) => {
                let Had { newest, earlier } = &guarded.had;
                let named = text(newest.to_string());
                let names_it = Condition::new("#transferId = :predecessor", [(":predecessor", named)]);
                let earlier: Vec<_> = std::iter::once(newest).chain(earlier).take(EARLIER).collect();
                parts.put_if(Role::Guard, with_value(guard, value::EARLIER, &earlier)?, &names_it)?;
                // The link itself makes sure of the one that is followed.
                let is_followed = |it: &Transition| it.session.transfer_id() == *newest;
                if !before.followed.as_deref().is_some_and(is_followed) {
                    set_aside(&mut parts, project, guarded)?;
                }
            }
        }
        if let Some(idempotency) = self.idempotency {
            let unused = Condition::new(
                "attribute_not_exists(#pk) OR #expiresAt <= :now",
                [(":now", number(self.now.timestamp()))],
            );
            parts.put_if(Role::Idempotency, self.idempotency_row(idempotency)?, &unused)?;
        }
        Ok(parts)
    }

    /// What was created is what the first answer told, beside the request itself, which a repetition brings again.
    fn idempotency_row(&self, idempotency: &Idempotency) -> Result<Row, StoreError> {
        let session = &self.transition.session;
        let key = Key::idempotency(&session.project_id, &idempotency.key);
        let mut row = naming_row(key, RowType::Idempotency, self.transfer(), self.now);
        let until = self.now + IDEMPOTENCY;
        row.extend(columns(&Session { changes: Vec::new(), ..session.clone() })?);
        let contact = row.remove(attribute::CONTACT_KEY);
        row.extend(contact.map(|contact| (SESSION_CONTACT.to_owned(), contact)));
        row.insert(value::FINGERPRINT.to_owned(), text(&idempotency.fingerprint));
        let expiry = session.expires_at.map(|at| (SESSION_EXPIRES_AT.to_owned(), number(at.timestamp())));
        row.extend(expiry);
        row.insert(attribute::EXPIRES_AT.to_owned(), number(until.timestamp()));
        Ok(row)
    }

    /// A repetition of the request meets both its key and its guard, so the key is looked at first.
    fn judge(&self, refused: Refused<Role>) -> Result<Step, StoreError> {
        let mut step = Step::Overtaken;
        for (role, row) in refused {
            match (role, row) {
                (Role::Idempotency, Some(row)) => return self.judge_key(row).map(Step::Finished),
                (Role::Guard, Some(mut row)) => match Had::of(&mut row)? {
                    // An earlier try succeeded and its answer was lost.
                    had if had.newest == self.transfer() => step = Step::Finished(Created::Created),
                    had => {
                        if matches!(step, Step::Overtaken) {
                            step = Step::Guarded(had);
                        }
                    }
                },
                // An id that exists can only be our own, written by a try whose answer was lost.
                (Role::Session, Some(_)) => step = Step::Finished(Created::Created),
                (Role::Session | Role::Guard | Role::Idempotency, None)
                | (Role::Request | Role::Predecessor | Role::Followed, _) => {}
            }
        }
        Ok(step)
    }

    fn judge_key(&self, mut row: Item) -> Result<Created, StoreError> {
        let first = take_transfer(&mut row)?;
        if first == self.transfer() {
            return Ok(Created::Created);
        }
        let fingerprint: String = take_value(&mut row, value::FINGERPRINT)?;
        match self.idempotency {
            Some(idempotency) if idempotency.fingerprint == fingerprint => {
                let expires_at = seconds(&mut row, SESSION_EXPIRES_AT)?;
                if let Some(contact) = row.remove(SESSION_CONTACT) {
                    row.insert(attribute::CONTACT_KEY.to_owned(), contact);
                }
                let session = session_from(&self.transition.session.project_id, first, row)?;
                Ok(Created::Repeated(Box::new(Session { expires_at, ..session })))
            }
            Some(_) | None => Ok(Created::KeyReused),
        }
    }

    fn transfer(&self) -> TransferId {
        self.transition.session.transfer_id()
    }
}
