//! Enhanced Chat (Messaging for In-App and Web), custom client.

pub(super) mod config;
mod read;
mod token;
mod write;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, Operation, Refusal, bad, refuse};

use super::{Book, Case, Org};

/// `path` is what follows the version.
pub(super) fn classify(method: &str, path: &[&str]) -> Operation {
    match (method, path) {
        (_, ["authorization", ..]) => Operation::Token,
        ("POST", ["conversation"]) => Operation::Open,
        ("POST", ["conversation", _, "message" | "file"]) => Operation::Send,
        ("POST", ["conversation", _, "entry"]) => Operation::Typing,
        ("POST", ["conversation", _, "acknowledge-entries"]) => Operation::Receipt,
        ("GET", ["conversation", _] | ["conversation", _, "entries"]) => Operation::Read,
        ("DELETE", _) => Operation::End,
        _ => Operation::Other,
    }
}

pub(super) fn answer(org: &Arc<Org>, request: &Incoming, path: &[&str]) -> Result<Answer, Refusal> {
    match (request.method.as_str(), path) {
        ("POST", ["authorization", kind @ ("unauthenticated" | "authenticated"), "access-token"]) => {
            token::mint(org, &json_body(request)?, *kind == "authenticated")
        }
        ("GET", ["authorization", "continuation-access-token"]) => token::renew(org, request),
        ("POST", ["conversation"]) => {
            let guest = token::holder(org, request)?;
            write::open(org, &guest, &json_body(request)?)
        }
        (method, ["conversation", id, rest @ ..]) => {
            let guest = token::holder(org, request)?;
            read::check_owner(org, id, &guest)?;
            match (method, rest) {
                ("POST", ["message"]) => write::message(org, id, &json_body(request)?),
                ("POST", ["file"]) => write::file(org, id, request),
                ("POST", ["entry"]) => write::typing(org, id, &json_body(request)?),
                ("POST", ["acknowledge-entries"]) => write::acknowledge(org, id, &json_body(request)?),
                ("GET", []) => read::status(org, id),
                ("GET", ["entries"]) => read::entries(org, id, request),
                ("DELETE", ["session"]) => write::end_session(org, id, request),
                ("DELETE", []) => write::close(org, id, request),
                _ => Err(refuse(404, "no such resource")),
            }
        }
        _ => Err(refuse(404, "no such resource")),
    }
}

pub(super) fn json_body(request: &Incoming) -> Result<Value, Refusal> {
    let body = request.json().filter(|it| it.is_object() && request.has_content_type("application/json"));
    body.ok_or_else(|| bad("the body must be application/json, an object"))
}

/// The error body, in the words of a refusal or in general ones.
pub(super) fn error_body(path: &str, status: u16, refusal: Option<&Refusal>) -> Value {
    let error = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    };
    let general = match status {
        401 => token::EXPIRED,
        429 => "Too many requests",
        _ => "The request failed",
    };
    json!({ "message": refusal.map_or(general, |it| &it.problem), "status": status, "error": error, "path": path })
}
