//! Many rows at once: whatever DynamoDB leaves over is asked for again.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, WriteRequest};
use serde_dynamo::Item;

use crate::call::{key_attributes, sorted};
use crate::keys::Key;
use crate::meter::Access;
use crate::retry::Backoff;
use crate::{Store, StoreError};

/// What one request may name at most.
const GETS: usize = 100;
const WRITES: usize = 25;

impl Store {
    /// The rows of these different keys that exist, strongly consistent, in no order.
    pub(crate) async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.batch_read(keys, true).await
    }

    /// As [`Self::batch_get`], at half the price, and perhaps as the rows stood a moment ago.
    pub(crate) async fn batch_get_eventually(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.batch_read(keys, false).await
    }

    async fn batch_read(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>, StoreError> {
        let mut rows = Vec::new();
        for keys in keys.chunks(GETS) {
            let keys = keys.iter().map(key_attributes).collect();
            let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(consistent).build();
            let request = request.map_err(|_| StoreError::rejected("BatchGetItem", "BuildError"))?;
            let mut left = HashMap::from([(self.table.to_string(), request)]);
            let mut backoff = Backoff::of_calls();
            loop {
                self.round_trip();
                let request = self.client.batch_get_item().set_request_items(Some(left));
                let request = request.set_return_consumed_capacity(self.capacity());
                let got = request.send().await.map_err(|error| sorted("BatchGetItem", &error))?;
                self.measure(Access::Read, got.consumed_capacity());
                rows.extend(got.responses.into_iter().flat_map(HashMap::into_values).flatten().map(Item::from));
                left = got.unprocessed_keys.unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                if !backoff.pause(&*self.ids).await {
                    return Err(StoreError::unavailable());
                }
            }
        }
        Ok(rows)
    }

    /// Removes the rows of these different keys, those that exist.
    pub(crate) async fn batch_delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        for keys in keys.chunks(WRITES) {
            let requests = keys.iter().map(delete_request).collect::<Result<_, _>>()?;
            let mut left: HashMap<String, Vec<WriteRequest>> = HashMap::from([(self.table.to_string(), requests)]);
            let mut backoff = Backoff::of_calls();
            loop {
                self.round_trip();
                let request = self.client.batch_write_item().set_request_items(Some(left));
                let request = request.set_return_consumed_capacity(self.capacity());
                let written = request.send().await.map_err(|error| sorted("BatchWriteItem", &error))?;
                self.measure(Access::Write, written.consumed_capacity());
                left = written.unprocessed_items.unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                if !backoff.pause(&*self.ids).await {
                    return Err(StoreError::unavailable());
                }
            }
        }
        Ok(())
    }
}

fn delete_request(key: &Key) -> Result<WriteRequest, StoreError> {
    let delete = DeleteRequest::builder().set_key(Some(key_attributes(key))).build();
    let delete = delete.map_err(|_| StoreError::rejected("BatchWriteItem", "BuildError"))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
