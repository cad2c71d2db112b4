//! The refusals of EventBridge.

use crate::error::AwsError;

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::sender("ValidationException", message)
}

/// A value that breaks the pattern or the bounds of its field.
pub(super) fn constraint(field: &str, wanted: &str) -> AwsError {
    validation(format!(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must satisfy {wanted}"
    ))
}

pub(super) fn no_bus(bus: &str) -> AwsError {
    AwsError::sender("ResourceNotFoundException", format!("Event bus {bus} does not exist."))
}

pub(super) fn no_rule(name: &str, bus: &str) -> AwsError {
    AwsError::sender("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus {bus}."))
}

pub(super) fn limit(message: &str) -> AwsError {
    AwsError::sender("LimitExceededException", message)
}
