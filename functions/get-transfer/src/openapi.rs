//! What this function says about its operations.

use serde_json::json;
use transfer_http::openapi::{Operation, examples, page_limit, page_position, query};
use transfer_http::{Kind, MessageRecord, Scope, SessionRecord};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::wire::{DetailRecord, PageRecord, TimelinePageRecord};
use crate::{DEFAULT_LIMIT, MAX_LIMIT};

const PATH: &str = "/v1/projects/{projectId}/transfers/{sessionId}";

const AT: &str = "The `sequence` of one entry, without `after`: it alone, and where the session stood right after it.";

/// The operations.
pub fn operations() -> Vec<Operation> {
    vec![record(), messages(), timeline()]
}

fn record() -> Operation {
    let description = "The complete record of a session, as it stands now. From the second of its expiry on it is \
                       shown as ended, with the reason `expired`; once its retention is over, 404.";
    Operation::new(HttpMethod::Get, PATH, Scope::TransfersRead)
        .named("Transfers", "getTransfer")
        .does("Get a transfer", description)
        .mentions::<SessionRecord<'_>>()
        .answers::<DetailRecord<'_>>(200, "The record.", detail())
        .unless_known()
}

fn detail() -> serde_json::Value {
    let mut session = examples::session();
    if let Some(fields) = session.as_object_mut() {
        fields.insert("nextDue".to_owned(), json!({ "at": "2026-11-23T00:59:47.000Z", "what": "check" }));
        fields.insert("lastProviderEventAt".to_owned(), json!("2026-11-23T00:54:49.100Z"));
        fields.insert("undelivered".to_owned(), json!({ "messages": 0, "oldestAt": null }));
        let lifetime = json!({
            "ttlMinutes": 30, "endedRetentionMinutes": 1440, "staleAfterMinutes": 60, "expiryWarningSeconds": 120,
            "pendingMinutes": 1440, "unconfirmedMinutes": 10, "queuedMinutes": 0, "firstReplyMinutes": 5,
            "postAgentMinutes": 60, "handbackMinutes": 0,
            "acceptTimeoutSeconds": null, "postAgentTimeoutSeconds": null, "reconcileIdleSeconds": null,
        });
        fields.insert("lifetime".to_owned(), lifetime);
        fields.insert("actions".to_owned(), json!(["refresh", "end"]));
    }
    session
}

fn messages() -> Operation {
    let example = json!({ "items": [{
        "sequence": 9, "messageId": "m-1", "direction": "outbound", "author": "contact",
        "text": "Where is my refund?", "truncated": false, "attachments": [],
        "content": [{ "type": "text", "text": "Where is my refund?" }], "reply": null, "delivery": "delivered",
        "failure": null, "receipt": null, "receiptAt": null, "redacted": {}, "late": false, "acceptedAt": "2026-11-23T00:54:58.000Z", "sentAt": null,
    }], "next": "9", "more": false });
    paged("/v1/projects/{projectId}/transfers/{sessionId}/messages")
        .named("Messages", "listMessages")
        .does("List a transfer's messages", "The messages of both directions, in the order of acceptance.")
        .mentions::<MessageRecord<'_>>()
        .answers_as::<PageRecord<MessageRecord<'_>>>("MessagePage", 200, "A page.", example)
}

fn timeline() -> Operation {
    let example = json!({ "items": [{
        "sequence": 7, "what": "representative_joined", "occurredAt": "2026-11-23T00:54:49.100Z",
        "timeAdjusted": false, "receivedAt": "2026-11-23T00:54:49.120Z", "cause": "provider", "detail": null, "applied": true,
        "ignoredBecause": null, "times": 1, "statusBefore": "queued", "statusAfter": "active",
    }], "next": "7", "more": false });
    let description = "What happened to the session, when, by what cause, and whether it counted; in \
                       the order of acceptance. With `at` the page holds that entry alone, and `record` tells where the \
                       session stood right after it.";
    paged("/v1/projects/{projectId}/transfers/{sessionId}/timeline")
        .named("Transfers", "listTimeline")
        .does("List a transfer's timeline", description)
        .takes([query("at", AT, ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)))])
        .answers::<TimelinePageRecord<'_>>(200, "A page.", example)
}

fn paged(path: &'static str) -> Operation {
    Operation::new(HttpMethod::Get, path, Scope::TransfersRead)
        .takes([
            page_position("after", "`next` of the answer before, or the `sequence` of an item."),
            page_limit(DEFAULT_LIMIT, MAX_LIMIT),
        ])
        .refuses(&[Kind::InvalidCursor])
}
