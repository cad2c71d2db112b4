//! The refusals of SQS, by the codes of its query protocol that the SDKs still see.

use axum::http::StatusCode;

use crate::error::AwsError;

pub(crate) fn no_queue() -> AwsError {
    AwsError::sender("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
        .with_shape("com.amazonaws.sqs#QueueDoesNotExist")
}

pub(crate) fn queue_exists(name: &str) -> AwsError {
    AwsError::sender("QueueAlreadyExists", format!("A queue named {name} exists already with different attributes."))
        .with_shape("com.amazonaws.sqs#QueueNameExists")
}

/// What a caller cannot do to a queue of the process.
pub(crate) fn access_denied(name: &str) -> AwsError {
    AwsError::sender("AccessDenied", format!("Access to the resource {name} is denied: this process rests on it."))
        .with_status(StatusCode::FORBIDDEN)
}

pub(crate) fn attribute_name(name: &str) -> AwsError {
    AwsError::sender("InvalidAttributeName", format!("Unknown Attribute {name}."))
        .with_shape("com.amazonaws.sqs#InvalidAttributeName")
}

pub(crate) fn attribute_value(message: String) -> AwsError {
    AwsError::sender("InvalidAttributeValue", message).with_shape("com.amazonaws.sqs#InvalidAttributeValue")
}

pub(crate) fn parameter(message: impl Into<String>) -> AwsError {
    AwsError::sender("InvalidParameterValue", message)
}

pub(crate) fn missing(name: &str) -> AwsError {
    AwsError::sender("MissingParameter", format!("The request must contain the parameter {name}."))
}

pub(crate) fn receipt() -> AwsError {
    AwsError::sender("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
        .with_shape("com.amazonaws.sqs#ReceiptHandleIsInvalid")
}

pub(crate) fn receipt_expired() -> AwsError {
    parameter("Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
}

pub(crate) fn not_in_flight() -> AwsError {
    AwsError::sender("AWS.SimpleQueueService.MessageNotInflight", "The message is not in flight.")
        .with_shape("com.amazonaws.sqs#MessageNotInflight")
}

pub(crate) fn contents() -> AwsError {
    AwsError::sender("InvalidMessageContents", "The message contains characters outside the allowed set.")
        .with_shape("com.amazonaws.sqs#InvalidMessageContents")
}

pub(crate) fn empty_batch() -> AwsError {
    AwsError::sender("AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one entry in the request.")
        .with_shape("com.amazonaws.sqs#EmptyBatchRequest")
}

pub(crate) fn too_many_entries(count: usize) -> AwsError {
    AwsError::sender(
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        format!("Maximum number of entries per request are 10. You have sent {count}."),
    )
    .with_shape("com.amazonaws.sqs#TooManyEntriesInBatchRequest")
}

pub(crate) fn repeated_entry_id(id: &str) -> AwsError {
    AwsError::sender("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", format!("Id {id} repeated."))
        .with_shape("com.amazonaws.sqs#BatchEntryIdsNotDistinct")
}

pub(crate) fn entry_id() -> AwsError {
    AwsError::sender(
        "AWS.SimpleQueueService.InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores, \
         and be 1 to 80 long.",
    )
    .with_shape("com.amazonaws.sqs#InvalidBatchEntryId")
}

pub(crate) fn batch_too_long() -> AwsError {
    AwsError::sender(
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes.",
    )
    .with_shape("com.amazonaws.sqs#BatchRequestTooLong")
}
