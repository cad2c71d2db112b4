//! What this function says about its operation.

use serde_json::json;
use transfer_http::Scope;
use transfer_http::openapi::{Operation, examples, go_on_after};
use utoipa::openapi::path::HttpMethod;

use crate::Answer;

const DESCRIPTION: &str = "Removes all that is kept of a contact: sessions with their requests, messages, timelines \
and events, and their Inbox tasks. A session that goes on is ended first (`operator_ended`), which the contact centre \
and everybody outside are told; it is removed by a later request, once the contact centre took it and a minute has \
passed.

At most 25 sessions are ended or removed by one request: repeat it until `more` is false, after `Retry-After` where it \
is said. Repeating it is harmless, and goes on where one was cut off. What hangs on a removed session follows within \
seconds. A session that is created meanwhile is ended, too.

`notErased` names where copies are that it does not reach.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let path = "/v1/projects/{projectId}/contacts/{contactId}/erase";
    let example = json!({
        "sessions": [{ "sessionId": examples::SESSION, "status": "removed" }],
        "tasks": 1,
        "more": false,
        "notErased": ["events", "backups", "queues", "deliveries", "contact_centre"],
    });
    let erase = Operation::new(HttpMethod::Post, path, Scope::TransfersErase)
        .named("Privacy", "eraseContact")
        .does("Erase a contact's data", DESCRIPTION)
        .answers::<Answer<'_>>(200, "What was removed, and what is left.", example)
        .with_header("Retry-After", &go_on_after())
        .refuses(&[transfer_http::Kind::Malformed]);
    vec![erase]
}
