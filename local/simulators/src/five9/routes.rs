//! Which request is which, and how refusals look.

use serde_json::{Value, json};

use crate::engine::{Desk, Incoming, Operation, Refusal, locked, refuse, with};

use super::{Five9, config::Flavor};

/// HTTP status and `errorCode` of a session that has moved.
const MOVED: (u16, u32) = (435, 5001);

pub(super) fn classify(desk: &Desk<Five9>, request: &Incoming) -> Operation {
    match (desk.config.flavor, request.segments().as_slice()) {
        (Flavor::Classic, ["appsvcs", "rs", "svc", rest @ ..]) => match rest {
            ["auth", "anon"] => Operation::Token,
            ["auth", "metadata"] | ["conversations", _, "info"] if request.method == "GET" => Operation::Read,
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

/// 435: the sessions are at another data centre, or on another farm.
pub(super) fn moved() -> Refusal {
    let (status, code) = MOVED;
    refuse(status, "Service migrated").coded(code)
}

/// The error body. 435 by itself, as a fault asks for it, is the internal kind, with code 500.
pub(super) fn error_body(desk: &Desk<Five9>, status: u16, refusal: Option<&Refusal>) -> Value {
    let general = if status == MOVED.0 { 500 } else { u32::from(status) };
    let code = refusal.map_or(general, |it| it.code);
    let moved = (status, code) == MOVED;
    let farm = moved.then(|| locked(&desk.own.centres).farm_id().to_owned());
    let context = json!({ "contextCode": "MESSAGING", "objectId": desk.uuid() });
    json!({ "five9ExceptionDetail": {
        "timestamp": desk.now_ms(),
        "errorCode": code,
        "message": refusal.map_or(general_message(status), |it| &it.problem),
        "context": with(context, json!({ "farmId": farm })),
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
