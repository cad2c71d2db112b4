//! Removing sessions before their time, because their contact's data is to be erased.

use chrono::{DateTime, Utc};
use serde_dynamo::Item;
use transfer_domain::{ContactId, ProjectId, Session, TransferId};

use crate::call::Condition;
use crate::index::Question;
use crate::keys::{Key, ListKind, SEEN_FOR, attribute};
use crate::rows::{Row, bare, number, session_of, take_optional, value};
use crate::transaction::Transaction;
use crate::{ListError, RowType, Store, StoreError, row_type};

/// Some of a contact's sessions, as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Contacted {
    /// Those whose records stand, newest first; expired and forgotten ones, too.
    pub sessions: Vec<Session>,
    /// Whether there may be more.
    pub more: bool,
}

/// What became of erasing a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// Its record is removed, and its task, if it had one. What hangs on it follows by [`Store::forget`].
    Removed {
        /// Whether it had one.
        task: bool,
    },
    /// It has changed since it was loaded: nothing was removed.
    Changed,
}

/// What a part of the transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Session,
    Task,
}

impl Store {
    /// A contact's newest sessions, at most `limit`, held within 1 to 100, by their records.
    pub async fn sessions_of_contact(
        &self,
        project: &ProjectId,
        contact: &ContactId,
        limit: u8,
    ) -> Result<Contacted, ListError> {
        let question = Question {
            project: project.clone(),
            kinds: vec![ListKind::Session(transfer_domain::Status::Ended)],
            shards: 1,
            filters: Vec::new(),
            besides: Vec::new(),
            created_after: None,
            created_before: None,
        };
        let found = self.of_contact(&question, contact, &[], crate::list::bounded(limit), None).await?;
        let keys: Vec<_> = found.entries.iter().map(|(id, _)| Key::session(project, *id)).collect();
        let rows = self.batch_get(&keys).await?;
        let mut sessions = rows.into_iter().map(session_of).collect::<Result<Vec<_>, _>>()?;
        sessions.sort_by_key(|session| std::cmp::Reverse(session.transfer_id()));
        Ok(Contacted { sessions, more: found.after.is_some() })
    }

    /// Removes a session's record and its task at once, if the record is as it was loaded; what remembers its request
    /// goes before. Safe to repeat: whatever was cut off, the record goes last.
    ///
    /// In the task's place stands for as long as events may be repeated that there shall be none.
    pub async fn erase(&self, session: &Session, now: DateTime<Utc>) -> Result<Erased, StoreError> {
        let (project, transfer) = (&session.project_id, session.transfer_id());
        let keys = [Key::task(project, transfer), Key::request(project, transfer)];
        let mut task = false;
        for mut row in self.batch_get(&keys).await? {
            task |= row_type(&row) == Some(RowType::Task);
            if let Some(name) = take_optional::<String>(&mut row, value::IDEMPOTENCY)? {
                self.delete_if_naming(&Key::idempotency_of(project, &name), transfer).await?;
            }
        }
        let unchanged = Condition::new("#version = :loaded", [(":loaded", number(session.version))]);
        let mut parts = Transaction::new(self);
        parts.delete_if(Role::Session, &Key::session(project, transfer), &unchanged)?;
        parts.put(Role::Task, erased_row(project, transfer, now))?;
        let refused = parts.run(self, None).await?.settled()?;
        match refused.and_then(|refused| refused.into_iter().find(|(role, _)| *role == Role::Session)) {
            None => Ok(Erased::Removed { task }),
            Some((_, Some(_))) => Ok(Erased::Changed),
            // By a try of ours whose answer was lost, by somebody else who erases, or by the table's TTL.
            Some((_, None)) => {
                self.put_if(&erased_row(project, transfer, now), &Condition::new("", [])).await?;
                Ok(Erased::Removed { task })
            }
        }
    }
}

/// Whether a task's place says that its session was erased.
pub(crate) fn is_erased(row: &Item) -> bool {
    row_type(row) == Some(RowType::Erased)
}

fn erased_row(project: &ProjectId, transfer: TransferId, now: DateTime<Utc>) -> Row {
    let mut row = bare(Key::task(project, transfer), RowType::Erased);
    row.insert(attribute::EXPIRES_AT.to_owned(), number((now + SEEN_FOR).timestamp()));
    row
}
