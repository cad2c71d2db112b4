//! Which request is which, and how refusals look.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    centre::{Answer, Incoming},
    fault::Operation,
    runtime::locked,
};

use super::{Five9, classic, config::Flavor, open_messaging};

/// HTTP status and `errorCode` of a session that has moved.
const MOVED: (u16, u32) = (435, 5001);

pub(super) fn classify(five9: &Five9, request: &Incoming) -> Operation {
    match (five9.config.flavor, request.segments().as_slice()) {
        (Flavor::Classic, ["appsvcs", "rs", "svc", rest @ ..]) => match rest {
            ["auth", "anon"] => Operation::Token,
            ["auth", "metadata"] | ["conversations", _, "info"] if request.method == Method::GET => Operation::Read,
            ["conversations"] => Operation::Open,
            ["conversations", _, "messages"] => Operation::Send,
            ["conversations", _, "messages", "acknowledge"] => Operation::Receipt,
            ["conversations", _, "terminate"] => Operation::End,
            _ => Operation::Other,
        },
        (Flavor::OpenMessaging, ["oauth2", "v1", "token"]) => Operation::Token,
        (Flavor::OpenMessaging, ["messaging-service", "v1", "domains", _, rest @ ..]) => match rest {
            ["delivery-profiles", _, "chats"] => Operation::Open,
            ["chats", _, "messages"] => Operation::Send,
            ["chats", last] if last.ends_with(":terminate") => Operation::End,
            _ => Operation::Other,
        },
        (Flavor::Classic | Flavor::OpenMessaging, _) => Operation::Other,
    }
}

pub(super) fn answer(five9: &Arc<Five9>, request: &Incoming) -> Answer {
    match five9.config.flavor {
        Flavor::Classic => classic::answer(five9, request),
        Flavor::OpenMessaging => open_messaging::answer(five9, request),
    }
}

pub(super) fn refuse(five9: &Five9, status: u16, problem: &str) -> Answer {
    let body = error_body(five9, status, u32::from(status), problem);
    Answer::refused(status, body, problem)
}

/// 435: the sessions are at another data centre, or on another farm.
pub(super) fn moved(five9: &Five9) -> Answer {
    let (status, code) = MOVED;
    Answer::refused(status, error_body(five9, status, code, "Service migrated"), "service migrated")
}

/// The error body for a status that a fault asks for. 435 by itself is the internal kind, with code 500.
pub(super) fn general_failure(five9: &Five9, status: u16) -> Value {
    let code = if status == MOVED.0 { 500 } else { u32::from(status) };
    error_body(five9, status, code, general_message(status))
}

fn error_body(five9: &Five9, status: u16, code: u32, message: &str) -> Value {
    let mut context = json!({ "contextCode": "MESSAGING", "objectId": five9.runtime.ids.uuid() });
    if let (true, Some(fields)) = ((status, code) == MOVED, context.as_object_mut()) {
        fields.insert("farmId".to_owned(), json!(locked(&five9.centres).farm_id()));
    }
    json!({ "five9ExceptionDetail": {
        "timestamp": five9.runtime.options.timer.now_ms(),
        "errorCode": code,
        "message": message,
        "context": context,
    }})
}

fn general_message(status: u16) -> &'static str {
    match status {
        400 => "Bad request",
        401 => "Not authenticated",
        404 => "Not found",
        429 => "Too many requests",
        503 => "Service unavailable",
        _ => "Internal error",
    }
}

/// The JSON body of a request, or the refusal that its absence deserves.
pub(super) fn json_body(five9: &Five9, request: &Incoming) -> Result<Value, Answer> {
    if !request.has_content_type("application/json") {
        return Err(refuse(five9, 415, "the content type must be application/json"));
    }
    request.json().filter(Value::is_object).ok_or_else(|| refuse(five9, 400, "the body must be a JSON object"))
}
