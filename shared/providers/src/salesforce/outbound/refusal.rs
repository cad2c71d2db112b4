//! What the codes of the interaction interface allow (`docs/contracts/salesforce.md`, "Limits and failures").

use http::StatusCode;
use serde_json::Value;

use crate::CallError;
use crate::client::{Answer, Failure, Failures, Meaning, Shape};

/// The token is no good, whatever the status.
const TOKEN: &[&str] = &["10003", "10004"];

/// The organisation, its app or its channel is not set up right.
const CONFIGURATION: &[&str] = &[
    "10001", "10002", "10005", "10006", "10017", "10026", "10031", "10035", "10050", "10069", "10070", "15103", "15104",
];

const ALWAYS: &[(Failure, Meaning)] = &[
    (Failure::Code(TOKEN), Meaning::Credentials),
    (Failure::Code(CONFIGURATION), Meaning::Misconfigured),
    (Failure::Message("rate limit exceeded"), Meaning::NotSent),
    // The vendor's own failure, whatever the status.
    (Failure::Code(&["500"]), Meaning::Unknown),
];

const BEHIND_THE_OPENING: &[(Failure, Meaning)] = &[
    // The organisation is read-only while it moves.
    (Failure::Code(&["10019"]), Meaning::NotSent),
    // Trouble of the vendor's that passes.
    (Failure::Code(&["10055", "10056", "10094", "20002", "20004"]), Meaning::Unknown),
];

/// There is no such conversation, nobody in it, or nothing in it to end.
const OVER: &[(Failure, Meaning)] = &[(Failure::Code(&["10018", "10036", "10089"]), Meaning::Gone)];

const OPENING: Failures = Failures { code: &["/code"], case: None, meanings: &[ALWAYS] };
const LATER: Failures = Failures { meanings: &[ALWAYS, BEHIND_THE_OPENING], ..OPENING };
const ENDING: Failures = Failures { meanings: &[ALWAYS, BEHIND_THE_OPENING, OVER], ..OPENING };

/// What the call is for: at an opening less may be repeated, and what is over need not be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Opening,
    Later,
    Ending,
}

/// Whether the answer says that the organisation has no such call, rather than that it could not be carried out.
pub(super) fn has_no_such_call(answer: &Answer) -> bool {
    let unknown = [StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED];
    // The interface's own codes are numbers; a word is some gateway's before it.
    let code = OPENING.code(answer).filter(|code| code.parse::<u64>().is_ok());
    !answer.status.is_success()
        && code.map_or_else(|| unknown.contains(&answer.status), |code| CONFIGURATION.contains(&&*code))
}

/// Whether the answer says that the token is no good.
pub(super) fn is_of_token(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED || OPENING.code(answer).is_some_and(|code| TOKEN.contains(&&*code))
}

/// The answer, if the call was taken; else what its code and status allow.
pub(super) fn judged(answer: Answer, stage: Stage) -> Result<Answer, CallError> {
    let failures = match stage {
        Stage::Opening => OPENING,
        Stage::Later => LATER,
        Stage::Ending => ENDING,
    };
    let answer = failures.judge(answer)?;
    // A failure may come with a success's status.
    match answer.taken(Shape::Document)?.get("success").and_then(Value::as_bool) {
        Some(false) => Err(CallError::refused(format!("{} without success", answer.status.as_u16()))),
        Some(true) | None => Ok(answer),
    }
}
