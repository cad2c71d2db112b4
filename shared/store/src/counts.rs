//! How many sessions fit a filter, by status and outcome.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use serde_dynamo::Item;
use transfer_domain::{Outcome, Overview, ProjectId, Status};

use crate::call::placeholders;
use crate::index::{Question, Range, values_of};
use crate::keys::{Key, LIST_INDEX, ListKind, attribute, list_key};
use crate::list::MAX_READ;
use crate::rows::{number, session_of, take_optional, text};
use crate::{ListError, Listing, SessionFilter, Store, StoreError};

/// How many entries of the index are looked at for one answer.
const MAX_COUNTED: u32 = 10_000;
/// How many of these by one query.
const COUNTED_AT_ONCE: i32 = 2_500;

/// How many sessions fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By where they stand.
    pub by_status: BTreeMap<Status, u64>,
    /// By what became of them.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// Whether that is all of them: else there are more, older ones.
    pub complete: bool,
}

/// A part of the index, and where its next page begins.
struct Partition {
    status: Status,
    key: String,
    start: Option<std::collections::HashMap<String, AttributeValue>>,
}

/// When it is counted.
#[derive(Clone, Copy)]
struct Moment {
    now: DateTime<Utc>,
    /// What ended before is kept no longer.
    kept_since: DateTime<Utc>,
}

/// What one query counted.
struct Counted {
    entries: u64,
    outcomes: Vec<Outcome>,
    looked_at: u32,
    rest: Option<Partition>,
}

impl Counts {
    /// How many there are.
    pub fn total(&self) -> u64 {
        self.by_status.values().sum()
    }

    fn add(&mut self, overview: &Overview) {
        *self.by_status.entry(overview.status).or_default() += 1;
        if let Some(outcome) = overview.outcome {
            *self.by_outcome.entry(outcome).or_default() += 1;
        }
    }
}

impl Store {
    /// Counts a project's sessions as [`Store::list`] would list them. What the index tells is counted in it, newest first
    /// up to a bound of entries; what is looked up or must be read is read, up to a lower one. `kept_for`: how long the
    /// project keeps what has ended, which the index does not say.
    pub async fn count(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        listing: &Listing<'_>,
        kept_for: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        for status in filter.wanted_statuses() {
            counts.by_status.insert(status, 0);
        }
        if counts.by_status.contains_key(&Status::Ended) {
            counts.by_outcome = Outcome::ALL.iter().map(|outcome| (*outcome, 0)).collect();
        }
        if filter.looks_up() || filter.asks_records() {
            self.count_read(project, filter, listing, &mut counts, now).await?;
        } else {
            let question = filter.question(project, listing.shards);
            match question.range(None) {
                Some(range) => {
                    let moment = Moment { now, kept_since: now - kept_for };
                    self.count_in_index(&question, &range, filter, &mut counts, moment).await?;
                }
                None => counts.complete = true,
            }
        }
        Ok(counts)
    }

    async fn count_read(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        listing: &Listing<'_>,
        counts: &mut Counts,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (mut cursor, mut looked_at) = (None, 0_u32);
        loop {
            let page = Listing { limit: 100, cursor: cursor.as_deref(), with_expiry: false, ..*listing };
            let listed = match self.list(project, filter, &page, now).await {
                Ok(listed) => listed,
                Err(ListError::Store(error)) => return Err(error),
                // Each is one that was just given out.
                Err(ListError::InvalidCursor) => return Err(StoreError::corrupt("cursor")),
            };
            listed.items.iter().for_each(|overview| counts.add(overview));
            looked_at = looked_at.saturating_add(listed.looked_at);
            cursor = listed.next_cursor;
            if cursor.is_none() || looked_at >= MAX_READ {
                counts.complete = cursor.is_none();
                return Ok(());
            }
        }
    }

    /// An open entry whose `dueAt` has come may be over: it stands in the index of what is due, too, and is read. Of what
    /// has ended, what is kept no longer is not counted.
    async fn count_in_index(
        &self,
        question: &Question,
        range: &Range,
        filter: &SessionFilter,
        counts: &mut Counts,
        moment: Moment,
    ) -> Result<(), StoreError> {
        let sessions = question.kinds.iter().filter_map(|kind| match kind {
            ListKind::Session(status) => Some(*status),
            ListKind::Task(_) => None,
        });
        let mut partitions: Vec<_> = sessions
            .flat_map(|status| (0..question.shards).map(move |shard| (status, shard)))
            .map(|(status, shard)| {
                let key = list_key(&question.project, ListKind::Session(status), shard);
                Partition { status, key, start: None }
            })
            .collect();
        let mut looked_at = 0_u32;
        while !partitions.is_empty() && looked_at < MAX_COUNTED {
            let pages = partitions.into_iter().map(|it| self.count_page(it, question, range, moment));
            partitions = Vec::new();
            for (status, counted) in try_join_all(pages).await? {
                *counts.by_status.entry(status).or_default() += counted.entries;
                for outcome in counted.outcomes {
                    *counts.by_outcome.entry(outcome).or_default() += 1;
                }
                looked_at = looked_at.saturating_add(counted.looked_at);
                partitions.extend(counted.rest);
            }
        }
        counts.complete = partitions.is_empty();
        let due = self.due_within(question, range, moment.now).await?;
        let due: Vec<_> = due.into_iter().map(|transfer| Key::session(&question.project, transfer)).collect();
        for row in self.batch_get_eventually(&due).await? {
            let session = session_of(row)?;
            // What is written as ended was counted with what has ended.
            if session.is_ended() {
                continue;
            }
            let session = session.by_the_clock(moment.now);
            let overview = Overview::of(&session, moment.now);
            if !session.is_forgotten(moment.now) && filter.matches(&overview) {
                counts.add(&overview);
            }
        }
        Ok(())
    }

    /// Of what has ended the outcome is asked for, of the rest the number alone.
    async fn count_page(
        &self,
        partition: Partition,
        question: &Question,
        (low, high): &Range,
        moment: Moment,
    ) -> Result<(Status, Counted), StoreError> {
        let condition = "#listKey = :key AND #pk BETWEEN :low AND :high";
        let has_ended = partition.status == Status::Ended;
        let (stands, since) = if has_ended {
            ("#endedAt > :since", moment.kept_since.timestamp_millis())
        } else {
            ("(attribute_not_exists(#dueAt) OR #dueAt > :since)", moment.now.timestamp())
        };
        let filters = question.filters.iter().map(|(name, _)| name.condition());
        let filter = std::iter::once(stands.to_owned()).chain(filters).collect::<Vec<_>>().join(" AND ");
        let mut names = placeholders(condition);
        names.extend(placeholders(&filter));
        let projection = has_ended.then(|| format!("#{}", attribute::OUTCOME));
        names.extend(projection.iter().flat_map(|projection| placeholders(projection)));
        let mut query = self
            .client
            .query()
            .index_name(LIST_INDEX)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":key", text(&partition.key))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .expression_attribute_values(":since", number(since))
            .filter_expression(filter)
            .select(if has_ended { Select::SpecificAttributes } else { Select::Count })
            .set_projection_expression(projection)
            .scan_index_forward(false)
            .limit(COUNTED_AT_ONCE)
            .set_exclusive_start_key(partition.start);
        for (name, value) in values_of(&question.filters) {
            query = query.expression_attribute_values(name, value);
        }
        let page = self.query(query).await?;
        let outcomes = page.items.into_iter().flatten().map(|row| {
            let outcome: Option<Outcome> = take_optional(&mut Item::from(row), attribute::OUTCOME)?;
            Ok::<_, StoreError>(outcome)
        });
        let outcomes = outcomes.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let Partition { status, key, .. } = partition;
        let rest = page.last_evaluated_key.map(|start| Partition { status, key, start: Some(start) });
        let entries = u64::try_from(page.count).unwrap_or_default();
        let looked_at = u32::try_from(page.scanned_count).unwrap_or_default();
        Ok((status, Counted { entries, outcomes, looked_at, rest }))
    }
}
