//! Single calls: sent, measured, and their failures sorted.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use serde_dynamo::Item;

use crate::keys::{Key, attribute};
use crate::meter::Access;
use crate::retry::Backoff;
use crate::rows::{Row, text};
use crate::{Store, StoreError};

/// A condition or filter. `#name` in the expression stands for the attribute `name`, so every name is a placeholder
/// and none can be a reserved word.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Written {
    Done,
    /// The condition was false; this is the row that it was false for, if there is one.
    Refused(Option<Item>),
}

/// What became of a conditional update.
#[derive(Debug)]
pub(crate) enum Updated {
    /// Done; these are the attributes that were asked for.
    Done(Option<Item>),
    /// The condition was false; this is the row that it was false for, if there is one.
    Refused(Option<Item>),
}

/// Refusals for load or for others that are at the same rows: another try may succeed.
const TRANSIENT: &[&str] = &[
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "ThrottlingError",
    "RequestLimitExceeded",
    "LimitExceededException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl Condition {
    pub(crate) fn new(
        expression: impl Into<String>,
        values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
    ) -> Self {
        Self { expression: expression.into(), values: values.into_iter().collect() }
    }

    /// There is no such row.
    pub(crate) fn absent() -> Self {
        Self::new("attribute_not_exists(#pk)", [])
    }

    pub(crate) fn names(&self) -> HashMap<String, String> {
        placeholders(&self.expression)
    }

    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let values: HashMap<_, _> =
            self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Some(values).filter(|values| !values.is_empty())
    }
}

/// The names that an expression uses.
pub(crate) fn placeholders(expression: &str) -> HashMap<String, String> {
    expression
        .split('#')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next())
        .map(|name| (format!("#{name}"), name.to_owned()))
        .collect()
}

pub(crate) fn key_attributes(key: &Key) -> HashMap<String, AttributeValue> {
    HashMap::from([(attribute::PK.to_owned(), text(&key.pk)), (attribute::SK.to_owned(), text(&key.sk))])
}

impl Store {
    /// Asks for what a call consumed, if anybody wants to know.
    pub(crate) fn capacity(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.is_some().then_some(ReturnConsumedCapacity::Indexes)
    }

    pub(crate) fn round_trip(&self) {
        if let Some(meter) = &self.meter {
            meter.round_trip();
        }
    }

    pub(crate) fn measure<'a>(&self, access: Access, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        if let Some(meter) = &self.meter {
            capacity.into_iter().for_each(|capacity| meter.add(access, capacity));
        }
    }

    /// Opens the connection to the table, by asking for a row that is never there.
    pub async fn connect(&self) -> Result<(), StoreError> {
        self.get(&Key::nobody()).await.map(drop)
    }

    /// One row, by a strongly consistent read.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.round_trip();
        let request = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .set_return_consumed_capacity(self.capacity());
        let got = request.send().await.map_err(|error| sorted("GetItem", &error))?;
        self.measure(Access::Read, got.consumed_capacity());
        Ok(got.item.map(Item::from))
    }

    /// One page of a query that carries its own key condition.
    pub(crate) async fn query(&self, query: QueryFluentBuilder) -> Result<QueryOutput, StoreError> {
        self.round_trip();
        let query = query.table_name(&*self.table).set_return_consumed_capacity(self.capacity());
        let page = query.send().await.map_err(|error| sorted("Query", &error))?;
        self.measure(Access::Read, page.consumed_capacity());
        Ok(page)
    }

    /// Every row of a partition whose sort key has the prefix, in order.
    pub(crate) async fn query_prefix(&self, pk: &str, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            let query = self.prefix_query(pk, prefix).set_exclusive_start_key(start.take());
            let page = self.query(query).await?;
            rows.extend(page.items.into_iter().flatten().map(Item::from));
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }

    pub(crate) fn prefix_query(&self, pk: &str, prefix: &str) -> QueryFluentBuilder {
        let condition = "#pk = :pk AND begins_with(#sk, :prefix)";
        self.client
            .query()
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(condition)))
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":prefix", text(prefix))
            .consistent_read(true)
    }

    /// Writes a row. An empty condition is none.
    pub(crate) async fn put_if(&self, row: &Row, condition: &Condition) -> Result<Written, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            self.round_trip();
            let request = self
                .client
                .put_item()
                .table_name(&*self.table)
                .set_item(Some(row.clone()))
                .set_condition_expression(Some(condition.expression.clone()).filter(|it| !it.is_empty()))
                .set_expression_attribute_names(Some(condition.names()).filter(|it| !it.is_empty()))
                .set_expression_attribute_values(condition.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .set_return_consumed_capacity(self.capacity());
            let error = match request.send().await {
                Ok(put) => {
                    self.measure(Access::Write, put.consumed_capacity());
                    return Ok(Written::Done);
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    return Ok(Written::Refused(refused.item.clone().map(Item::from)));
                }
                Some(PutItemError::TransactionConflictException(_)) if backoff.pause(&*self.ids).await => {}
                _ => return Err(sorted("PutItem", &error)),
            }
        }
    }

    /// Runs an update; `finish` may ask for attributes in return. An empty condition is none.
    pub(crate) async fn update_if(
        &self,
        key: &Key,
        update: &str,
        condition: &Condition,
        finish: impl Fn(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder + Send,
    ) -> Result<Updated, StoreError> {
        let mut names = placeholders(update);
        names.extend(condition.names());
        let mut backoff = Backoff::of_calls();
        loop {
            self.round_trip();
            let request = self
                .client
                .update_item()
                .table_name(&*self.table)
                .set_key(Some(key_attributes(key)))
                .update_expression(update)
                .set_condition_expression(Some(condition.expression.clone()).filter(|it| !it.is_empty()))
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(condition.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .set_return_consumed_capacity(self.capacity());
            let error = match finish(request).send().await {
                Ok(updated) => {
                    self.measure(Access::Write, updated.consumed_capacity());
                    return Ok(Updated::Done(updated.attributes.map(Item::from)));
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    return Ok(Updated::Refused(refused.item.clone().map(Item::from)));
                }
                Some(UpdateItemError::TransactionConflictException(_)) if backoff.pause(&*self.ids).await => {}
                _ => return Err(sorted("UpdateItem", &error)),
            }
        }
    }

    pub(crate) async fn delete_if(&self, key: &Key, condition: &Condition) -> Result<Written, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            self.round_trip();
            let request = self
                .client
                .delete_item()
                .table_name(&*self.table)
                .set_key(Some(key_attributes(key)))
                .condition_expression(&condition.expression)
                .set_expression_attribute_names(Some(condition.names()))
                .set_expression_attribute_values(condition.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .set_return_consumed_capacity(self.capacity());
            let error = match request.send().await {
                Ok(deleted) => {
                    self.measure(Access::Write, deleted.consumed_capacity());
                    return Ok(Written::Done);
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    return Ok(Written::Refused(refused.item.clone().map(Item::from)));
                }
                Some(DeleteItemError::TransactionConflictException(_)) if backoff.pause(&*self.ids).await => {}
                _ => return Err(sorted("DeleteItem", &error)),
            }
        }
    }
}

/// What a failed call means for the caller. The SDK's error is not kept: its messages may repeat keys and values.
pub(crate) fn sorted<E: ProvideErrorMetadata>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
) -> StoreError {
    match error {
        SdkError::ConstructionFailure(_) => StoreError::rejected(operation, "ConstructionFailure"),
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            StoreError::unavailable()
        }
        SdkError::ServiceError(error) => {
            let code = error.err().code().unwrap_or("UnknownError");
            if error.raw().status().is_server_error() || TRANSIENT.contains(&code) {
                StoreError::unavailable()
            } else {
                StoreError::rejected(operation, code)
            }
        }
        _ => StoreError::unavailable(),
    }
}
