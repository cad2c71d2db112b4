//! The provider's names of conversations, and events that come before their name is known.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{ProjectId, Provider, ProviderEvent, ProviderSessionId, TransferId};

use crate::call::Condition;
use crate::keys::{Key, PARKED, attribute, link_partition};
use crate::rows::{Row, bare, is_expired, number, take_json, take_transfer, take_value, value, with_json};
use crate::transaction::Transaction;
use crate::{RowType, Store, StoreError};

/// How long an event waits for its conversation to be linked.
const PARKED_FOR: TimeDelta = TimeDelta::minutes(15);

/// What became of an event for an unknown conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    /// It is kept until the conversation is linked, for 15 minutes at most.
    Parked,
    /// The conversation is linked: apply the event to this session.
    Linked(TransferId),
}

/// What a part of the transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Link,
    Event,
}

impl Store {
    /// The session that a provider's name of a conversation belongs to.
    pub async fn find_linked(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
    ) -> Result<Option<TransferId>, StoreError> {
        let row = self.get(&Key::link(project, provider, name)).await?;
        row.map(|mut row| take_transfer(&mut row)).transpose()
    }

    /// Keeps an event for a conversation that is not linked yet; the same event again is kept once. Never both
    /// parked and linked: of a link and a parking at the same moment, one sees the other.
    pub async fn park(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        event: &ProviderEvent,
        now: DateTime<Utc>,
    ) -> Result<Parking, StoreError> {
        let mut parts = Transaction::new(self);
        parts.check(Role::Link, &Key::link(project, provider, name), &Condition::absent())?;
        let row = self.parked_row(parked_key(project, provider, name, event)?, event, now)?;
        let condition =
            Condition::new("attribute_not_exists(#pk) OR #expiresAt <= :now", [(":now", number(now.timestamp()))]);
        parts.put_if(Role::Event, row, &condition)?;
        let refused = parts.run(self, None).await?.settled()?;
        for (role, row) in refused.into_iter().flatten() {
            if let (Role::Link, Some(mut link)) = (role, row) {
                return take_transfer(&mut link).map(Parking::Linked);
            }
        }
        // It is written, or only the event itself was in the way: it is kept already.
        Ok(Parking::Parked)
    }

    fn parked_row(&self, key: Key, event: &ProviderEvent, now: DateTime<Utc>) -> Result<Row, StoreError> {
        let mut row = with_json(bare(key, RowType::Parked), value::EVENT, event)?;
        let position = self.arrivals.fetch_add(1, Ordering::Relaxed);
        row.insert(value::ARRIVAL.to_owned(), crate::rows::text(arrival(now, position)));
        row.insert(attribute::EXPIRES_AT.to_owned(), number((now + PARKED_FOR).timestamp()));
        Ok(row)
    }

    /// The parked events of a conversation, in the order of their arrival.
    pub async fn parked(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, StoreError> {
        let rows = self.query_prefix(&link_partition(project, provider, name), PARKED).await?;
        let waiting = rows.into_iter().filter(|row| !is_expired(row, now.timestamp()));
        let mut events: Vec<_> = waiting.map(arrived).collect::<Result<_, _>>()?;
        events.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }

    /// Removes parked events that have been applied.
    pub async fn unpark(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        events: &[ProviderEvent],
    ) -> Result<(), StoreError> {
        let keys = events.iter().map(|event| parked_key(project, provider, name, event));
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
        keys.sort();
        keys.dedup();
        self.batch_delete(&keys).await
    }
}

fn parked_key(
    project: &ProjectId,
    provider: Provider,
    name: &ProviderSessionId,
    event: &ProviderEvent,
) -> Result<Key, StoreError> {
    let identity = match &event.source_id {
        Some(id) => format!("id#{id}"),
        None => serde_json::to_string(event).map_err(|_| StoreError::corrupt(value::EVENT))?,
    };
    Ok(Key::parked(project, provider, name, &identity))
}

/// Sorts by time, then by the order in this process.
fn arrival(now: DateTime<Utc>, position: u64) -> String {
    format!("{:020}#{position:020}", now.timestamp_millis().max(0))
}

fn arrived(mut row: Item) -> Result<(String, ProviderEvent), StoreError> {
    Ok((take_value(&mut row, value::ARRIVAL)?, take_json(&mut row, value::EVENT)?))
}
