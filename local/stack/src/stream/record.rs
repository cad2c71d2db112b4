//! Stream records as Lambda hands them to a function.

use aws_lambda_events::dynamodb::{EventRecord, StreamViewType, UserIdentity};
use aws_sdk_dynamodbstreams::types;
use chrono::DateTime;

/// The event record of a stream record that was read from `stream_arn`.
pub(super) fn render(record: types::Record, stream_arn: &str) -> EventRecord {
    let mut event = EventRecord::default();
    // The region is part of the ARN; emulators fill in whatever they like.
    stream_arn.split(':').nth(3).unwrap_or_default().clone_into(&mut event.aws_region);
    event.event_id = record.event_id.unwrap_or_default();
    event.event_name = record.event_name.map(|name| name.as_str().to_owned()).unwrap_or_default();
    event.event_source = record.event_source;
    event.event_version = record.event_version;
    event.event_source_arn = Some(stream_arn.to_owned());
    event.user_identity = record.user_identity.map(|identity| {
        let mut user = UserIdentity::default();
        // Only removals by TTL have an identity. The embedded engine writes its members in lower case, as Lambda does
        // and the Streams API does not, so that the SDK finds the identity without its members.
        user.type_ = identity.r#type.unwrap_or_else(|| "Service".to_owned());
        user.principal_id = identity.principal_id.unwrap_or_else(|| "dynamodb.amazonaws.com".to_owned());
        user
    });
    let Some(change) = record.dynamodb else { return event };
    let rendered = &mut event.change;
    rendered.approximate_creation_date_time =
        change.approximate_creation_date_time.and_then(|at| DateTime::from_timestamp(at.secs(), 0)).unwrap_or_default();
    rendered.keys = change.keys.unwrap_or_default().into();
    rendered.new_image = change.new_image.unwrap_or_default().into();
    rendered.old_image = change.old_image.unwrap_or_default().into();
    rendered.sequence_number = change.sequence_number;
    rendered.size_bytes = change.size_bytes.unwrap_or_default();
    rendered.stream_view_type = change.stream_view_type.and_then(|view| view_type(&view));
    event
}

/// Both types read the same word.
fn view_type(view: &types::StreamViewType) -> Option<StreamViewType> {
    serde_json::from_value(view.as_str().into()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodbstreams::types::{AttributeValue, Identity, OperationType, Record, StreamRecord};

    use super::*;

    #[test]
    fn a_removal_by_ttl_looks_like_the_one_that_lambda_gets() {
        let image = HashMap::from([("pk".to_owned(), AttributeValue::S("p#1".to_owned()))]);
        let change = StreamRecord::builder()
            .approximate_creation_date_time(aws_sdk_dynamodbstreams::primitives::DateTime::from_secs(1_795_341_603))
            .set_keys(Some(image.clone()))
            .set_old_image(Some(image))
            .sequence_number("100000000000000000007")
            .size_bytes(12)
            .stream_view_type(types::StreamViewType::NewAndOldImages)
            .build();
        let record = Record::builder()
            .event_id("e-1")
            .event_name(OperationType::Remove)
            .event_source("aws:dynamodb")
            .event_version("1.1")
            .aws_region("ddblocal")
            .user_identity(Identity::builder().r#type("Service").principal_id("dynamodb.amazonaws.com").build())
            .dynamodb(change)
            .build();
        let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026";
        let json = serde_json::to_value(render(record, arn)).unwrap();
        insta::assert_json_snapshot!(json);
    }
}
