//! Committing a decision.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_dynamo::{AttributeValue, Item};
use transfer_domain::{MessageWrite, Session, SourceId, Transition, expire};

use crate::call::{Condition, Written};
use crate::keys::Key;
use crate::rows::{
    Row, facts_row, is_expired, message_row, naming_row, number, seen_row, session_row, text, timeline_row,
};
use crate::transaction::{Refused, Transaction};
use crate::{RowType, Store, StoreError};

/// Which call wrote the session last.
const WRITE: &str = "write";
/// How much of a name of a call is kept: enough that no two are the same.
const WRITE_CHARS: usize = 12;

/// What became of a commit. Unless it is `Committed`, nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// All of it is written.
    Committed,
    /// These identities were there already.
    Seen {
        /// Events.
        events: Vec<SourceId>,
        /// Messages.
        messages: Vec<SourceId>,
    },
    /// The session has changed since the decision: load and decide again.
    Conflict,
    /// The session has expired or its record is gone.
    Gone,
    /// The provider's name of the conversation belongs to another session.
    LinkTaken,
}

/// What a part of the transaction is for.
#[derive(Debug, Clone)]
enum Role {
    Session,
    Facts,
    Message,
    Seen(SourceId),
    /// The timeline's entry of an event.
    Event(SourceId),
    /// Any other entry of the timeline: of something that we did, or of what a message could not show.
    Entry,
    Link,
}

impl Store {
    /// Writes all of a transition if the session is still at the version it is based on and has not expired `now`.
    pub async fn commit(&self, transition: &Transition, now: DateTime<Utc>) -> Result<Commit, StoreError> {
        if transition.is_empty() {
            return Ok(Commit::Committed);
        }
        // Known to this call alone: two who decide the same at the same moment must not both believe they did it.
        let write: String = self.ids.secret().chars().take(WRITE_CHARS).collect();
        let mut row = session_row(&transition.session)?;
        row.insert(WRITE.to_owned(), text(&write));
        let refused = if touches_session_only(transition) {
            // Half the price of a transaction.
            match self.put_if(&row, &unchanged(transition, now)).await? {
                Written::Done => return Ok(Commit::Committed),
                Written::Refused(row) => vec![(Role::Session, row)],
            }
        } else {
            match self.parts(transition, row, now)?.run(self, None).await?.settled()? {
                None => return Ok(Commit::Committed),
                Some(refused) => refused,
            }
        };
        // Only its end is written to a session whose time is over.
        let is_over = |row: &Item| !transition.ends_expired && is_expired(row, now.timestamp());
        Ok(judge(refused, &write, is_over))
    }

    /// Ends a session whose time is over, unless somebody did.
    pub async fn end_expired(&self, session: &Session, now: DateTime<Utc>) -> Result<(), StoreError> {
        if let Some(end) = expire(session, now) {
            self.commit(&end, now).await?;
        }
        Ok(())
    }

    /// Keeps an open session that the table's TTL removed, by its last image, as what it is: expired. Safe to repeat.
    pub async fn keep_expired(&self, last: &Session, now: DateTime<Utc>) -> Result<(), StoreError> {
        // It was removed, so its time is over, whatever our clock says.
        let over = last.expires_at.map_or(now, |at| at.max(now));
        let Some(end) = expire(last, over) else { return Ok(()) };
        let mut parts = Transaction::new(self);
        parts.put_if(Role::Session, session_row(&end.session)?, &Condition::absent())?;
        for entry in &end.timeline {
            parts.put(Role::Entry, timeline_row(&end.session, entry)?)?;
        }
        match parts.run(self, None).await?.settled()? {
            None | Some(_) => Ok(()),
        }
    }

    fn parts(&self, transition: &Transition, row: Row, now: DateTime<Utc>) -> Result<Transaction<Role>, StoreError> {
        let session = &transition.session;
        let mut parts = Transaction::new(self);
        let unchanged = unchanged(transition, now);
        if transition.touches_session {
            parts.put_if(Role::Session, row, &unchanged)?;
        } else {
            parts.check(Role::Session, &Key::session(&session.project_id, session.transfer_id()), &unchanged)?;
        }
        if let Some(facts) = &transition.facts {
            parts.put(Role::Facts, facts_row(session, facts)?)?;
        }
        for write in &transition.messages {
            // The identity of a new one is checked; whoever else could change an old one would change the session, too.
            let (MessageWrite::New(message) | MessageWrite::Acknowledged(message)) = write;
            parts.put(Role::Message, message_row(session, message)?)?;
        }
        add_identities(&mut parts, transition)?;
        for entry in &transition.timeline {
            let row = timeline_row(session, entry)?;
            if transition.seen.contains(&entry.source_id) {
                parts.put_if(Role::Event(entry.source_id.clone()), row, &Condition::absent())?;
            } else {
                // It may take the place of the one before it: what is done again after a kill notes the same again.
                parts.put(Role::Entry, row)?;
            }
        }
        let mine = Condition::new(
            "attribute_not_exists(#pk) OR #transferId = :me",
            [(":me", text(session.transfer_id().to_string()))],
        );
        for name in &transition.links {
            let key = Key::link(&session.project_id, session.provider, name);
            parts.put_if(
                Role::Link,
                naming_row(key, RowType::Link, session.transfer_id(), session.updated_at),
                &mine,
            )?;
        }
        Ok(parts)
    }
}

/// The session is as the decision saw it and its time is not over, unless it is that which is decided about.
fn unchanged(transition: &Transition, now: DateTime<Utc>) -> Condition {
    if transition.ends_expired {
        return Condition::new("#version = :basedOn", [(":basedOn", number(transition.based_on))]);
    }
    Condition::new(
        "#version = :basedOn AND (attribute_not_exists(#expiresAt) OR #expiresAt > :now)",
        [(":basedOn", number(transition.based_on)), (":now", number(now.timestamp()))],
    )
}

fn add_identities(parts: &mut Transaction<Role>, transition: &Transition) -> Result<(), StoreError> {
    let session = &transition.session;
    let mut once = HashSet::new();
    for write in &transition.messages {
        let MessageWrite::New(message) = write else { continue };
        if !once.insert((message.direction, &message.message_id)) {
            return Err(StoreError::rejected("Commit", "RepeatedIdentity"));
        }
        let key = Key::seen(&session.project_id, session.transfer_id(), message.direction, &message.message_id);
        let row = seen_row(key, message.sequence, session.updated_at);
        parts.put_if(Role::Seen(message.message_id.clone()), row, &Condition::absent())?;
    }
    let mut once = HashSet::new();
    if transition.seen.iter().all(|id| once.insert(id)) {
        Ok(())
    } else {
        Err(StoreError::rejected("Commit", "RepeatedIdentity"))
    }
}

/// What the refused parts mean together; of several reasons the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    LinkTaken,
    Conflict,
    Seen,
    Gone,
    /// An earlier try of this call succeeded and its answer was lost.
    Own,
}

fn judge(refused: Refused<Role>, write: &str, is_over: impl Fn(&Item) -> bool) -> Commit {
    let (mut events, mut messages) = (Vec::new(), Vec::new());
    let verdicts = refused.into_iter().map(|(role, row)| match (role, row) {
        (Role::Session, Some(row)) if written_by(&row, write) => Verdict::Own,
        (Role::Session, Some(row)) if !is_over(&row) => Verdict::Conflict,
        (Role::Session, _) => Verdict::Gone,
        (Role::Seen(id), _) => {
            messages.push(id);
            Verdict::Seen
        }
        (Role::Event(id), _) => {
            events.push(id);
            Verdict::Seen
        }
        (Role::Link, _) => Verdict::LinkTaken,
        // Written without a condition.
        (Role::Facts | Role::Message | Role::Entry, _) => Verdict::Conflict,
    });
    match verdicts.max() {
        Some(Verdict::Own) => Commit::Committed,
        Some(Verdict::Gone) => Commit::Gone,
        Some(Verdict::Seen) => Commit::Seen { events, messages },
        Some(Verdict::Conflict) | None => Commit::Conflict,
        Some(Verdict::LinkTaken) => Commit::LinkTaken,
    }
}

fn written_by(row: &Item, write: &str) -> bool {
    matches!(row.get(WRITE), Some(AttributeValue::S(stored)) if stored == write)
}

fn touches_session_only(transition: &Transition) -> bool {
    let Transition { facts, messages, timeline, seen, links, .. } = transition;
    transition.touches_session
        && facts.is_none()
        && messages.is_empty()
        && timeline.is_empty()
        && seen.is_empty()
        && links.is_empty()
}
