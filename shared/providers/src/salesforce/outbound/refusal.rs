//! What the codes of the interaction interface allow (`docs/contracts/salesforce.md`, "Limits and failures").

use http::StatusCode;
use serde_json::Value;
use transfer_domain::EndReason;

use super::misconfigured;
use crate::CallError;
use crate::client::{Answer, Shape};
use crate::reading::text;

/// The token is no good, whatever the status.
const TOKEN: &[u64] = &[10003, 10004];

/// The organisation, its app or its channel is not set up right.
const CONFIGURATION: &[u64] =
    &[10001, 10002, 10005, 10006, 10017, 10026, 10031, 10035, 10050, 10069, 10070, 15103, 15104];

/// The organisation is read-only while it moves.
const READ_ONLY: u64 = 10019;

/// There is no such conversation, nobody in it, or nothing in it to end.
const OVER: &[u64] = &[10018, 10036, 10089];

/// Trouble of the vendor's that passes.
const PASSING: &[u64] = &[10055, 10056, 10094, 20002, 20004];

/// The vendor's own failure, whatever the status.
const INTERNAL: u64 = 500;

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
    let told = code(&body(answer));
    !answer.status.is_success()
        && told.map_or_else(|| unknown.contains(&answer.status), |code| CONFIGURATION.contains(&code))
}

/// Whether the answer says that the token is no good.
pub(super) fn is_of_token(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED
        || !answer.status.is_success() && code(&body(answer)).is_some_and(|code| TOKEN.contains(&code))
}

/// The answer, if the call was taken; else what its code and status allow.
pub(super) fn judged(answer: Answer, stage: Stage) -> Result<Answer, CallError> {
    let told = body(&answer);
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        // A failure may come with a success's status.
        return match answer.taken(Shape::Document)?.get("success").and_then(Value::as_bool) {
            Some(false) => {
                let what = format!("{status} without success");
                Err(CallError::Refused { reason: EndReason::ProviderRejected, what })
            }
            Some(true) | None => Ok(answer),
        };
    }
    let Some(code) = code(&told) else {
        return Err(if is_rate_limit(&told) { limited(&answer, "rate limit") } else { answer.failure(None) });
    };
    let what = format!("{status} {code}");
    Err(match (code, stage) {
        (code, _) if TOKEN.contains(&code) || CONFIGURATION.contains(&code) => misconfigured(&what),
        _ if is_rate_limit(&told) => limited(&answer, &what),
        (INTERNAL, _) => CallError::Ambiguous { what },
        (READ_ONLY, Stage::Later | Stage::Ending) => limited(&answer, &what),
        (code, Stage::Later | Stage::Ending) if PASSING.contains(&code) => CallError::Ambiguous { what },
        (code, Stage::Ending) if OVER.contains(&code) => CallError::Gone { what },
        (code, Stage::Opening | Stage::Later | Stage::Ending) => answer.failure(Some(&code.to_string())),
    })
}

fn limited(answer: &Answer, what: &str) -> CallError {
    CallError::NotSent { what: what.to_owned(), retry_after: answer.retry_after }
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn code(body: &Value) -> Option<u64> {
    let code = body.get("code")?;
    code.as_u64().or_else(|| code.as_str().and_then(|text| text.parse().ok()))
}

fn is_rate_limit(body: &Value) -> bool {
    text(body, "/message").is_some_and(|text| text.to_ascii_lowercase().contains("rate limit exceeded"))
}
