//! Which request is which, who may make it, and how refusals look.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    centre::{Answer, Incoming},
    fault::Operation,
    runtime::locked,
};

use super::{
    SmartAssist, channel, rest,
    token::{self, Doubt, Expected},
};

pub(super) fn classify(request: &Incoming) -> Operation {
    match request.segments().as_slice() {
        ["chatbot", "v2", "webhook", ..] => {
            let body = request.json().unwrap_or_default();
            let is = |pointer, value: &Value| body.pointer(pointer) == Some(value);
            if is("/message/val", &json!("SESSION_CLOSURE")) && is("/message/type", &json!("event")) {
                Operation::End
            } else if is("/session/new", &json!(true)) {
                Operation::Open
            } else {
                Operation::Send
            }
        }
        ["agentassist", "api", "v1", "public", ..] => Operation::Read,
        _ => Operation::Other,
    }
}

pub(super) fn answer(account: &Arc<SmartAssist>, request: &Incoming) -> Answer {
    let segments = request.segments();
    match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["chatbot", "v2", "webhook", stream, instance @ ..]) => {
            let named = match instance {
                [] => None,
                ["hookInstance", id] => Some(*id),
                _ => return refuse(account, 404, "no such resource"),
            };
            if *stream != account.config.stream_id || named != account.config.hook_instance.as_deref() {
                return refuse(account, 404, "the channel does not exist");
            }
            channel::take(account, request)
        }
        (_, ["agentassist", "api", "v1", "public", app, rest @ ..]) => rest::answer(account, request, app, rest),
        _ => refuse(account, 404, "no such resource"),
    }
}

/// Checks the token of the channel; answers its `userIdentity`.
pub(super) fn authenticate(account: &SmartAssist, request: &Incoming) -> Result<Option<String>, Doubt> {
    let token = request.authorization("bearer").ok_or("no token")?;
    let expected = Expected {
        client_id: &account.config.client_id,
        rules: account.config.claims,
        now_ms: account.runtime.options.timer.now_ms(),
    };
    token::check(&account.channel_key, token, expected, &mut locked(&account.book).tokens)
}

/// 401, whatever is wrong; the reason is in the ledger.
pub(super) fn bad_token(account: &SmartAssist, doubt: Doubt) -> Answer {
    Answer::refused(401, error_body(account, 401), doubt)
}

/// Refuses with the vendor's words; the problem is in the ledger.
pub(super) fn refuse(account: &SmartAssist, status: u16, problem: &str) -> Answer {
    Answer::refused(status, error_body(account, status), problem)
}

/// The vendor's error body, whose code is the status.
pub(super) fn error_body(account: &SmartAssist, status: u16) -> Value {
    let message = match status {
        400 => "Invalid Request Payload",
        401 => "Invalid Access token",
        404 => "Not found",
        429 => "Too Many requests",
        504 => "timed-out",
        _ => "Internal server error",
    };
    json!({ "errors": [{ "msg": message, "code": status }], "_v": "v2", "_t": account.trace_id() })
}
