//! The feed of a session: its events as they were published, for those who ask for them.
//!
//! Records of one session are published by several invocations at once (`docs/decisions/feed.md`), so an event can become
//! visible behind one that a reader has seen already. It stands by the time at which it is written, and is visible within
//! [`VISIBLE_WITHIN`] of that; so a reader goes on from that long ago, and remembers what it has seen since.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{Envelope, ProjectId, Session, TransferId};

use crate::call::{placeholders, sorted};
use crate::keys::{FEED, Key, RECORD, attribute, digest, feed_sort_key, session_partition};
use crate::list::bounded;
use crate::meter::Access;
use crate::packed::{take_packed, with_packed};
use crate::rows::{Row, hanging, session_of, take_value, text, value};
use crate::{ListError, RowType, Store, StoreError, row_type};

/// How long it may take until an event that is being written is visible: as long as a call of the table may take, and what
/// two clocks may differ by.
pub const VISIBLE_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// How many events a cursor remembers at most. Of more within [`VISIBLE_WITHIN`] some come twice.
const REMEMBERED: usize = 100;
/// How many bytes of JSON the events of a page have together, if they are more than one: less than an answer may have.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// How many hexadecimal digits tell two events of a session apart.
const MARK_DIGITS: usize = 8;

/// How far a reader of a feed has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedCursor {
    /// All that was written until then has been read, in epoch milliseconds.
    until_ms: u64,
    /// What has been read of later ones.
    seen: Vec<String>,
}

/// A text is no cursor of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a cursor of a feed")]
pub struct InvalidFeedCursor;

impl fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.until_ms)?;
        self.seen.iter().try_for_each(|mark| write!(f, ".{mark}"))
    }
}

impl FromStr for FeedCursor {
    type Err = InvalidFeedCursor;

    fn from_str(text: &str) -> Result<Self, InvalidFeedCursor> {
        let mut parts = text.split('.');
        let until = parts.next().unwrap_or_default();
        let until_ms: u64 = until.parse().map_err(|_| InvalidFeedCursor)?;
        let seen: Vec<String> = parts.map(str::to_owned).collect();
        let is_mark = |mark: &String| mark.len() == MARK_DIGITS && mark.bytes().all(|digit| digit.is_ascii_hexdigit());
        let fits = until_ms.to_string() == until && until_ms <= LAST_MS && seen.len() <= REMEMBERED;
        if fits && seen.iter().all(is_mark) { Ok(Self { until_ms, seen }) } else { Err(InvalidFeedCursor) }
    }
}

/// The latest moment that has a place in a feed.
const LAST_MS: u64 = 9_999_999_999_998;

/// An event on its way into the feed of its session.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    partition: String,
    /// Tells apart what is written in the same millisecond, in its order.
    rank: String,
    row: Row,
    bytes: usize,
}

impl FeedEntry {
    /// Of an event of a session: the one of this index among those of a record of the table's stream.
    pub fn of(
        project: &ProjectId,
        transfer: TransferId,
        (record, index): (&str, usize),
        event: &Envelope,
    ) -> Result<Self, StoreError> {
        let partition = session_partition(project, transfer);
        // Where it stands is known when it is written.
        let unplaced = Key { pk: partition.clone(), sk: FEED.to_owned() };
        let row = with_packed(hanging(unplaced, RowType::Event, event.time), value::EVENT, event)?;
        let size = |value: &AttributeValue| {
            let text = value.as_s().map_or(0, String::len);
            text + value.as_b().map_or(0, |bytes| bytes.as_ref().len())
        };
        let bytes = row.values().map(size).sum();
        Ok(Self { partition, rank: format!("{record:0>40}.{index:05}"), row, bytes })
    }

    /// How many bytes it takes, about.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Of one session nothing is written before what stands before it.
    pub fn session(&self) -> &str {
        &self.partition
    }

    fn placed(&self, now: DateTime<Utc>) -> (String, Row) {
        let sk = feed_sort_key(milliseconds(now), &self.rank);
        let mut row = self.row.clone();
        row.insert(attribute::SK.to_owned(), text(&sk));
        (sk, row)
    }
}

/// What follows in a session's feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// The session; `None` if the page is full before its record is read.
    pub session: Option<Session>,
    /// The events, oldest first.
    pub events: Vec<Envelope>,
    /// Where to go on from.
    pub next: FeedCursor,
    /// Whether something stands there already.
    pub more: bool,
}

/// An event as it was read.
struct Read {
    at_ms: u64,
    mark: String,
    /// In bytes of JSON.
    size: usize,
    event: Envelope,
}

impl Store {
    /// Writes events of different sessions, at most 25, as of now. Tells for each whether it is written. What is written
    /// twice is read twice.
    pub async fn publish(&self, entries: &[&FeedEntry], now: DateTime<Utc>) -> Result<Vec<bool>, StoreError> {
        const OPERATION: &str = "BatchWriteItem";
        let placed: Vec<(String, Row)> = entries.iter().map(|entry| entry.placed(now)).collect();
        let requests = placed.iter().map(|(_, row)| {
            let put = PutRequest::builder().set_item(Some(row.clone())).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
        });
        let requests = requests.collect::<Result<Vec<_>, _>>();
        let requests = requests.map_err(|_| StoreError::rejected(OPERATION, "BuildError"))?;
        self.round_trip();
        let request = self.client.batch_write_item().request_items(&*self.table, requests);
        let request = request.set_return_consumed_capacity(self.capacity());
        let written = request.send().await.map_err(|error| sorted(OPERATION, &error))?;
        self.measure(Access::Write, written.consumed_capacity());
        let left = written.unprocessed_items.unwrap_or_default().into_values().flatten();
        let left: Vec<Row> = left.filter_map(|request| Some(request.put_request?.item)).collect();
        let is_left = |entry: &FeedEntry, sk: &str| left.iter().any(|row| stands_at(row, &entry.partition, sk));
        Ok(entries.iter().zip(&placed).map(|(entry, (sk, _))| !is_left(entry, sk)).collect())
    }

    /// The events of a session that a reader has not read, oldest first, with its record, by one read that may lag behind
    /// by a moment. `limit` is held within 1 to 100. Where nothing follows, that costs half a read unit.
    pub async fn feed(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        after: &FeedCursor,
        limit: u8,
        now: DateTime<Utc>,
    ) -> Result<FeedPage, ListError> {
        let limit = usize::from(bounded(limit));
        // The record stands right behind the last event; and one more than asked for tells whether there is more.
        let condition = "#pk = :pk AND #sk BETWEEN :first AND :record";
        let query = self
            .client
            .query()
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(condition)))
            .expression_attribute_values(":pk", text(session_partition(project, transfer)))
            .expression_attribute_values(":first", text(feed_sort_key(after.until_ms + 1, "")))
            .expression_attribute_values(":record", text(RECORD))
            .limit(i32::try_from(limit + after.seen.len() + 2).unwrap_or(i32::MAX));
        let page = self.query(query).await?;
        let cut = page.last_evaluated_key.is_some();
        let (mut session, mut read) = (None, Vec::new());
        for mut row in page.items.into_iter().flatten().map(Item::from) {
            match row_type(&row) {
                Some(RowType::Session) => session = Some(session_of(row)?),
                Some(RowType::Event) => read.push(event_of(&mut row)?),
                _ => return Err(StoreError::corrupt("type").into()),
            }
        }
        Ok(FeedPage { session, ..after.followed_by(read, limit, cut, now) })
    }

    /// The event of an id in a session's feed, if it is kept. Goes through the feed: for people, not for programs.
    pub async fn event_of(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        event_id: &str,
    ) -> Result<Option<Envelope>, StoreError> {
        let pk = session_partition(project, transfer);
        let mut start = None;
        loop {
            let page = self.query(self.prefix_query(&pk, FEED).set_exclusive_start_key(start.take())).await?;
            for mut row in page.items.into_iter().flatten().map(Item::from) {
                let event: Envelope = take_packed(&mut row, value::EVENT)?;
                if event.event_id() == event_id {
                    return Ok(Some(event));
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(None);
            }
        }
    }
}

impl FeedCursor {
    /// What is new of what stands behind it, and the cursor behind that. `cut`: what was read does not reach to the end.
    fn followed_by(&self, read: Vec<Read>, limit: usize, cut: bool, now: DateTime<Utc>) -> FeedPage {
        let mut known: HashSet<String> = self.seen.iter().cloned().collect();
        let (mut passed, mut events, mut more, mut bytes) = (Vec::new(), Vec::new(), cut, 0);
        for Read { at_ms, mark, size, event } in read {
            let is_new = !known.contains(&mark);
            bytes += if is_new { size } else { 0 };
            if is_new && (events.len() == limit || (bytes > PAGE_BYTES && !events.is_empty())) {
                more = true;
                break;
            }
            passed.push((at_ms, mark.clone()));
            if is_new {
                known.insert(mark);
                events.push(event);
            }
        }
        // All are visible that were written until then; of its last millisecond not all need have been read.
        let mut settled = milliseconds(now - VISIBLE_WITHIN);
        if more {
            settled = settled.min(passed.last().map_or(0, |(at_ms, _)| at_ms.saturating_sub(1)));
        }
        let until_ms = passed.iter().map(|(at_ms, _)| *at_ms).filter(|at_ms| *at_ms <= settled).max();
        let until_ms = until_ms.unwrap_or(self.until_ms).max(self.until_ms);
        // What was seen before and not come upon now stands behind all that was.
        let came_upon: HashSet<&String> = passed.iter().map(|(_, mark)| mark).collect();
        let further = self.seen.iter().filter(|mark| !came_upon.contains(mark));
        let recent = passed.iter().filter(|(at_ms, _)| *at_ms > until_ms).map(|(_, mark)| mark);
        let mut once = HashSet::new();
        let mut seen: Vec<String> = recent.chain(further).filter(|mark| once.insert(*mark)).cloned().collect();
        seen.drain(..seen.len().saturating_sub(REMEMBERED));
        FeedPage { session: None, events, next: Self { until_ms, seen }, more }
    }
}

fn milliseconds(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default().min(LAST_MS)
}

fn stands_at(row: &Row, pk: &str, sk: &str) -> bool {
    let is = |name: &str, text: &str| {
        row.get(name).and_then(|value| value.as_s().ok()).is_some_and(|value| value.as_str() == text)
    };
    is(attribute::PK, pk) && is(attribute::SK, sk)
}

fn event_of(row: &mut Item) -> Result<Read, StoreError> {
    let sk: String = take_value(row, attribute::SK)?;
    let at_ms = sk.strip_prefix(FEED).and_then(|rest| rest.split('#').next()?.parse().ok());
    let at_ms = at_ms.ok_or(StoreError::corrupt(attribute::SK))?;
    let event: Envelope = take_packed(row, value::EVENT)?;
    let mark = digest([event.event_id()]).chars().take(MARK_DIGITS).collect();
    let size = serde_json::to_vec(&event).map_err(|_| StoreError::corrupt(value::EVENT))?.len();
    Ok(Read { at_ms, mark, size, event })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

    fn at(ms: u64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_768_212_000_000 + i64::try_from(ms).unwrap()).unwrap()
    }

    fn read(id: u64, at_ms: u64) -> Read {
        let detail = Map::from_iter([("eventId".to_owned(), json!(id.to_string()))]);
        let event = Envelope { detail_type: "typing".to_owned(), time: at(at_ms), detail };
        let mark = digest([event.event_id()]).chars().take(MARK_DIGITS).collect();
        Read { at_ms: milliseconds(at(at_ms)), mark, size: 100, event }
    }

    #[test]
    fn a_cursor_reads_back_from_its_text_and_nothing_else_does() {
        let cursor = FeedCursor { until_ms: 17, seen: vec!["0123abcd".to_owned(), "ffffffff".to_owned()] };
        assert_eq!(cursor.to_string(), "17.0123abcd.ffffffff");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!("0".parse(), Ok(FeedCursor::default()));
        let long = format!("1{}", ".0123abcd".repeat(REMEMBERED + 1));
        for wrong in ["", ".", "1.", "-1", "+1", "01", "1.0123abc", "1.0123abcg", "a", "1 ", "99999999999999", &long] {
            assert_eq!(wrong.parse::<FeedCursor>(), Err(InvalidFeedCursor), "{wrong}");
        }
    }

    #[test]
    fn places_sort_by_time_then_rank_between_messages_and_the_record() {
        let keys =
            [(0, ""), (9, "9"), (10, "0000"), (10, "0001"), (LAST_MS, "z")].map(|(ms, rank)| feed_sort_key(ms, rank));
        assert!(keys.is_sorted());
        assert!(keys.iter().all(|key| key.as_str() > crate::keys::MESSAGES && key.as_str() < RECORD));
    }

    proptest! {
        /// Whatever becomes visible when, and however often a reader asks: it gets each event, and each once.
        #[test]
        fn a_reader_misses_nothing_that_becomes_visible_late_and_gets_nothing_twice(
            writes in proptest::collection::vec((0..30_000_u64, 0..10_000_u64), 1..60),
            mut asks in proptest::collection::vec(0..60_000_u64, 1..40),
            limit in 1..8_usize,
        ) {
            asks.sort_unstable();
            let mut got = Vec::new();
            let mut cursor = FeedCursor::default();
            // At the end until there is nothing more.
            for ask in asks.into_iter().chain(std::iter::repeat_n(100_000, 70)) {
                let visible = writes.iter().enumerate().filter(|(_, (at, late))| at + late <= ask);
                let mut rows: Vec<_> = visible.map(|(id, (at, _))| read(id as u64, *at)).collect();
                rows.retain(|row| row.at_ms > cursor.until_ms);
                rows.sort_by(|one, other| (one.at_ms, &one.mark).cmp(&(other.at_ms, &other.mark)));
                let asked_for = limit + cursor.seen.len() + 1;
                let cut = rows.len() > asked_for;
                rows.truncate(asked_for);
                let page = cursor.followed_by(rows, limit, cut, at(ask));
                got.extend(page.events.iter().map(|event| event.event_id().to_owned()));
                cursor = page.next.to_string().parse().unwrap();
            }
            got.sort_unstable();
            let mut all: Vec<_> = (0..writes.len()).map(|id| id.to_string()).collect();
            all.sort_unstable();
            prop_assert_eq!(got, all);
        }
    }
}
