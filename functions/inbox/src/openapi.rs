//! What this function says about its operations.

use serde_json::{Value, json};
use transfer_domain::TaskStatus;
use transfer_http::openapi::{Operation, examples, length, page_limit, page_position, position, query, text};
use transfer_http::{Kind, Scope};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::{
    ClaimBody, DEFAULT_LIMIT, MAX_ASSIGNEE_CHARS, MAX_LIMIT, MAX_RESOLUTION_CHARS, Page, ResolveBody, TaskRecord,
};

/// The operations.
pub fn operations() -> Vec<Operation> {
    vec![list(), get(), claim(), resolve()]
}

fn list() -> Operation {
    Operation::new(HttpMethod::Get, "/v1/projects/{projectId}/inbox/tasks", Scope::InboxRead)
        .named("Inbox", "listTasks")
        .does("List escalation tasks", "The project's tasks, newest first. Each transfer has one.")
        .takes_several_in_query::<TaskStatus>("status", "Only these statuses; may stand several times.")
        .takes([
            query("include", "What a task tells besides: `summary`. The records are read.", include()),
            page_limit(DEFAULT_LIMIT, MAX_LIMIT),
            page_position("cursor", "`nextCursor` of the page before."),
        ])
        .answers::<Page<'_>>(200, "A page.", json!({ "items": [task()], "nextCursor": null }))
        .unless_known()
        .limit::<Page<'_>>("nextCursor", position())
        .refuses(&[Kind::InvalidCursor])
}

fn include() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["summary"]))
}

fn get() -> Operation {
    Operation::new(HttpMethod::Get, "/v1/projects/{projectId}/inbox/tasks/{taskId}", Scope::InboxRead)
        .named("Inbox", "getTask")
        .does("Get an escalation task", "The task of a transfer, as it stands now.")
        .answers::<TaskRecord<'_>>(200, "The task.", task())
}

fn claim() -> Operation {
    changed("/v1/projects/{projectId}/inbox/tasks/{taskId}/claim")
        .named("Inbox", "claimTask")
        .does("Claim a task", "Takes a task. Refused if it is closed or somebody else has it.")
        .body::<ClaimBody>(Required::False, json!({ "assignee": "operator-1" }))
        .limit::<ClaimBody>("assignee", text(MAX_ASSIGNEE_CHARS))
        .limit::<ClaimBody>("assignee", length(1, MAX_ASSIGNEE_CHARS))
}

fn resolve() -> Operation {
    changed("/v1/projects/{projectId}/inbox/tasks/{taskId}/resolve")
        .named("Inbox", "resolveTask")
        .does("Resolve a task", "Closes a task. Refused if it is closed.")
        .body::<ResolveBody>(Required::False, json!({ "resolution": "Refunded." }))
        .limit::<ResolveBody>("resolution", text(MAX_RESOLUTION_CHARS))
}

fn changed(path: &'static str) -> Operation {
    Operation::new(HttpMethod::Post, path, Scope::InboxWrite)
        .answers::<TaskRecord<'_>>(200, "The task as it stands now.", task())
        .refuses(&[Kind::TaskConflict])
}

fn task() -> Value {
    json!({
        "taskId": "019ab2c0-5d00-7000-8000-000000000001",
        "kind": "escalation",
        "sessionId": examples::SESSION,
        "contactId": "contact-1",
        "agent": "billing-agent",
        "provider": "genesys",
        "priority": 5,
        "status": "in_progress",
        "assignee": "operator-1",
        "reason": null,
        "resolution": null,
        "createdAt": "2026-11-23T00:54:47.120Z",
        "updatedAt": "2026-11-23T00:55:20.000Z",
        "closedAt": null,
        "version": 3,
    })
}
