//! The indexes: lists by one parallel round of queries over statuses and shards, a contact's sessions, and what is due.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use serde_dynamo::Item;
use transfer_domain::{ContactId, ProjectId, TransferId};
use uuid::Uuid;

use crate::call::placeholders;
use crate::document::seconds;
use crate::keys::{
    CONTACT_INDEX, DUE_INDEX, DUE_SHARDS, LIST_INDEX, ListKind, attribute, contact_key, digest, due_key, list_key,
    partitions_of, session_partition, transfer_of,
};
use crate::rows::{number, owner_of, text};
use crate::{ListError, Store, StoreError};

/// How many entries one query looks at where a filter drops some.
const FILTERED_ENTRIES: i32 = 1_000;

/// What a list asks of its index.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) project: ProjectId,
    /// Without repetitions, in a fixed order.
    pub(crate) kinds: Vec<ListKind>,
    /// Over how many shards each of them may be spread.
    pub(crate) shards: u8,
    pub(crate) filters: Vec<(Filter, String)>,
    /// What else tells it from others.
    pub(crate) besides: Vec<String>,
    pub(crate) created_after: Option<DateTime<Utc>>,
    pub(crate) created_before: Option<DateTime<Utc>>,
}

/// An attribute that the list index holds beside its keys, and that lists filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Channel,
    Provider,
    Agent,
    ContactKey,
    Conversation,
    QueueName,
    Outcome,
    HandBack,
    Trigger,
    ReasonCode,
    Tag,
    Unconfirmed,
}

/// What one round of queries found.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// The entries, newest first, each of another transfer.
    pub(crate) entries: Vec<(TransferId, Item)>,
    /// The position after them, if more may follow.
    pub(crate) after: Option<TransferId>,
    /// How many entries of the index were looked at.
    pub(crate) looked_at: u32,
}

/// What one query found.
struct Found {
    entries: Vec<(TransferId, Item)>,
    /// The oldest entry that was looked at, if older ones were left.
    cut_at: Option<TransferId>,
    looked_at: u32,
}

/// First and last possible partition.
pub(crate) type Range = (String, String);

/// Where DynamoDB left off.
type PageKey = HashMap<String, AttributeValue>;

/// One entry of the index of what is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSession {
    /// Whose session it is.
    pub project: ProjectId,
    /// Which.
    pub transfer: TransferId,
    /// When it is due.
    pub at: DateTime<Utc>,
}

/// One page of what is due.
#[derive(Debug)]
pub struct DuePage {
    /// Its entries.
    pub sessions: Vec<DueSession>,
    /// Where the next one begins, if there may be one.
    pub after: Option<DueFrom>,
}

/// Where a page of what is due begins: in each shard that has more.
#[derive(Debug)]
pub struct DueFrom(Vec<(u8, Option<PageKey>)>);

impl Default for DueFrom {
    fn default() -> Self {
        Self((0..DUE_SHARDS).map(|shard| (shard, None)).collect())
    }
}

impl DueSession {
    fn of(mut row: Item) -> Result<Self, StoreError> {
        let at = seconds(&mut row, attribute::DUE_AT)?.ok_or(StoreError::corrupt(attribute::DUE_AT))?;
        let (project, transfer) = owner_of(row)?;
        Ok(Self { project, transfer, at })
    }
}

impl Filter {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Channel => attribute::CHANNEL,
            Self::Provider => attribute::PROVIDER,
            Self::Agent => attribute::AGENT,
            Self::ContactKey => attribute::CONTACT_KEY,
            Self::Conversation => attribute::CONVERSATION,
            Self::QueueName => attribute::QUEUE_NAME,
            Self::Outcome => attribute::OUTCOME,
            Self::HandBack => attribute::HAND_BACK,
            Self::Trigger => attribute::TRIGGER,
            Self::ReasonCode => attribute::REASON_CODE,
            Self::Tag => attribute::TAGS,
            Self::Unconfirmed => attribute::UNCONFIRMED,
        }
    }

    /// What must hold of the attribute, with its value as a parameter of the same name.
    pub(crate) fn condition(self) -> String {
        let name = self.attribute();
        match self {
            Self::HandBack => format!("begins_with(#{name}, :{name})"),
            Self::Tag => format!("contains(#{name}, :{name})"),
            // Who is not has no such attribute.
            Self::Unconfirmed => format!("attribute_exists(#{name})"),
            Self::Channel
            | Self::Provider
            | Self::Agent
            | Self::ContactKey
            | Self::Conversation
            | Self::QueueName
            | Self::Outcome
            | Self::Trigger
            | Self::ReasonCode => format!("#{name} = :{name}"),
        }
    }
}

impl Store {
    /// The entries of one page, by one parallel round of queries; with those that are overdue at a moment, if one is given.
    pub(crate) async fn candidates(
        &self,
        question: &Question,
        limit: u8,
        after: Option<TransferId>,
        overdue_at: Option<DateTime<Utc>>,
    ) -> Result<Candidates, ListError> {
        let Some(range) = question.range(after) else {
            return Ok(Candidates { entries: Vec::new(), after: None, looked_at: 0 });
        };
        let partitions = question
            .kinds
            .iter()
            .flat_map(|kind| (0..question.shards).map(|shard| list_key(&question.project, *kind, shard)));
        let found = try_join_all(partitions.map(|pk| self.query_list(pk, question, &range, limit)));
        let (mut found, overdue) = tokio::try_join!(found, self.overdue(question, &range, overdue_at))?;
        found.push(overdue);
        Ok(merged(found, limit.into()))
    }

    async fn overdue(
        &self,
        question: &Question,
        range: &Range,
        at: Option<DateTime<Utc>>,
    ) -> Result<Found, StoreError> {
        let due = match at {
            Some(at) => self.due_within(question, range, at).await?,
            None => Vec::new(),
        };
        let entries: Vec<_> = due.into_iter().map(|transfer| (transfer, Item::default())).collect();
        let looked_at = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        Ok(Found { entries, cut_at: None, looked_at })
    }

    /// Which of the sessions that a question is about are due at a moment.
    pub(crate) async fn due_within(
        &self,
        question: &Question,
        range: &Range,
        at: DateTime<Utc>,
    ) -> Result<Vec<TransferId>, StoreError> {
        let within = |(project, transfer): &(ProjectId, TransferId)| {
            let pk = session_partition(project, *transfer);
            *project == question.project && range.0 <= pk && pk <= range.1
        };
        Ok(self.due(at).await?.into_iter().filter(within).map(|(_, transfer)| transfer).collect())
    }

    /// A contact's sessions of one page, and `others` among them.
    pub(crate) async fn of_contact(
        &self,
        question: &Question,
        contact: &ContactId,
        others: &[TransferId],
        limit: u8,
        after: Option<TransferId>,
    ) -> Result<Candidates, ListError> {
        let Some(range) = question.range(after) else {
            return Ok(Candidates { entries: Vec::new(), after: None, looked_at: 0 });
        };
        let pk = contact_key(&question.project, contact);
        let found =
            self.query_index(CONTACT_INDEX, attribute::CONTACT_KEY, pk, &range, &[], i32::from(limit) + 1).await?;
        let others = others.iter().copied().filter(|id| after.is_none_or(|after| *id < after));
        let others: Vec<_> = others.map(|id| (id, Item::default())).collect();
        let looked_at = u32::try_from(others.len()).unwrap_or(u32::MAX);
        Ok(merged(vec![found, Found { entries: others, cut_at: None, looked_at }], limit.into()))
    }

    /// The sessions that are due until a moment, of all projects, each with its project; as many as one page of each
    /// shard holds, the longest due first.
    pub async fn due(&self, until: DateTime<Utc>) -> Result<Vec<(ProjectId, TransferId)>, StoreError> {
        let due = self.due_page(until, DueFrom::default(), None).await?.sessions;
        Ok(due.into_iter().map(|due| (due.project, due.transfer)).collect())
    }

    /// One page of each shard that has more of what is due until a moment: of each shard the longest due first.
    /// `limit`: the most entries of a shard; `None` for as many as one answer of DynamoDB holds.
    pub async fn due_page(
        &self,
        until: DateTime<Utc>,
        from: DueFrom,
        limit: Option<u16>,
    ) -> Result<DuePage, StoreError> {
        let pages = from.0.into_iter().map(async |(shard, start)| {
            let (items, after) = self.query_due(due_key(shard), until, start, limit).await?;
            Ok::<_, StoreError>((items, after.map(|after| (shard, Some(after)))))
        });
        let (items, after): (Vec<_>, Vec<_>) = try_join_all(pages).await?.into_iter().unzip();
        let sessions = items.into_iter().flatten().map(DueSession::of).collect::<Result<_, _>>()?;
        let after: Vec<_> = after.into_iter().flatten().collect();
        Ok(DuePage { sessions, after: (!after.is_empty()).then_some(DueFrom(after)) })
    }

    async fn query_due(
        &self,
        pk: String,
        until: DateTime<Utc>,
        start: Option<PageKey>,
        limit: Option<u16>,
    ) -> Result<(Vec<Item>, Option<PageKey>), StoreError> {
        let condition = "#dueKey = :due AND #dueAt <= :until";
        let query = self
            .client
            .query()
            .index_name(DUE_INDEX)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(condition)))
            .expression_attribute_values(":due", text(pk))
            .expression_attribute_values(":until", number(until.timestamp()))
            .set_exclusive_start_key(start)
            .set_limit(limit.map(i32::from));
        let page = self.query(query).await?;
        Ok((page.items.into_iter().flatten().map(Item::from).collect(), page.last_evaluated_key))
    }

    async fn query_list(&self, pk: String, question: &Question, range: &Range, limit: u8) -> Result<Found, StoreError> {
        // One more than the page tells whether there is a next one.
        let entries = i32::from(limit) + 1;
        let entries = if question.filters.is_empty() { entries } else { entries.max(FILTERED_ENTRIES) };
        self.query_index(LIST_INDEX, attribute::LIST_KEY, pk, range, &question.filters, entries).await
    }

    async fn query_index(
        &self,
        index: &str,
        key: &str,
        pk: String,
        (low, high): &Range,
        filters: &[(Filter, String)],
        entries: i32,
    ) -> Result<Found, StoreError> {
        let condition = format!("#{key} = :key AND #pk BETWEEN :low AND :high");
        let filter: Vec<_> = filters.iter().map(|(name, _)| name.condition()).collect();
        let filter = filter.join(" AND ");
        let mut names = placeholders(&condition);
        names.extend(placeholders(&filter));
        let mut query = self
            .client
            .query()
            .index_name(index)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":key", text(pk))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .set_filter_expression(Some(filter).filter(|filter| !filter.is_empty()))
            .scan_index_forward(false)
            .limit(entries);
        for (name, value) in values_of(filters) {
            query = query.expression_attribute_values(name, value);
        }
        let page = self.query(query).await?;
        let looked_at = u32::try_from(page.scanned_count).unwrap_or_default();
        let entries = page.items.into_iter().flatten().map(entry_of).collect::<Result<_, _>>()?;
        let cut_at = page.last_evaluated_key.map(|key| id_of(&Item::from(key))).transpose()?;
        Ok(Found { entries, cut_at, looked_at })
    }
}

/// The parameters of the conditions that some filters make.
pub(crate) fn values_of(filters: &[(Filter, String)]) -> impl Iterator<Item = (String, AttributeValue)> {
    let valued = filters.iter().filter(|(name, _)| *name != Filter::Unconfirmed);
    valued.map(|(name, value)| (format!(":{}", name.attribute()), text(value)))
}

fn entry_of(row: PageKey) -> Result<(TransferId, Item), StoreError> {
    let row = Item::from(row);
    Ok((id_of(&row)?, row))
}

fn id_of(row: &Item) -> Result<TransferId, StoreError> {
    let id = match row.get(attribute::PK) {
        Some(serde_dynamo::AttributeValue::S(pk)) => transfer_of(pk),
        _ => None,
    };
    id.ok_or(StoreError::corrupt(attribute::PK))
}

/// The newest entries that are certainly complete, and the position after them if more may follow.
///
/// Below the place where a query was cut nothing is known of its partition, so no id below the highest such place
/// may be shown: it could stand before one that was not read.
fn merged(found: Vec<Found>, limit: usize) -> Candidates {
    let looked_at = found.iter().map(|found| found.looked_at).sum();
    let horizon = found.iter().filter_map(|found| found.cut_at).max();
    // An id may stand in two partitions while its status changes.
    let all: BTreeMap<TransferId, Item> = found.into_iter().flat_map(|found| found.entries).collect();
    let complete = all.into_iter().rev().filter(|(id, _)| horizon.is_none_or(|horizon| *id >= horizon));
    let mut entries: Vec<_> = complete.take(limit + 1).collect();
    let after = if entries.len() > limit {
        entries.truncate(limit);
        entries.last().map(|(id, _)| *id)
    } else {
        horizon
    };
    Candidates { entries, after, looked_at }
}

impl Question {
    /// The partitions to look at; `None` if there are none.
    pub(crate) fn range(&self, after: Option<TransferId>) -> Option<Range> {
        let low = self.created_after.map_or(Some(0), first_id_of)?;
        let before = match self.created_before {
            Some(at) => first_id_of(at)?.checked_sub(1)?,
            None => u128::MAX,
        };
        let high = match after {
            Some(last) => before.min(last.uuid().as_u128().checked_sub(1)?),
            None => before,
        };
        let prefix = partitions_of(&self.project, *self.kinds.first()?);
        let pk = |value| format!("{prefix}{}", Uuid::from_u128(value).as_hyphenated());
        (low <= high).then(|| (pk(low), pk(high)))
    }

    /// Differs for different questions: a cursor belongs to one.
    pub(crate) fn described(&self) -> String {
        let kinds = self.kinds.iter().map(|kind| list_key(&self.project, *kind, 0));
        let filters = self.filters.iter().flat_map(|(name, value)| [name.attribute().to_owned(), value.clone()]);
        let times = [self.created_after, self.created_before];
        let times = times.iter().map(|at| at.map_or_else(String::new, |at| at.timestamp_micros().to_string()));
        let parts: Vec<_> = kinds.chain(times).chain(filters).chain(self.besides.iter().cloned()).collect();
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
