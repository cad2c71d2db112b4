//! Reading a session's messages and timeline.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use transfer_domain::{Direction, Message, ProjectId, TimelineEntry, TransferId};

use crate::call::{key_attributes, placeholders};
use crate::cursor::{page_position, page_token};
use crate::keys::{
    Key, MESSAGE_KEY_LENGTH, MESSAGES, TIMELINE, TIMELINE_KEY_LENGTH, attribute, message_prefix, session_partition,
};
use crate::list::bounded;
use crate::rows::{take_value, text, value};
use crate::{ListError, Page, Store, StoreError};

/// One sort of a session's rows.
struct Rows {
    prefix: &'static str,
    key_length: usize,
    value: &'static str,
}

const MESSAGE_ROWS: Rows = Rows { prefix: MESSAGES, key_length: MESSAGE_KEY_LENGTH, value: value::MESSAGE };
const TIMELINE_ROWS: Rows = Rows { prefix: TIMELINE, key_length: TIMELINE_KEY_LENGTH, value: value::ENTRY };

impl Store {
    /// A session's messages, oldest first, after the position `after`. `limit` is held within 1 to 100.
    pub async fn messages(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<Message>, ListError> {
        self.rows(&MESSAGE_ROWS, session_partition(project, transfer), after, limit).await
    }

    /// A session's timeline, oldest first, after the position `after`. `limit` is held within 1 to 100.
    pub async fn timeline(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<TimelineEntry>, ListError> {
        self.rows(&TIMELINE_ROWS, session_partition(project, transfer), after, limit).await
    }

    async fn rows<T: DeserializeOwned>(
        &self,
        rows: &Rows,
        pk: String,
        after: Option<&str>,
        limit: u8,
    ) -> Result<Page<T>, ListError> {
        let limit = bounded(limit);
        let start = after.map(|token| page_position(token, rows.prefix, rows.key_length)).transpose()?;
        let start = start.map(|sk| key_attributes(&Key { pk: pk.clone(), sk }));
        // One more than asked for tells whether there is a next page.
        let query = self.prefix_query(&pk, rows.prefix).limit(i32::from(limit) + 1);
        let page = self.query(query.set_exclusive_start_key(start)).await?;
        let mut items: Vec<Item> = page.items.into_iter().flatten().map(Item::from).collect();
        let mut next = match page.last_evaluated_key.as_ref().and_then(|key| key.get(attribute::SK)) {
            Some(AttributeValue::S(sk)) => Some(page_token(sk)),
            _ => None,
        };
        if items.len() > usize::from(limit) {
            items.truncate(limit.into());
            next = items.last().and_then(sort_key).map(page_token);
        }
        let after = items.iter().filter_map(sort_key).map(page_token).collect();
        let items = items.into_iter().map(|mut row| take_value(&mut row, rows.value)).collect::<Result<_, _>>()?;
        Ok(Page { items, next, after })
    }

    /// The contact's messages that have no final delivery state, with a sequence above `after` and up to `through`,
    /// in order.
    pub async fn undelivered(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: u64,
        through: u64,
    ) -> Result<Vec<Message>, StoreError> {
        if after >= through {
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
                .expression_attribute_values(":first", text(message_prefix(after + 1)))
                // Behind every digest of the last sequence.
                .expression_attribute_values(":last", text(format!("{}~", message_prefix(through))))
                .consistent_read(true)
                .set_exclusive_start_key(start.take());
            let page = self.query(query).await?;
            for row in page.items.into_iter().flatten() {
                messages.push(take_value(&mut row.into(), value::MESSAGE)?);
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

fn sort_key(row: &Item) -> Option<&str> {
    match row.get(attribute::SK) {
        Some(serde_dynamo::AttributeValue::S(sk)) => Some(sk),
        _ => None,
    }
}
