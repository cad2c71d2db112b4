//! The list index: one parallel round of queries over all statuses and shards.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use serde_dynamo::Item;
use transfer_domain::{ProjectId, TransferId};
use uuid::Uuid;

use crate::call::placeholders;
use crate::cursor::{list_cursor, list_position};
use crate::keys::{LIST_INDEX, LIST_SHARDS, ListKind, attribute, digest, list_key};
use crate::rows::{take_transfer, text};
use crate::{ListError, Store, StoreError};

/// How many entries one query looks at where a filter drops some: what bounds a page's cost.
const FILTERED_ENTRIES: i32 = 200;

/// What a list asks of the index.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) project: ProjectId,
    /// Without repetitions, in a fixed order.
    pub(crate) kinds: Vec<ListKind>,
    pub(crate) filters: Vec<(Filter, String)>,
    pub(crate) created_after: Option<DateTime<Utc>>,
    pub(crate) created_before: Option<DateTime<Utc>>,
}

/// An attribute that the index holds beside its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Channel,
    Provider,
    Agent,
    ContactId,
    QueueName,
}

/// What the index found.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// Newest first.
    pub(crate) ids: Vec<TransferId>,
    pub(crate) next_cursor: Option<String>,
}

/// What one query found.
struct Found {
    ids: Vec<TransferId>,
    /// The oldest entry that was looked at, if older ones were left.
    cut_at: Option<TransferId>,
}

impl Filter {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Channel => attribute::CHANNEL,
            Self::Provider => "provider",
            Self::Agent => "agent",
            Self::ContactId => "contactId",
            Self::QueueName => attribute::QUEUE_NAME,
        }
    }
}

impl Store {
    /// The ids of one page, by one parallel round of queries.
    pub(crate) async fn candidates(
        &self,
        question: &Question,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Candidates, ListError> {
        let described = question.described();
        let after = cursor.map(|cursor| list_position(&described, cursor)).transpose()?;
        let Some(range) = question.range(after) else {
            return Ok(Candidates { ids: Vec::new(), next_cursor: None });
        };
        let partitions = question
            .kinds
            .iter()
            .flat_map(|kind| (0..LIST_SHARDS).map(|shard| list_key(&question.project, *kind, shard)));
        let found = try_join_all(partitions.map(|pk| self.query_index(pk, question, &range, limit))).await?;
        let (ids, last) = merged(found, limit.into());
        Ok(Candidates { ids, next_cursor: last.map(|last| list_cursor(&described, last)) })
    }

    async fn query_index(
        &self,
        pk: String,
        question: &Question,
        (low, high): &(String, String),
        limit: u8,
    ) -> Result<Found, StoreError> {
        let condition = "#listKey = :list AND #transferId BETWEEN :low AND :high";
        let filters: Vec<_> = question.filters.iter().map(|(name, value)| (name.attribute(), value)).collect();
        let filter: Vec<_> = filters.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let filter = filter.join(" AND ");
        let mut names = placeholders(condition);
        names.extend(placeholders(&filter));
        // One more than the page tells whether there is a next one.
        let entries = i32::from(limit) + 1;
        let entries = if filters.is_empty() { entries } else { entries.max(FILTERED_ENTRIES) };
        let mut query = self
            .client
            .query()
            .index_name(LIST_INDEX)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":list", text(pk))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .set_filter_expression(Some(filter).filter(|filter| !filter.is_empty()))
            .scan_index_forward(false)
            .limit(entries);
        for (name, value) in filters {
            query = query.expression_attribute_values(format!(":{name}"), text(value));
        }
        let page = self.query(query).await?;
        let rows = page.items.into_iter().flatten();
        let ids = rows.map(|row| take_transfer(&mut row.into())).collect::<Result<_, _>>()?;
        let cut_at = page.last_evaluated_key.map(|key| take_transfer(&mut Item::from(key))).transpose()?;
        Ok(Found { ids, cut_at })
    }
}

/// The newest ids that are certainly complete, and the position after them if more may follow.
///
/// Below the place where a query was cut nothing is known of its partition, so no id below the highest such place
/// may be shown: it could stand before one that was not read.
fn merged(found: Vec<Found>, limit: usize) -> (Vec<TransferId>, Option<TransferId>) {
    let horizon = found.iter().filter_map(|found| found.cut_at).max();
    // An id may stand in two partitions while its status changes.
    let all: BTreeSet<_> = found.into_iter().flat_map(|found| found.ids).collect();
    let mut ids: Vec<_> =
        all.into_iter().rev().filter(|id| horizon.is_none_or(|horizon| *id >= horizon)).take(limit + 1).collect();
    if ids.len() > limit {
        ids.truncate(limit);
        let last = ids.last().copied();
        return (ids, last);
    }
    (ids, horizon)
}

impl Question {
    /// The ids to look at, as the first and last possible uuid; `None` if there are none.
    fn range(&self, after: Option<TransferId>) -> Option<(String, String)> {
        let low = self.created_after.map_or(Some(0), first_id_of)?;
        let before = match self.created_before {
            Some(at) => first_id_of(at)?.checked_sub(1)?,
            None => u128::MAX,
        };
        let high = match after {
            Some(last) => before.min(last.uuid().as_u128().checked_sub(1)?),
            None => before,
        };
        let id = |value| Uuid::from_u128(value).as_hyphenated().to_string();
        (low <= high).then(|| (id(low), id(high)))
    }

    /// Differs for different questions: a cursor belongs to one.
    pub(crate) fn described(&self) -> String {
        let kinds = self.kinds.iter().map(|kind| list_key(&self.project, *kind, 0));
        let filters = self.filters.iter().flat_map(|(name, value)| [name.attribute().to_owned(), value.clone()]);
        let times = [self.created_after, self.created_before];
        let times = times.iter().map(|at| at.map_or_else(String::new, |at| at.timestamp_micros().to_string()));
        let parts: Vec<_> = kinds.chain(times).chain(filters).collect();
        digest(parts.iter().map(String::as_str))
    }
}

/// The smallest version 7 uuid of the first whole millisecond from `at` on; `None` beyond what they can tell.
fn first_id_of(at: DateTime<Utc>) -> Option<u128> {
    let whole = at.timestamp_millis();
    let up = i64::from(!at.timestamp_subsec_nanos().is_multiple_of(1_000_000));
    let millis = u128::try_from((whole + up).max(0)).ok()?;
    (millis < 1 << 48).then_some(millis << 80)
}
