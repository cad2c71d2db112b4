//! What this function says about its operation.

use serde_json::json;
use transfer_http::openapi::{Operation, examples};
use transfer_http::{Kind, Scope, SessionRecord};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::EndBody;
use crate::handback::{AcknowledgeBody, Standing};
use crate::retry::Asked;
use crate::voice::ReportBody;

const DESCRIPTION: &str = "Ends the session; the contact centre is told afterwards. Ending an ended session is \
                           harmless and answers the same.";

const ACKNOWLEDGE: &str = "The agent runtime has the hand-back of this version and goes on with it. Until then the session \
                           shows it as open. Saying it again is harmless; a version that is not the newest is refused, \
                           and the refusal names the newest.";

const REPORT: &str = "What became of a call that the agent runtime handed over. `connected` makes the session active. The \
                      others end it: `declined` as `representative_ended`, `busy`, `no_answer` and `voicemail` as \
                      `no_representatives`, `failed` as `provider_error`, and `dropped` as `provider_disconnected`. The \
                      same report again changes nothing. One that is older than what is known, that comes after the end, or \
                      that says of a call which was connected that nobody took it, is kept in the timeline as ignored.";
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
    vec![end, acknowledge, report(), retry]
}

fn report() -> Operation {
    let path = "/v1/projects/{projectId}/transfers/{sessionId}/voice/outcome";
    Operation::new(HttpMethod::Post, path, Scope::TransfersWrite)
        .named("Transfers", "reportCall")
        .does("Report of a call", REPORT)
        .body::<ReportBody>(Required::True, json!({ "outcome": "connected", "at": "2026-11-23T00:55:02Z" }))
        .answers::<SessionRecord>(202, "The session as it stands with it.", connected())
        .refuses(&[Kind::NotSupported])
}

/// The uuid of the example in hexadecimal.
const UUI: &str = "30313961623263302d356430302d373030302d383030302d303030303030303030303031";

fn connected() -> serde_json::Value {
    let mut session = examples::session();
    let id = "019ab2c0-5d00-7000-8000-000000000001";
    let session_id = format!("agent_transfer:{id}:conv-1:voice");
    if let Some(fields) = session.as_object_mut() {
        for (name, value) in [
            ("sessionId", json!(session_id)),
            ("channel", json!("voice")),
            ("expiresAt", json!(null)),
            ("endKnownBy", json!("runtime")),
            (
                "voice",
                json!({
                    "callId": "call-1", "sipCallId": "f81d4fae@198.51.100.7", "from": "+491510000000", "to": "+49300000000",
                    "method": "refer", "reported": { "outcome": "connected", "at": "2026-11-23T00:55:02.000Z" },
                }),
            ),
            (
                "voiceHeaders",
                json!({
                    "User-to-User": format!("04{UUI};encoding=hex;purpose=isdn-uui;content=isdn-uui"),
                    "X-Transfer-Id": id, "X-Transfer-Session-Id": session_id,
                }),
            ),
        ] {
            fields.insert(name.to_owned(), value);
        }
    }
    session
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
