//! The Inbox's escalation tasks.

use chrono::{DateTime, Utc};
use transfer_domain::{ListShards, ProjectId, Task, TaskStatus, TransferId};

use crate::call::{Condition, Written};
use crate::cursor::{Places, list_cursor, list_position};
use crate::erase::is_erased;
use crate::index::Question;
use crate::keys::{Key, ListKind};
use crate::list::bounded;
use crate::retry::Backoff;
use crate::rows::{is_expired, number, task_of, task_row};
use crate::{ListError, Listed, Store, StoreError};

/// What became of a decision about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upserted<E> {
    /// It is written.
    Stored(Box<Task>),
    /// There was nothing to write; this is the task as it stands, if there is one.
    Unchanged(Option<Box<Task>>),
    /// The decision was to refuse.
    Refused(E),
}

impl Store {
    /// A task; an expired one counts as absent, and so does that of an erased session.
    pub async fn task(
        &self,
        project: &ProjectId,
        id: TransferId,
        now: DateTime<Utc>,
    ) -> Result<Option<Task>, StoreError> {
        let row = self.get(&Key::task(project, id)).await?;
        row.filter(|row| !is_expired(row, now.timestamp()) && !is_erased(row)).map(task_of).transpose()
    }

    /// Writes a task if the version stored is `expected` (`None` = there is none, or an expired one); tells whether
    /// it was. The task carries its new version itself.
    pub async fn put_task(&self, task: &Task, expected: Option<u64>, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let condition = match expected {
            None => {
                Condition::new("attribute_not_exists(#pk) OR #expiresAt <= :now", [(":now", number(now.timestamp()))])
            }
            Some(version) => Condition::new("#version = :expected", [(":expected", number(version))]),
        };
        match self.put_if(&task_row(task)?, &condition).await? {
            Written::Done => Ok(true),
            Written::Refused(Some(row)) if is_erased(&row) => Ok(false),
            // An earlier try succeeded and its answer was lost.
            Written::Refused(Some(row)) => Ok(task_of(row)? == *task),
            Written::Refused(None) => Ok(false),
        }
    }

    /// Loads the task, lets `decide` decide and writes what it says; loads and asks again as long as others change
    /// the task meanwhile, within bounds. An erased session gets no task any more.
    pub async fn upsert_task<E: Send>(
        &self,
        project: &ProjectId,
        id: TransferId,
        now: DateTime<Utc>,
        mut decide: impl FnMut(Option<&Task>) -> Result<Option<Task>, E> + Send,
    ) -> Result<Upserted<E>, StoreError> {
        let mut backoff = Backoff::of_decisions();
        loop {
            let row = self.get(&Key::task(project, id)).await?.filter(|row| !is_expired(row, now.timestamp()));
            if row.as_ref().is_some_and(is_erased) {
                return Ok(Upserted::Unchanged(None));
            }
            let stored = row.map(task_of).transpose()?;
            let task = match decide(stored.as_ref()) {
                Ok(Some(task)) => task,
                Ok(None) => return Ok(Upserted::Unchanged(stored.map(Box::new))),
                Err(refusal) => return Ok(Upserted::Refused(refusal)),
            };
            if self.put_task(&task, stored.map(|stored| stored.version), now).await? {
                return Ok(Upserted::Stored(Box::new(task)));
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
        }
    }

    /// One page of a project's tasks, newest first, without expired ones; of any of `statuses`, none given = all.
    /// `limit` is held within 1 to 100.
    pub async fn tasks(
        &self,
        project: &ProjectId,
        statuses: &[TaskStatus],
        shards: ListShards,
        limit: u8,
        cursor: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Listed<Task>, ListError> {
        let mut wanted = if statuses.is_empty() { TaskStatus::ALL } else { statuses }.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let question = Question {
            project: project.clone(),
            kinds: wanted.iter().copied().map(ListKind::Task).collect(),
            shards: shards.get(),
            filters: Vec::new(),
            besides: Vec::new(),
            created_after: None,
            created_before: None,
        };
        let described = question.described();
        let mut after = cursor.map(|cursor| list_position(&described, cursor)).transpose()?;
        let mut looked_at = 0;
        loop {
            let found = self.candidates(&question, bounded(limit), after, None).await?;
            looked_at += found.looked_at;
            after = found.after;
            let keys: Vec<_> = found.entries.iter().map(|(id, _)| Key::task(project, *id)).collect();
            let rows = self.batch_get(&keys).await?.into_iter();
            let live = rows.filter(|row| !is_expired(row, now.timestamp()));
            let mut items = live.map(task_of).collect::<Result<Vec<_>, _>>()?;
            items.retain(|task| wanted.contains(&task.status));
            if items.is_empty() && after.is_some() {
                continue;
            }
            items.sort_by_key(|task| std::cmp::Reverse(task.task_id));
            let next_cursor = after.map(|last| list_cursor(&described, last));
            let ids = items.iter().map(|task| task.task_id).collect();
            let places = Places { question: described, ids };
            return Ok(Listed { items, next_cursor, looked_at, places });
        }
    }
}
