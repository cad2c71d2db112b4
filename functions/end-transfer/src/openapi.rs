//! What this function says about its operation.

use serde_json::json;
use transfer_http::openapi::{Operation, examples};
use transfer_http::{Kind, Scope, SessionRecord};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::EndBody;
use crate::handback::{AcknowledgeBody, Standing};
use crate::retry::Asked;

const DESCRIPTION: &str = "Ends the session; the contact centre is told afterwards. Ending an ended session is \
                           harmless and answers the same.";

const ACKNOWLEDGE: &str = "The agent runtime has the hand-back of this version and goes on with it. Until then the session \
                           shows it as open. Saying it again is harmless; a version that is not the newest is refused, \
                           and the refusal names the newest.";

const RETRY: &str = "What waits for its next try at the contact centre (an opening, a message, closing) is tried within \
                     five seconds, also while the contact centre does not answer others; of an opening without an answer \
                     the contact centre is asked how it stands, where it can be. What has been tried for more than ten \
                     minutes is tried at its next turn, which is at most five minutes away.";

/// The operations.
pub fn operations() -> Vec<Operation> {
    let path = "/v1/projects/{projectId}/transfers/{sessionId}/end";
    let end = Operation::new(HttpMethod::Post, path, Scope::TransfersWrite)
        .named("Transfers", "endTransfer")
        .does("End a transfer", DESCRIPTION)
        .body::<EndBody>(Required::False, json!({ "endedBy": "agent" }))
        .answers::<SessionRecord>(202, "The session as it stands after its end.", ended())
        .refuses(&[Kind::Expired]);
    let handback = "/v1/projects/{projectId}/transfers/{sessionId}/handback";
    let acknowledge = Operation::new(HttpMethod::Post, handback, Scope::TransfersWrite)
        .named("Transfers", "acknowledgeHandBack")
        .does("Acknowledge a hand-back", ACKNOWLEDGE)
        .body::<AcknowledgeBody>(Required::True, json!({ "version": 12 }))
        .answers::<Standing>(
            200,
            "The hand-back as it stands.",
            json!({ "state": "acknowledged", "version": 12, "acknowledgedAt": "2026-11-23T01:02:11.000Z" }),
        )
        .refuses(&[Kind::NotEnded, Kind::HandBackSuperseded]);
    let path = "/v1/projects/{projectId}/transfers/{sessionId}/retry";
    let retry = Operation::new(HttpMethod::Post, path, Scope::TransfersWrite)
        .named("Transfers", "retryTransfer")
        .does("Try at once", RETRY)
        .answers::<Asked<'_>>(202, "It is tried within seconds.", json!({ "sessionId": examples::SESSION }))
        .refuses(&[Kind::Expired, Kind::Ended, Kind::NothingToRetry]);
    vec![end, acknowledge, retry]
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
