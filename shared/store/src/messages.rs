//! Reading a session's messages and timeline.

use transfer_domain::{Direction, MAX_HISTORY_TURNS, Message, ProjectId, TimelineEntry, TransferId};

use crate::call::{key_attributes, placeholders};
use crate::cursor::after_sequence;
use crate::keys::{Key, MESSAGES, TIMELINE, message_sort_key, session_partition};
use crate::list::bounded;
use crate::rows::{message_of, take_value, text, value};
use crate::{ListError, Page, Store, StoreError};

impl Store {
    /// A session's messages, oldest first, after the sequence `after`. `limit` is held within 1 to 100.
    pub async fn messages(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<Message>, ListError> {
        let limit = bounded(limit);
        let pk = session_partition(project, transfer);
        let start = after_sequence(after)?;
        let behind = key_attributes(&Key { pk: pk.clone(), sk: message_sort_key(start) });
        // One more than asked for tells whether there is a next page.
        let query = self.prefix_query(&pk, MESSAGES).limit(i32::from(limit) + 1);
        let page = self.query(query.set_exclusive_start_key(Some(behind))).await?;
        let cut = page.last_evaluated_key.is_some();
        let rows = page.items.into_iter().flatten().map(|row| message_of(row.into()));
        let items: Vec<Message> = rows.collect::<Result<_, _>>()?;
        let places: Vec<_> = items.iter().map(|message| message.sequence.to_string()).collect();
        Ok(Page::of(items, places.into_iter(), &start.to_string(), limit, cut))
    }

    /// A session's last messages, oldest first: as many as a history can have turns.
    pub async fn last_messages(&self, project: &ProjectId, transfer: TransferId) -> Result<Vec<Message>, StoreError> {
        let most = i32::try_from(MAX_HISTORY_TURNS).unwrap_or(i32::MAX);
        let query = self.prefix_query(&session_partition(project, transfer), MESSAGES).scan_index_forward(false);
        let page = self.query(query.limit(most)).await?;
        page.items.into_iter().flatten().rev().map(|row| message_of(row.into())).collect()
    }

    /// A session's timeline, oldest first, after the sequence `after`. `limit` is held within 1 to 100. It begins with
    /// `first`, which is not kept.
    pub async fn timeline(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        first: Option<TimelineEntry>,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<TimelineEntry>, ListError> {
        let limit = bounded(limit);
        let start = after_sequence(after)?;
        let mut items = self.whole_timeline(project, transfer, first).await?;
        items.retain(|entry| entry.sequence > start);
        items.truncate(usize::from(limit) + 1);
        let places: Vec<_> = items.iter().map(|entry| entry.sequence.to_string()).collect();
        Ok(Page::of(items, places.into_iter(), &start.to_string(), limit, false))
    }

    /// All of a session's timeline, oldest first. It begins with `first`, which is not kept.
    pub async fn whole_timeline(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        first: Option<TimelineEntry>,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let rows = self.query_prefix(&session_partition(project, transfer), TIMELINE).await?;
        let kept = rows.into_iter().map(|mut row| take_value(&mut row, value::ENTRY));
        let mut items: Vec<TimelineEntry> = kept.collect::<Result<_, _>>()?;
        items.extend(first);
        // Rows stand by the identity of their events.
        items.sort_by_key(|entry| entry.sequence);
        Ok(items)
    }

    /// The contact's messages that have no final delivery state, with a sequence of `from` up to `through`, in order.
    pub async fn undelivered(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        from: u64,
        through: u64,
    ) -> Result<Vec<Message>, StoreError> {
        if from > through {
            return Ok(Vec::new());
        }
        let condition = "#pk = :pk AND #sk BETWEEN :first AND :last";
        let mut messages: Vec<Message> = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .key_condition_expression(condition)
                .set_expression_attribute_names(Some(placeholders(condition)))
                .expression_attribute_values(":pk", text(session_partition(project, transfer)))
                .expression_attribute_values(":first", text(message_sort_key(from)))
                .expression_attribute_values(":last", text(message_sort_key(through)))
                .consistent_read(true)
                .set_exclusive_start_key(start.take());
            let page = self.query(query).await?;
            for row in page.items.into_iter().flatten() {
                messages.push(message_of(row.into())?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        messages.retain(|message| message.direction == Direction::Outbound && !message.delivery.is_settled());
        Ok(messages)
    }
}
