//! What this function says about its operation.

use serde_json::json;
use transfer_http::openapi::{Operation, examples};
use transfer_http::{Kind, Scope, SessionRecord};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::EndBody;

const DESCRIPTION: &str = "Ends the session; the contact centre is told afterwards. Ending an ended session is \
                           harmless and answers the same.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let path = "/v1/projects/{projectId}/transfers/{sessionId}/end";
    let end = Operation::new(HttpMethod::Post, path, Scope::TransfersWrite)
        .named("Transfers", "endTransfer")
        .does("End a transfer", DESCRIPTION)
        .body::<EndBody>(Required::False, json!({ "endedBy": "agent" }))
        .answers::<SessionRecord>(202, "The session as it stands after its end.", ended())
        .refuses(&[Kind::Expired]);
    vec![end]
}

fn ended() -> serde_json::Value {
    let mut session = examples::session();
    if let Some(fields) = session.as_object_mut() {
        for (name, value) in [
            ("status", "ended"),
            ("endedAt", "2026-11-23T01:02:10.000Z"),
            ("endReason", "agent_ended"),
            ("endedBy", "agent"),
        ] {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    session
}
