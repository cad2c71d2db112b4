//! Which request is which, and how refusals look.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    centre::{Answer, Incoming},
    fault::Operation,
    shape::Refusal,
};

use super::{
    ServiceNow,
    auth::{self, Caller},
    bot,
    call::{Action, Call},
    config::HiddenFailures,
};

const ENDPOINT: &str = "/api/sn_va_as_service/bot/integration";

pub(super) fn classify(request: &Incoming) -> Operation {
    if request.path == "/oauth_token.do" {
        return Operation::Token;
    }
    if request.path != ENDPOINT {
        return Operation::Other;
    }
    let body = request.json().unwrap_or_default();
    let Some(name) = body.get("action").and_then(Value::as_str) else {
        return Operation::Send;
    };
    match Action::named(name) {
        Some(Action::Start | Action::Create | Action::StartCreated | Action::Agent) => Operation::Open,
        Some(Action::Typing | Action::Viewing) => Operation::Typing,
        Some(Action::UpdateMessages) => Operation::Receipt,
        Some(Action::End | Action::Fault) => Operation::End,
        Some(Action::Switch | Action::SendHistory) | None => Operation::Other,
    }
}

pub(super) fn answer(instance: &Arc<ServiceNow>, request: &Incoming) -> Answer {
    match (request.method == Method::POST, request.path.as_str()) {
        (true, "/oauth_token.do") => auth::token(instance, request),
        (true, ENDPOINT) => integration(instance, request),
        (false, ENDPOINT | "/oauth_token.do") => refuse(405, "Method not supported"),
        _ => refuse(404, "Requested URI does not represent any resource"),
    }
}

fn integration(instance: &Arc<ServiceNow>, request: &Incoming) -> Answer {
    match auth::check(instance, request) {
        Caller::Known => {}
        Caller::Unknown => return refuse(401, "Required to provide Auth information"),
        Caller::Doubtful(reason) => return hidden_failure(instance, 401, reason),
    }
    if !request.has_content_type("application/json") {
        return refuse(400, "the content type must be application/json");
    }
    let accepts = request.header("accept").unwrap_or("*/*");
    if !accepts.contains("application/json") && !accepts.contains("*/*") {
        return refuse(400, "the answer is JSON");
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        return hidden_failure(instance, 400, "the body is not a JSON object");
    };
    match Call::read(&body, &instance.config.app_inbound_id) {
        Ok(call) => bot::take(instance, call),
        Err(Refusal(problem)) => refuse(400, &problem),
    }
}

fn hidden_failure(instance: &ServiceNow, status: u16, reason: &str) -> Answer {
    match instance.config.hidden_failures {
        HiddenFailures::Silent => Answer::ignored(200, Some(success()), reason),
        HiddenFailures::Loud => refuse(status, reason),
    }
}

pub(super) fn success() -> Value {
    json!({ "status": "success" })
}

pub(super) fn refuse(status: u16, detail: &str) -> Answer {
    Answer::refused(status, failure(general_message(status), detail), detail)
}

/// The failure body for a status without a particular detail.
pub(super) fn general_failure(status: u16) -> Value {
    let message = general_message(status);
    failure(message, message)
}

fn failure(message: &str, detail: &str) -> Value {
    json!({ "status": "failure", "error": { "message": message, "detail": detail } })
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
