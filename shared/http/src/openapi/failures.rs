//! Failures as responses: one for each set of problems that share a status, under a name of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder, example::ExampleBuilder};

use super::answers::retry_after;
use super::schemas::Schemas;
use crate::Kind;
use crate::problem::ProblemDocument;

/// What the gateway refuses by itself, before or instead of the function.
const GATEWAY: &[(u16, &str)] = &[
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (413, "Request Entity Too Large"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
];

/// An answer of the gateway itself.
pub fn gateway_answer() -> Schema {
    let message = ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .description(Some("An answer of the gateway itself, without the service."))
        .property("message", message)
        .required("message")
        .into()
}

/// The failures of an operation by status, each as a named response.
pub fn failure_responses(kinds: &BTreeSet<Kind>, schemas: &mut Schemas) -> BTreeMap<u16, (String, Response)> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::from([(429, vec![])]);
    for kind in kinds {
        by_status.entry(kind.status().as_u16()).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status, (name(&kinds), response(status, &kinds, schemas)))).collect()
}

fn name(kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
    if names.is_empty() { "Throttled".to_owned() } else { names.join("Or") }
}

fn response(status: u16, kinds: &[Kind], schemas: &mut Schemas) -> Response {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    let from_gateway = GATEWAY.iter().find(|(own, _)| *own == status);
    let description = if titles.is_empty() { "Too many requests" } else { &titles.join("; or: ") };
    let mut response = ResponseBuilder::new().description(format!("{description}."));
    if !kinds.is_empty() {
        // One type for all, so that clients have one; which problems it can be, the examples say.
        let problem = schemas.refer::<ProblemDocument>();
        let examples = kinds.iter().map(|kind| (kind.slug(), ExampleBuilder::new().value(Some(example(*kind)))));
        response = response.content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(problem)).examples_from_iter(examples),
        );
    }
    if let Some((_, message)) = from_gateway {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("GatewayAnswer")))
            .example(Some(json!({ "message": message })));
        response = response.content("application/json", content);
    }
    if kinds.iter().any(|kind| matches!(kind, Kind::Unavailable | Kind::IdempotencyInProgress | Kind::TooManyRequests))
    {
        response = response.header("Retry-After", retry_after());
    }
    response.build()
}

fn example(kind: Kind) -> Value {
    let (kind_urn, title, status) = (kind.urn(), kind.title(), kind.status().as_u16());
    if kind == Kind::InvalidFields {
        let errors = [json!({ "pointer": "/channel", "detail": "is required" })];
        json!({ "type": kind_urn, "title": title, "status": status, "errors": errors })
    } else if kind == Kind::AlreadyOpen {
        let open = super::examples::SESSION;
        json!({ "type": kind_urn, "title": title, "status": status, "openSessionId": open })
    } else {
        json!({ "type": kind_urn, "title": title, "status": status })
    }
}
