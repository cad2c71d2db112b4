//! Removing what hangs on a session after its record was removed.

use aws_sdk_dynamodb::types::AttributeValue;
use transfer_domain::{Session, TransferId, VoiceCall};

use crate::call::{Condition, Written, placeholders};
use crate::keys::{Key, SEEN, attribute, session_partition};
use crate::rows::{Row, text};
use crate::{Store, StoreError};

/// What became of forgetting a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// Nothing of it is left.
    Forgotten,
    /// Its record stands, so nothing was removed.
    StillThere,
}

impl Store {
    /// Removes everything that hangs on a session whose record is gone: messages, timeline, request, what its provider
    /// told, and the guard and the links if they still name it. Identities go by their own time. Safe to repeat; a repetition goes on where one was cut off.
    pub async fn forget(&self, last: &Session) -> Result<Forgotten, StoreError> {
        let (project, transfer) = (&last.project_id, last.transfer_id());
        let record = Key::session(project, transfer);
        // An id is used once, so a record that is gone stays gone.
        if self.get(&record).await?.is_some() {
            return Ok(Forgotten::StillThere);
        }
        if last.brings_call() {
            // By its request, which goes with the rest: so before it.
            let request = self.request(project, transfer).await?;
            for call in request.and_then(|request| request.voice).iter().flat_map(VoiceCall::ids) {
                self.delete_if_naming(&Key::call(project, call, transfer), transfer).await?;
            }
        }
        self.delete_before_identities(&session_partition(project, transfer)).await?;
        self.delete_if_naming(&Key::guard(project, &last.session_id.conversation), transfer).await?;
        for name in last.names.iter() {
            self.delete_if_naming(&Key::link(project, last.provider, name), transfer).await?;
        }
        Ok(Forgotten::Forgotten)
    }

    async fn delete_before_identities(&self, pk: &str) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let condition = "#pk = :pk AND #sk < :seen";
            let projection = "#pk, #sk";
            let mut names = placeholders(condition);
            names.extend(placeholders(projection));
            let query = self
                .client
                .query()
                .key_condition_expression(condition)
                .projection_expression(projection)
                .set_expression_attribute_names(Some(names))
                .expression_attribute_values(":pk", text(pk))
                .expression_attribute_values(":seen", text(SEEN))
                .consistent_read(true)
                .set_exclusive_start_key(start.take());
            let page = self.query(query).await?;
            let keys: Vec<_> = page.items.into_iter().flatten().filter_map(key_of).collect();
            self.batch_delete(&keys).await?;
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    pub(crate) async fn delete_if_naming(&self, key: &Key, transfer: TransferId) -> Result<(), StoreError> {
        let names_it = Condition::new("#transferId = :me", [(":me", text(transfer.to_string()))]);
        match self.delete_if(key, &names_it).await? {
            Written::Done | Written::Refused(_) => Ok(()),
        }
    }
}

fn key_of(mut row: Row) -> Option<Key> {
    match (row.remove(attribute::PK), row.remove(attribute::SK)) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Some(Key { pk, sk }),
        _ => None,
    }
}
