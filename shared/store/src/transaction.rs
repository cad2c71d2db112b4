//! Transactions: all or nothing, and for each part why not.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use serde_dynamo::Item;

use crate::call::{Condition, key_attributes, sorted};
use crate::keys::Key;
use crate::meter::Access;
use crate::retry::Backoff;
use crate::rows::Row;
use crate::{Store, StoreError};

const OPERATION: &str = "TransactWriteItems";

/// The parts of one transaction, each with a role by which its refusal is told apart.
#[derive(Debug)]
pub(crate) struct Transaction<R> {
    table: String,
    parts: Vec<(R, TransactWriteItem)>,
}

/// Parts whose conditions were false, each with the row that it was false for, if there is one.
pub(crate) type Refused<R> = Vec<(R, Option<Item>)>;

/// What became of a transaction.
#[derive(Debug)]
pub(crate) enum Outcome<R> {
    Committed,
    Refused(Refused<R>),
    /// Others kept writing these parts for as long as it was tried.
    Contended(Vec<R>),
}

impl<R> Outcome<R> {
    /// The false conditions, none if it is written; for whom contention is one of many ways to be unavailable.
    pub(crate) fn settled(self) -> Result<Option<Refused<R>>, StoreError> {
        match self {
            Self::Committed => Ok(None),
            Self::Refused(refused) => Ok(Some(refused)),
            Self::Contended(_) => Err(StoreError::unavailable()),
        }
    }
}

/// Why one part did not let the transaction through.
enum Reason {
    None,
    Condition(Option<Item>),
    /// Conflict with another transaction, or throttled: another try may succeed.
    Busy,
    /// The request itself is wrong.
    Rejected(String),
}

impl<R: Clone> Transaction<R> {
    pub(crate) fn new(store: &Store) -> Self {
        Self { table: store.table.to_string(), parts: Vec::new() }
    }

    /// Writes a row, whatever is there.
    pub(crate) fn put(&mut self, role: R, row: Row) -> Result<(), StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(row)).build().map_err(|e| unbuilt(&e))?;
        self.parts.push((role, TransactWriteItem::builder().put(put).build()));
        Ok(())
    }

    /// Writes a row if the condition holds for what is there.
    pub(crate) fn put_if(&mut self, role: R, row: Row, condition: &Condition) -> Result<(), StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(&condition.expression)
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|e| unbuilt(&e))?;
        self.parts.push((role, TransactWriteItem::builder().put(put).build()));
        Ok(())
    }

    /// Removes a row if the condition holds for it.
    pub(crate) fn delete_if(&mut self, role: R, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(&condition.expression)
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|e| unbuilt(&e))?;
        self.parts.push((role, TransactWriteItem::builder().delete(delete).build()));
        Ok(())
    }

    /// Lets the transaction through only if the condition holds for a row.
    pub(crate) fn check(&mut self, role: R, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(&condition.expression)
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|e| unbuilt(&e))?;
        self.parts.push((role, TransactWriteItem::builder().condition_check(check).build()));
        Ok(())
    }

    /// Runs it. `token` makes repetitions within ten minutes one; without it only the SDK's own retries are.
    pub(crate) async fn run(&self, store: &Store, token: Option<&str>) -> Result<Outcome<R>, StoreError> {
        let mut backoff = Backoff::of_calls();
        loop {
            store.round_trip();
            let request = store
                .client
                .transact_write_items()
                .set_transact_items(Some(self.parts.iter().map(|(_, part)| part.clone()).collect()))
                .set_client_request_token(token.map(str::to_owned))
                .set_return_consumed_capacity(store.capacity());
            let error = match request.send().await {
                Ok(done) => {
                    store.measure(Access::Write, done.consumed_capacity());
                    return Ok(Outcome::Committed);
                }
                Err(error) => error,
            };
            if let Some(refused) = self.refusals(&error)? {
                return Ok(Outcome::Refused(refused));
            }
            if !backoff.pause(&*store.ids).await {
                return Ok(Outcome::Contended(self.contended(&error)));
            }
        }
    }

    /// The parts that somebody else was writing at the same moment.
    fn contended(&self, error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Vec<R> {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Vec::new();
        };
        let reasons = self.parts.iter().zip(cancelled.cancellation_reasons());
        reasons
            .filter(|(_, reason)| reason.code() == Some("TransactionConflict"))
            .map(|((role, _), _)| role.clone())
            .collect()
    }

    /// The false conditions; `None` if there are none and another try may succeed. The SDK does not retry a
    /// cancelled transaction, and the reasons stand in the order of the parts.
    fn refusals(
        &self,
        error: &SdkError<TransactWriteItemsError, HttpResponse>,
    ) -> Result<Option<Refused<R>>, StoreError> {
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let mut refused = Vec::new();
                let mut rejected = None;
                for ((role, _), reason) in self.parts.iter().zip(cancelled.cancellation_reasons()) {
                    match Reason::of(reason) {
                        Reason::None | Reason::Busy => {}
                        Reason::Condition(row) => refused.push((role.clone(), row)),
                        Reason::Rejected(code) => rejected = Some(code),
                    }
                }
                match rejected {
                    Some(code) => Err(StoreError::rejected(OPERATION, &code)),
                    None if refused.is_empty() => Ok(None),
                    None => Ok(Some(refused)),
                }
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(None),
            _ => Err(sorted(OPERATION, error)),
        }
    }
}

impl Reason {
    fn of(reason: &CancellationReason) -> Self {
        match reason.code() {
            None | Some("None") => Self::None,
            Some("ConditionalCheckFailed") => Self::Condition(reason.item.clone().map(Item::from)),
            Some("TransactionConflict" | "ProvisionedThroughputExceeded" | "ThrottlingError") => Self::Busy,
            Some(code) => Self::Rejected(code.to_owned()),
        }
    }
}

fn unbuilt(_: &BuildError) -> StoreError {
    StoreError::rejected(OPERATION, "BuildError")
}
