//! What a refusal of EventBridge or SQS means for what was refused.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use transfer_app::relay::{Meaning, Refusal};

/// What is wrong with the content of an entry or a call.
const OF_CONTENT: &[&str] = &[
    "BatchEntryIdsNotDistinct",
    "BatchRequestTooLong",
    "InvalidArgument",
    "InvalidAttributeValue",
    "InvalidBatchEntryId",
    "InvalidMessageContents",
    "InvalidParameterValue",
    "MalformedDetail",
    "MissingParameter",
    "RedactionFailure",
    "RequestEntityTooLargeException",
    "SerializationException",
    "ValidationError",
    "ValidationException",
];

/// What passes, or concerns everything alike: parking the records of a whole deployment would mend nothing.
const OF_ALL: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredTokenException",
    "InternalError",
    "InternalException",
    "InternalFailure",
    "InvalidAccountIdException",
    "InvalidSignatureException",
    "InvalidSecurity",
    "NonExistentQueue",
    "NotAuthorizedForDetailTypeException",
    "NotAuthorizedForSource",
    "NotAuthorizedForSourceException",
    "OverLimit",
    "QueueDoesNotExist",
    "RequestThrottled",
    "ResourceNotFoundException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "UnrecognizedClientException",
];

/// Of one entry of a call that was answered.
pub fn of_entry(code: Option<&str>) -> Refusal {
    Refusal { code: code.unwrap_or("no code").to_owned(), meaning: code.map_or(Meaning::Passes, meaning) }
}

/// Of a whole call.
pub fn of_call<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Refusal {
    let refused = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) if refused => Refusal { code: code.to_owned(), meaning: meaning(code) },
        code => Refusal { code: code.unwrap_or("no answer").to_owned(), meaning: Meaning::Passes },
    }
}

/// Of what cannot even be written.
pub fn unwritable() -> Refusal {
    Refusal { code: "unwritable".to_owned(), meaning: Meaning::ForGood }
}

fn meaning(code: &str) -> Meaning {
    // SQS gives some codes with the name of the service before them.
    let code = code.rsplit(['.', '#']).next().unwrap_or(code);
    if OF_CONTENT.contains(&code) {
        Meaning::ForGood
    } else if OF_ALL.contains(&code) || code.starts_with("Kms") || code.starts_with("KMS") {
        Meaning::Passes
    } else {
        Meaning::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_content_is_to_blame_for_is_refused_for_good() {
        for code in ["MalformedDetail", "InvalidMessageContents", "AWS.SimpleQueueService.BatchRequestTooLong"] {
            assert_eq!(meaning(code), Meaning::ForGood, "{code}");
        }
        for code in ["ThrottlingException", "AWS.SimpleQueueService.NonExistentQueue", "KmsDisabled", "AccessDenied"] {
            assert_eq!(meaning(code), Meaning::Passes, "{code}");
        }
        assert_eq!(meaning("SomethingNew"), Meaning::Unclear);
        assert_eq!(of_entry(None).meaning, Meaning::Passes);
    }
}
