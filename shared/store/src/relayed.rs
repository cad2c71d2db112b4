//! The callbacks of relays: an id stands for the first body that came with it.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use transfer_domain::{Integration, SourceId};

use crate::call::{Condition, Written};
use crate::keys::{Key, attribute};
use crate::rows::{bare, number, take_value, text};
use crate::{RowType, Store, StoreError};

/// How long an id is remembered: longer than senders try.
const REMEMBERED_FOR: TimeDelta = TimeDelta::hours(72);

/// In the row: a digest of the body.
const BODY: &str = "body";

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relayed {
    /// This body: it is new, or the same came before, perhaps without being applied to its end.
    This,
    /// Another body, which came before.
    Another,
}

impl Store {
    /// Binds the id of an integration's relayed callback to its body, or tells that it is bound to another.
    pub async fn bind_relayed(
        &self,
        integration: &Integration,
        webhook: &SourceId,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Relayed, StoreError> {
        let digest = hex::encode(Sha256::digest(body));
        let key = Key::relayed(&integration.project_id, &integration.integration_id, webhook);
        let mut row = bare(key, RowType::Relayed);
        row.insert(BODY.to_owned(), text(&digest));
        row.insert(attribute::EXPIRES_AT.to_owned(), number((now + REMEMBERED_FOR).timestamp()));
        let free =
            Condition::new("attribute_not_exists(#pk) OR #expiresAt <= :now", [(":now", number(now.timestamp()))]);
        match self.put_if(&row, &free).await? {
            Written::Done => Ok(Relayed::This),
            Written::Refused(bound) => {
                let mut bound = bound.ok_or(StoreError::corrupt(BODY))?;
                let same = take_value::<String>(&mut bound, BODY)? == digest;
                Ok(if same { Relayed::This } else { Relayed::Another })
            }
        }
    }
}
