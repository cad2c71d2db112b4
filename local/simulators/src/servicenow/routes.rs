//! Which request is which, and how refusals look.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Act, Answer, Centre, Desk, Incoming, Operation, Refusal, Scene, bad, refuse};

use super::{
    Instance, ServiceNow,
    auth::{self, Caller},
    bot,
    call::{Action, Call},
    config::HiddenFailures,
    table::{self, TABLES},
};

const ENDPOINT: &str = "/api/sn_va_as_service/bot/integration";

impl Centre for ServiceNow {
    type Config = super::ServiceNowConfig;
    /// Refresh tokens.
    type Account = std::collections::HashSet<String>;
    type Kept = super::Kept;

    fn classify(_desk: &Desk<Self>, request: &Incoming) -> Operation {
        if request.path == "/oauth_token.do" {
            return Operation::Token;
        }
        if request.path.starts_with(TABLES) {
            return Operation::Read;
        }
        if request.path != ENDPOINT {
            return Operation::Other;
        }
        let body = request.json().unwrap_or_default();
        let Some(name) = body.get("action").and_then(Value::as_str) else {
            return Operation::Send;
        };
        match Action::named(name) {
            Some(
                Action::StartConversation
                | Action::CreateConversation
                | Action::StartCreatedConversation
                | Action::Agent,
            ) => Operation::Open,
            Some(Action::Typing | Action::Viewing) => Operation::Typing,
            Some(Action::UpdateMessages) => Operation::Receipt,
            Some(Action::EndConversation | Action::FaultConversation) => Operation::End,
            Some(Action::Switch | Action::SendHistory) | None => Operation::Other,
        }
    }

    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal> {
        match (request.method == "POST", request.path.as_str()) {
            (true, "/oauth_token.do") => Ok(auth::token(desk, request)),
            (true, ENDPOINT) => integration(desk, request),
            (false, path) if request.method == "GET" && path.starts_with(TABLES) => table::look_up(desk, request),
            (false, ENDPOINT | "/oauth_token.do") => Err(refuse(405, "Method not supported")),
            _ => Err(refuse(404, "Requested URI does not represent any resource")),
        }
    }

    /// The failure body, whose detail is the reason of a refusal.
    fn error_body(_desk: &Desk<Self>, _request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value {
        let message = general_message(status);
        let detail = refusal.map_or(message, |it| &it.problem);
        json!({ "status": "failure", "error": { "message": message, "detail": detail } })
    }

    fn play(scene: &mut Scene<'_, Self>, act: Act) {
        scene.play(act);
    }
}

fn integration(desk: &Arc<Instance>, request: &Incoming) -> Result<Answer, Refusal> {
    match auth::check(desk, request) {
        Caller::Known => {}
        Caller::Unknown => return Err(refuse(401, "Required to provide Auth information")),
        Caller::Doubtful(reason) => return hidden_failure(desk, 401, reason),
    }
    if !request.has_content_type("application/json") {
        return Err(bad("the content type must be application/json"));
    }
    let accepts = request.header("accept").unwrap_or("*/*");
    if !accepts.contains("application/json") && !accepts.contains("*/*") {
        return Err(bad("the answer is JSON"));
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        return hidden_failure(desk, 400, "the body is not a JSON object");
    };
    bot::take(desk, Call::read(&body, &desk.config.app_inbound_id)?)
}

fn hidden_failure(desk: &Instance, status: u16, reason: &str) -> Result<Answer, Refusal> {
    match desk.config.hidden_failures {
        HiddenFailures::Silent => Ok(Answer::ignored(200, success(), reason)),
        HiddenFailures::Loud => Err(refuse(status, reason)),
    }
}

pub(super) fn success() -> Value {
    json!({ "status": "success" })
}

fn general_message(status: u16) -> &'static str {
    match status {
        400 => "Invalid request",
        401 => "User Not Authenticated",
        404 => "Not found",
        405 => "Functionality disabled",
        429 => "Rate limit exceeded",
        _ => "Internal error",
    }
}
