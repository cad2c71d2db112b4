//! A project's event endpoints, how they answer, and what became of each event at them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{EndpointHealth, EndpointId, EventEndpoint, NoticeRecord, ProjectId};

use crate::call::{Condition, Updated, Written, placeholders};
use crate::cursor::Page;
use crate::keys::{ENDPOINTS, Key, attribute, notices_partition, project_partition};
use crate::list::bounded;
use crate::rows::{attribute_of, bare, is_expired, number, take_json, take_value, text, value, with_json};
use crate::{Put, RowType, Store, StoreError};

/// How long it is kept what became of an event at an endpoint.
const NOTICES_FOR: TimeDelta = TimeDelta::days(7);

impl Store {
    /// The endpoints of a project, by their names.
    pub async fn endpoints(&self, project: &ProjectId) -> Result<Vec<EventEndpoint>, StoreError> {
        self.each_endpoint(project).await?.into_iter().collect()
    }

    /// The same, with each that cannot be read by itself.
    pub async fn each_endpoint(
        &self,
        project: &ProjectId,
    ) -> Result<Vec<Result<EventEndpoint, StoreError>>, StoreError> {
        let rows = self.query_prefix(&project_partition(project), ENDPOINTS).await?;
        Ok(rows.into_iter().map(endpoint_of).collect())
    }

    /// One of them.
    pub async fn endpoint(&self, project: &ProjectId, id: &EndpointId) -> Result<Option<EventEndpoint>, StoreError> {
        self.get(&Key::endpoint(project, id)).await?.map(endpoint_of).transpose()
    }

    /// Writes an endpoint if the stored one has the version `expected`; `None` = there is none.
    pub async fn put_endpoint(&self, endpoint: &EventEndpoint, expected: Option<u64>) -> Result<Put, StoreError> {
        let row = bare(Key::endpoint(&endpoint.project_id, &endpoint.endpoint_id), RowType::Endpoint);
        let mut row = with_json(row, value::ENDPOINT, endpoint)?;
        row.insert(attribute::VERSION.to_owned(), number(endpoint.version));
        let condition = match expected {
            None => Condition::absent(),
            Some(version) => Condition::new("#version = :expected", [(":expected", number(version))]),
        };
        let stored = Put::Stored { version: endpoint.version };
        match self.put_if(&row, &condition).await? {
            Written::Done => Ok(stored),
            // Where it is the same, an earlier try succeeded and its answer was lost.
            Written::Refused(Some(row)) => Ok(if endpoint_of(row)? == *endpoint { stored } else { Put::Stale }),
            Written::Refused(None) => Ok(Put::Stale),
        }
    }

    /// Removes an endpoint, and how it answered.
    pub async fn delete_endpoint(&self, project: &ProjectId, id: &EndpointId) -> Result<(), StoreError> {
        self.batch_delete(&[Key::endpoint(project, id), Key::endpoint_health(project, id)]).await
    }

    /// How an endpoint answers.
    pub async fn endpoint_health(&self, project: &ProjectId, id: &EndpointId) -> Result<EndpointHealth, StoreError> {
        let row = self.get(&Key::endpoint_health(project, id)).await?;
        let health = row.map(|mut row| take_value(&mut row, value::HEALTH)).transpose()?;
        Ok(health.unwrap_or_default())
    }

    /// Notes that an endpoint fails, unless that is noted; gives what is noted then.
    pub async fn endpoint_fails(
        &self,
        project: &ProjectId,
        id: &EndpointId,
        health: EndpointHealth,
    ) -> Result<EndpointHealth, StoreError> {
        let key = Key::endpoint_health(project, id);
        let values =
            [(":health", attribute_of(value::HEALTH, &health)?), (":type", text(RowType::EndpointHealth.as_str()))];
        let condition = Condition::new("attribute_not_exists(#pk)", values);
        let update = "SET #health = :health, #type = :type";
        match self.update_if(&key, update, &condition, |request| request).await? {
            Updated::Done(_) | Updated::Refused(None) => Ok(health),
            Updated::Refused(Some(mut row)) => take_value(&mut row, value::HEALTH),
        }
    }

    /// Notes that an endpoint answers again.
    pub async fn endpoint_answers(&self, project: &ProjectId, id: &EndpointId) -> Result<(), StoreError> {
        self.batch_delete(&[Key::endpoint_health(project, id)]).await
    }

    /// What became of an event at an endpoint.
    pub async fn notice(
        &self,
        project: &ProjectId,
        endpoint: &EndpointId,
        notice: &str,
    ) -> Result<Option<NoticeRecord>, StoreError> {
        self.get(&Key::notice(project, endpoint, notice)).await?.map(notice_of).transpose()
    }

    /// Writes what became of it.
    pub async fn put_notice(
        &self,
        project: &ProjectId,
        endpoint: &EndpointId,
        record: &NoticeRecord,
    ) -> Result<(), StoreError> {
        let row = bare(Key::notice(project, endpoint, &record.notice_id), RowType::Notice);
        let mut row = with_json(row, value::NOTICE, record)?;
        row.insert(attribute::EXPIRES_AT.to_owned(), number((record.last_at + NOTICES_FOR).timestamp()));
        self.put_if(&row, &Condition::new("", [])).await.map(drop)
    }

    /// What became of the events at an endpoint that were put on their way from `from` until before `until`, which are
    /// beginnings of their ids: the newest first, or, for who goes through them in their order, the oldest.
    pub async fn notices(
        &self,
        project: &ProjectId,
        endpoint: &EndpointId,
        (from, until): (&str, &str),
        newest_first: bool,
        limit: u8,
        now: DateTime<Utc>,
    ) -> Result<Page<NoticeRecord>, StoreError> {
        let limit = bounded(limit);
        let start = if newest_first { until } else { from };
        if from >= until {
            return Ok(Page::of(Vec::new(), std::iter::empty(), start, limit, false));
        }
        let condition = "#pk = :pk AND #sk BETWEEN :from AND :until";
        let query = self
            .client
            .query()
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(condition)))
            .expression_attribute_values(":pk", text(notices_partition(project, endpoint)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(until))
            .scan_index_forward(!newest_first)
            .limit(i32::from(limit) + 2);
        let page = self.query(query).await?;
        let cut = page.last_evaluated_key.is_some();
        let rows = page.items.into_iter().flatten().map(Item::from);
        let rows = rows.filter(|row| !is_expired(row, now.timestamp()));
        let mut items: Vec<NoticeRecord> = rows.map(notice_of).collect::<Result<_, _>>()?;
        // Going on behind one that was shown.
        items.retain(|record| record.notice_id != start);
        let places: Vec<_> = items.iter().map(|record| record.notice_id.clone()).collect();
        Ok(Page::of(items, places.into_iter(), start, limit, cut))
    }
}

fn endpoint_of(mut row: Item) -> Result<EventEndpoint, StoreError> {
    take_json(&mut row, value::ENDPOINT)
}

fn notice_of(mut row: Item) -> Result<NoticeRecord, StoreError> {
    take_json(&mut row, value::NOTICE)
}

/// The endpoint of an image; `None` if the row is of another type.
pub fn endpoint_from_image(item: Item) -> Result<Option<EventEndpoint>, StoreError> {
    if crate::row_type(&item) == Some(RowType::Endpoint) { endpoint_of(item).map(Some) } else { Ok(None) }
}
