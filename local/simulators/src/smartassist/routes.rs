//! Which request is which, who may make it, and how refusals look.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Act, Answer, Centre, Desk, Incoming, Operation, Refusal, Scene, refuse};

use super::{
    Account, Book, SmartAssist, channel, rest,
    token::{self, Doubt, Expected},
};

impl Centre for SmartAssist {
    type Config = super::SmartAssistConfig;
    type Account = token::Shown;
    type Kept = super::Kept;

    fn classify(_desk: &Desk<Self>, request: &Incoming) -> Operation {
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

    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal> {
        let segments = request.segments();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["chatbot", "v2", "webhook", stream, instance @ ..]) => {
                let named = match instance {
                    [] => None,
                    ["hookInstance", id] => Some(*id),
                    _ => return Err(refuse(404, "no such resource")),
                };
                if *stream != desk.config.stream_id || named != desk.config.hook_instance.as_deref() {
                    return Err(refuse(404, "the channel does not exist"));
                }
                channel::take(desk, request)
            }
            (_, ["agentassist", "api", "v1", "public", app, rest @ ..]) => rest::answer(desk, request, app, rest),
            _ => Err(refuse(404, "no such resource")),
        }
    }

    /// The vendor's error body, whose code is the status. What the problem is stands in the ledger only.
    fn error_body(desk: &Desk<Self>, _request: &Incoming, status: u16, _refusal: Option<&Refusal>) -> Value {
        let message = match status {
            400 => "Invalid Request Payload",
            401 => "Invalid Access token",
            404 => "Not found",
            429 => "Too Many requests",
            504 => "timed-out",
            _ => "Internal server error",
        };
        json!({ "errors": [{ "msg": message, "code": status }], "_v": "v2", "_t": desk.trace_id() })
    }

    fn play(scene: &mut Scene<'_, Self>, act: Act) {
        scene.play(act);
    }

    fn revoke_tokens(book: &mut Book) {
        book.own.revoke();
    }
}

/// Checks the token of the channel; answers its `userIdentity`.
pub(super) fn authenticate(desk: &Account, request: &Incoming) -> Result<Option<String>, Refusal> {
    let token = request.authorization("bearer").ok_or_else(|| bad_token("no token"))?;
    let (client_id, rules) = (&desk.config.client_id, desk.config.claims);
    let expected = Expected { client_id, rules, now_ms: desk.now_ms() };
    token::check(&desk.own.channel_key, token, expected, &mut desk.book().own).map_err(bad_token)
}

/// 401, whatever is wrong; the reason is in the ledger.
pub(super) fn bad_token(doubt: Doubt) -> Refusal {
    refuse(401, doubt)
}
