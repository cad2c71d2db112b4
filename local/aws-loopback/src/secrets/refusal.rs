//! The refusals of Secrets Manager.

use crate::error::AwsError;

pub(crate) fn not_found() -> AwsError {
    AwsError::sender("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

pub(crate) fn no_version() -> AwsError {
    AwsError::sender(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for the version or stage.",
    )
}

pub(crate) fn exists(message: &str) -> AwsError {
    AwsError::sender("ResourceExistsException", message)
}

pub(crate) fn marked_for_deletion() -> AwsError {
    AwsError::sender(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}

pub(crate) fn parameter(message: &str) -> AwsError {
    AwsError::sender("InvalidParameterException", message)
}

pub(crate) fn validation(field: &str, constraint: &str) -> AwsError {
    AwsError::sender(
        "ValidationException",
        format!(
            "1 validation error detected: Value at '{field}' failed to satisfy constraint: \
             Member must {constraint}"
        ),
    )
}
