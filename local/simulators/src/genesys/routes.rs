//! Which request is which, who may make it, and how refusals look.

use std::sync::Arc;

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    act::{Act, EndedBy, Phase, Stamp},
    centre::{Answer, Incoming},
    fault::Operation,
    ids::Ids,
    runtime::locked,
    shape::{Refusal, required_choice, required_object},
};

use super::{
    Genesys,
    book::{Book, Purpose},
    human, inbound,
    send::{self, Wish},
};

pub(super) fn classify(request: &Incoming) -> Operation {
    let read = request.method == Method::GET;
    match request.segments().as_slice() {
        ["oauth", "token"] => Operation::Token,
        ["api", "v2", "conversations", "messages", _, "inbound", "open", what] => match *what {
            "message" => match Wish::of(request) {
                Wish::Open => Operation::Open,
                Wish::Deliver => Operation::Send,
            },
            "event" => Operation::Typing,
            "receipt" => Operation::Receipt,
            _ => Operation::Other,
        },
        ["api", "v2", "conversations", "messages", _, "inbound", "open", "structured", "response"] => Operation::Send,
        ["api", "v2", "conversations", "messages", _] | ["api", "v2", "users", _] if read => Operation::Read,
        ["api", "v2", "conversations", "messages", _]
        | ["api", "v2", "conversations", "messages", _, "participants", _]
        | ["api", "v2", "conversations", _, "disconnect"] => Operation::End,
        _ => Operation::Other,
    }
}

pub(super) fn answer(genesys: &Arc<Genesys>, request: &Incoming) -> Answer {
    let method = request.method.as_str();
    let segments = request.segments();
    if let ("POST", ["oauth", "token"]) = (method, segments.as_slice()) {
        return token(genesys, request);
    }
    if let Err(problem) = authenticate(genesys, request) {
        return refuse(genesys, 401, problem);
    }
    match (method, segments.as_slice()) {
        ("POST", ["api", "v2", "conversations", "messages", integration, "inbound", "open", what @ ..]) => {
            if *integration != genesys.config.integration_id {
                return refuse(genesys, 404, "the integration does not exist");
            }
            inbound_open(genesys, request, &what.join("/"))
        }
        ("GET", ["api", "v2", "conversations", "messages", id]) => read(genesys, id),
        ("GET", ["api", "v2", "users", id]) => user(genesys, id),
        ("PATCH", ["api", "v2", "conversations", "messages", id]) => {
            with_state(genesys, request, || end(genesys, id, 200))
        }
        ("PATCH", ["api", "v2", "conversations", "messages", id, "participants", participant]) => {
            with_state(genesys, request, || disconnect(genesys, id, participant))
        }
        ("PATCH", ["api", "v2", "conversations", id, "participants", participant, "attributes"]) => {
            attributes(genesys, request, id, participant)
        }
        ("POST", ["api", "v2", "conversations", id, "disconnect"]) => end(genesys, id, 202),
        _ => refuse(genesys, 404, "no such resource"),
    }
}

/// The vendor's error body; `problem` replaces the general message.
pub(super) fn error_body(ids: &Ids, status: u16, problem: Option<&str>) -> Value {
    let (code, message) = match status {
        400 => ("bad.request", "The request could not be understood by the server due to malformed syntax."),
        401 => ("bad.credentials", "Invalid login credentials."),
        403 => ("not.authorized", "You are not authorized to perform the requested action."),
        404 => ("not.found", "The requested resource was not found."),
        409 => ("conflict", "The request conflicts with the current state."),
        415 => ("unsupported.media.type", "The content type is not supported."),
        429 => ("too.many.requests", "Rate limit exceeded the maximum."),
        503 => ("service.unavailable", "The service is unavailable."),
        504 => ("gateway.timeout", "The request timed out."),
        _ => ("internal.server.error", "The server encountered an unexpected condition."),
    };
    json!({
        "message": problem.unwrap_or(message),
        "code": code,
        "status": status,
        "contextId": ids.uuid(),
        "details": [],
        "errors": [],
    })
}

pub(super) fn refuse(genesys: &Genesys, status: u16, problem: &str) -> Answer {
    let body = error_body(&genesys.runtime.ids, status, Some(problem));
    Answer::refused(status, body, problem)
}

/// `POST /oauth/token`: client credentials by Basic and form. Earlier tokens stay valid.
fn token(genesys: &Genesys, request: &Incoming) -> Answer {
    let refuse =
        |status, error: &str| Answer::refused(status, json!({ "error": error, "error_description": error }), error);
    let config = &genesys.config;
    let expected = STANDARD.encode(format!("{}:{}", config.client_id, config.client_secret));
    if request.authorization("basic") != Some(expected.as_str()) {
        return refuse(401, "invalid_client");
    }
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request");
    }
    if request.form_field("grant_type").as_deref() != Some("client_credentials") {
        return refuse(400, "unsupported_grant_type");
    }
    let token = genesys.runtime.ids.token();
    let lifetime_ms = i64::from(config.token_seconds) * 1000;
    let expires_ms = genesys.runtime.options.timer.now_ms() + lifetime_ms;
    locked(&genesys.book).tokens.insert(token.clone(), expires_ms);
    let body = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": config.token_seconds,
    });
    Answer::taken(200, Some(body))
}

fn authenticate(genesys: &Genesys, request: &Incoming) -> Result<(), &'static str> {
    let Some(token) = request.authorization("bearer") else {
        return Err("No authentication bearer token specified in authorization header.");
    };
    let now = genesys.runtime.options.timer.now_ms();
    match locked(&genesys.book).tokens.get(token) {
        Some(expires_ms) if now < *expires_ms => Ok(()),
        Some(_) | None => Err("Invalid login credentials."),
    }
}

/// The JSON body of a request, or the refusal that its absence deserves.
fn json_body(genesys: &Genesys, request: &Incoming) -> Result<Value, Box<Answer>> {
    if !request.has_content_type("application/json") {
        return Err(Box::new(refuse(genesys, 415, "the content type must be application/json")));
    }
    request
        .json()
        .filter(Value::is_object)
        .ok_or_else(|| Box::new(refuse(genesys, 400, "the body must be a JSON object")))
}

fn inbound_open(genesys: &Arc<Genesys>, request: &Incoming, what: &str) -> Answer {
    let body = match json_body(genesys, request) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let outcome = match what {
        "message" => inbound::message(&body, genesys.config.attribute_max_bytes)
            .map(|message| send::take_message(genesys, message, Wish::of(request))),
        "structured/response" => {
            inbound::structured_response(&body).map(|message| send::take_message(genesys, message, Wish::of(request)))
        }
        "event" => inbound::typing(&body).map(|from| send::take_typing(genesys, &from)),
        "receipt" => inbound::receipt(&body).map(|receipt| send::take_receipt(genesys, receipt)),
        _ => return refuse(genesys, 404, "no such resource"),
    };
    outcome.unwrap_or_else(|Refusal(problem)| refuse(genesys, 400, &problem))
}

fn read(genesys: &Genesys, id: &str) -> Answer {
    match locked(&genesys.book).cases.get(id) {
        Some(case) => Answer::taken(200, Some(case.document(id))).about(id),
        None => refuse(genesys, 404, "the conversation does not exist"),
    }
}

fn user(genesys: &Genesys, id: &str) -> Answer {
    let people = &genesys.runtime.options.representatives;
    match people.iter().find(|it| it.id == id) {
        Some(person) => Answer::taken(
            200,
            Some(json!({
                "id": person.id, "name": person.name, "state": "active",
                "selfUri": format!("/api/v2/users/{}", person.id),
            })),
        ),
        None => refuse(genesys, 404, "the user does not exist"),
    }
}

/// Only `{"state":"disconnected"}` is documented.
fn with_state(genesys: &Genesys, request: &Incoming, then: impl FnOnce() -> Answer) -> Answer {
    let body = match json_body(genesys, request) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    match required_choice(&body, "/state", &["disconnected"]) {
        Ok(_) => then(),
        Err(Refusal(problem)) => refuse(genesys, 400, &problem),
    }
}

fn end(genesys: &Genesys, id: &str, status: u16) -> Answer {
    let mut book = locked(&genesys.book);
    if !book.cases.contains_key(id) {
        return refuse(genesys, 404, "the conversation does not exist");
    }
    finish(genesys, &mut book, id, Act::End(EndedBy::Contact), status)
}

fn disconnect(genesys: &Genesys, id: &str, participant: &str) -> Answer {
    let mut book = locked(&genesys.book);
    let found = book.cases.get(id).and_then(|case| {
        let found = case.participants.iter().find(|it| it.id == participant)?;
        Some((found.purpose, found.ended_ms.is_some(), case.phase))
    });
    let Some((purpose, gone, phase)) = found else {
        return refuse(genesys, 404, "the participant does not exist");
    };
    if gone || phase == Phase::Ended {
        let status = genesys.config.gone_status;
        return refuse(genesys, status, "the participant is already disconnected").about(id);
    }
    let act = match purpose {
        Purpose::Agent => Act::Leave,
        Purpose::Customer | Purpose::Flow | Purpose::Acd => Act::End(EndedBy::Contact),
    };
    finish(genesys, &mut book, id, act, 204)
}

fn finish(genesys: &Genesys, book: &mut Book, id: &str, act: Act, status: u16) -> Answer {
    match human::perform(genesys, book, id, act, Stamp::default()) {
        Ok(()) => Answer::taken(status, None).about(id),
        Err(error) => Answer::ignored(status, None, error.to_string()).about(id),
    }
}

fn attributes(genesys: &Genesys, request: &Incoming, id: &str, participant: &str) -> Answer {
    let body = match json_body(genesys, request) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let sent = match required_object(&body, "/attributes") {
        Ok(sent) => sent,
        Err(Refusal(problem)) => return refuse(genesys, 400, &problem),
    };
    let mut book = locked(&genesys.book);
    let Some(case) = book.cases.get_mut(id) else {
        return refuse(genesys, 404, "the conversation does not exist");
    };
    if case.last(Purpose::Customer).is_none_or(|it| it.id != participant) {
        return refuse(genesys, 404, "the participant does not exist");
    }
    for (name, value) in sent {
        let Some(text) = value.as_str() else {
            return refuse(genesys, 400, "attributes must be strings");
        };
        case.attributes.insert(name.clone(), text.to_owned());
    }
    let attributes = case.attributes.clone();
    genesys.runtime.update_conversation(id, |it| it.attributes.clone_from(&attributes));
    Answer::taken(200, Some(json!({ "attributes": attributes }))).about(id)
}
