//! Which request is which, and how refusals look.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Act, Answer, Centre, Desk, Incoming, Operation, Refusal, Scene, locked, refuse, with};

use super::{Book, Five9, classic, config::Flavor, open_messaging};

/// HTTP status and `errorCode` of a session that has moved.
const MOVED: (u16, u32) = (435, 5001);

impl Centre for Five9 {
    type Config = super::Five9Config;
    type Account = super::Sessions;
    type Kept = super::Kept;

    fn classify(desk: &Desk<Self>, request: &Incoming) -> Operation {
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

    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal> {
        match desk.config.flavor {
            Flavor::Classic => classic::answer(desk, request),
            Flavor::OpenMessaging => open_messaging::answer(desk, request),
        }
    }

    /// The error body. 435 by itself, as a fault asks for it, is the internal kind, with code 500.
    fn error_body(desk: &Desk<Self>, _request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value {
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

    fn play(scene: &mut Scene<'_, Self>, act: Act) {
        scene.play(act);
    }

    fn revoke_tokens(book: &mut Book) {
        book.own.clear();
        book.tokens.clear();
    }

    fn migrate(desk: &Desk<Self>) {
        locked(&desk.own.centres).migrate(desk.uuid());
    }
}

/// 435: the sessions are at another data centre, or on another farm.
pub(super) fn moved() -> Refusal {
    let (status, code) = MOVED;
    refuse(status, "Service migrated").coded(code)
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
