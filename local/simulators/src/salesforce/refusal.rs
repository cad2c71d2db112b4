//! The vendor's coded refusals.

use serde_json::{Value, json};

use crate::engine::{Refusal, refuse};

/// The access token is not valid.
pub(super) const TOKEN: u32 = 10004;
/// The authorization context does not fit.
pub(super) const CONTEXT: u32 = 10005;
pub(super) const FILE_TOO_LARGE: u32 = 10008;
pub(super) const FILE_EMPTY: u32 = 10009;
pub(super) const NO_CONTENT_LENGTH: u32 = 10010;
pub(super) const ATTACHMENT_COUNT: u32 = 10011;
pub(super) const HEADER: u32 = 10016;
pub(super) const CHANNEL: u32 = 10017;
pub(super) const CONVERSATION: u32 = 10018;
pub(super) const END_USER: u32 = 10020;
pub(super) const TO: u32 = 10027;
pub(super) const FROM: u32 = 10028;
pub(super) const INTERACTIONS: u32 = 10029;
pub(super) const CHANNEL_INACTIVE: u32 = 10031;
pub(super) const PARTICIPANT: u32 = 10036;
pub(super) const APP_TYPE: u32 = 10037;
pub(super) const ROLE: u32 = 10038;
pub(super) const ENTRY: u32 = 10045;
pub(super) const FORMAT_TYPE: u32 = 10048;
pub(super) const INTEGRATION: u32 = 10050;
pub(super) const FILE_SIZE: u32 = 10051;
pub(super) const OPEN_CHANNEL: u32 = 10052;
pub(super) const OPEN_PARTICIPANTS: u32 = 10053;
pub(super) const HISTORY: u32 = 10057;
pub(super) const ID_EMPTY: u32 = 10059;
pub(super) const ID_MISMATCH: u32 = 10060;
pub(super) const MESSAGE_TYPE: u32 = 10062;
pub(super) const PARAMETERS: u32 = 10089;
pub(super) const VARIABLE_TOO_LONG: u32 = 10096;

/// A refusal with an error code of the Interaction API; the HTTP status of each code is not documented.
pub(super) fn object(code: u32, message: impl Into<String>) -> Refusal {
    refuse(if code == TOKEN { 401 } else { 400 }, message).coded(code)
}

/// Gives a shape's refusal a code.
pub(super) fn coded(code: u32) -> impl Fn(Refusal) -> Refusal {
    move |refusal| refusal.coded(code)
}

/// The error body: with the code and the words of a refusal, or general.
pub(super) fn error_body(status: u16, refusal: Option<&Refusal>) -> Value {
    match refusal {
        Some(Refusal { code, problem, .. }) if status != 404 => json!({ "code": code, "message": problem }),
        Some(_) | None => general(status),
    }
}

/// The error body for a status without a particular code.
fn general(status: u16) -> Value {
    match status {
        401 => json!({ "code": TOKEN, "message": "The supplied Authorization access token is not valid." }),
        429 => json!({ "code": 429, "message": "Interaction request rate limit exceeded" }),
        404 => json!({ "code": 404, "message": "Not found" }),
        400..=499 => json!({ "code": PARAMETERS, "message": "Invalid parameters passed to API." }),
        _ => json!({ "code": 500, "message": "An internal server error occurred." }),
    }
}
