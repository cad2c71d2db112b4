//! `/v1/projects/{projectId}/inbox/tasks`: the escalation tasks that operators see, take and resolve.

#[cfg(feature = "openapi")]
pub mod openapi;

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_app::tasks::{self, TaskError};
use transfer_aws::Service;
use transfer_domain::{
    AgentName, ContactId, EndReason, Priority, Provider, SessionId, Task, TaskStatus, TransferId, UnknownWord,
};
use transfer_http::{
    EntityTag, Fields, Kind, MAX_PAGE_BYTES, Problem, Query, Route, Scope, authorize, bytes_in_answer, json,
    no_such_route, optional_json_body, optional_time, path_parameter, respond, time, unless_known,
};
use transfer_store::ListError;

const DEFAULT_LIMIT: u8 = 25;
const MAX_LIMIT: u8 = 100;
const MAX_ASSIGNEE_CHARS: usize = 256;
const MAX_RESOLUTION_CHARS: usize = 4_000;

/// A task on the wire.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Task))]
#[serde(rename_all = "camelCase")]
struct TaskRecord<'a> {
    /// Its id: the transfer's.
    task_id: TransferId,
    /// What it is for.
    kind: TaskKind,
    /// The session that it is about.
    session_id: &'a SessionId,
    /// The end user.
    contact_id: &'a ContactId,
    /// The AI agent that handed off.
    agent: &'a AgentName,
    /// Where the transfer went.
    provider: Provider,
    /// 0 (lowest) to 10.
    priority: Priority,
    /// Where the task stands.
    status: TaskStatus,
    /// Who took it at the console.
    #[cfg_attr(feature = "openapi", schema(required))]
    assignee: Option<&'a str>,
    /// Why its session ended; null while it goes on. A task of a transfer that reached nobody is `failed` and stays open.
    #[cfg_attr(feature = "openapi", schema(required))]
    reason: Option<EndReason>,
    /// What was noted when it was resolved.
    #[cfg_attr(feature = "openapi", schema(required))]
    resolution: Option<&'a str>,
    /// What it is about, in the AI agent's words: the summary of the transfer, else its reason; null if there is neither.
    /// Only if `include=summary` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    summary: Option<About<'a>>,
    /// When the transfer was requested.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When the task changed last.
    #[serde(serialize_with = "time")]
    updated_at: DateTime<Utc>,
    /// When it was closed.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    closed_at: Option<DateTime<Utc>>,
    /// Rises with every change.
    version: u64,
}

/// What a task is about, where that was asked for; `None` = nobody has said.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct About<'a>(Option<&'a str>);

impl<'a> TaskRecord<'a> {
    /// With what it is about, if that was asked for.
    fn with(task: &'a Task, summaries: Option<&'a BTreeMap<TransferId, String>>) -> Self {
        let summary = summaries.map(|said| About(said.get(&task.task_id).map(String::as_str)));
        Self { summary, ..Self::from(task) }
    }
}

/// What a task is for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum TaskKind {
    /// A transfer that a human should look after.
    Escalation,
}

impl<'a> From<&'a Task> for TaskRecord<'a> {
    fn from(task: &'a Task) -> Self {
        Self {
            task_id: task.task_id,
            kind: TaskKind::Escalation,
            session_id: &task.session_id,
            contact_id: &task.contact_id,
            agent: &task.agent,
            provider: task.provider,
            priority: task.priority,
            status: task.status,
            assignee: task.assignee.as_deref(),
            reason: task.reason,
            resolution: task.resolution.as_deref(),
            summary: None,
            created_at: task.created_at,
            updated_at: task.updated_at,
            closed_at: task.closed_at,
            version: task.version,
        }
    }
}

/// What a list can tell beside its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Include {
    /// What each of them is about.
    Summary,
}

impl FromStr for Include {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let allowed = "summary";
        if text == allowed { Ok(Self::Summary) } else { Err(UnknownWord { allowed: allowed.to_owned() }) }
    }
}

/// A page of tasks.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TaskPage))]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    /// Newest first; none only if no more follow.
    items: Vec<TaskRecord<'a>>,
    /// The `cursor` of the next page; null after the last.
    #[cfg_attr(feature = "openapi", schema(required))]
    next_cursor: Option<String>,
}

/// Who takes a task.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ClaimTask))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimBody {
    /// Who takes it; else the token's subject.
    assignee: Option<String>,
}

/// What was done about a task.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ResolveTask))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResolveBody {
    /// A note.
    resolution: Option<String>,
}

/// Answers the Inbox routes.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    let route = Route::of(&request);
    service.metrics.came_by(route);
    respond(answer(service, route, &request).await)
}

async fn answer(service: &Service, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    match route {
        Some(Route::ListTasks) => list(service, request).await,
        Some(Route::ShowTask) => get(service, request).await,
        Some(Route::ClaimTask) => claim(service, request).await,
        Some(Route::ResolveTask) => resolve(service, request).await,
        Some(_) | None => Err(no_such_route()),
    }
}

async fn list(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::InboxRead)?;
    let mut query = Query::of(request, &["status", "include", "limit", "cursor"]);
    let statuses: Vec<TaskStatus> = query.all("status");
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    let cursor: Option<String> = query.one("cursor");
    let include: Option<Include> = query.one("include");
    query.finish()?;
    let tasks = tasks::list(service, &caller.project, &statuses, limit, cursor.as_deref()).await;
    let tasks = tasks.map_err(|error| match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => Problem::of_failure(&error, error.retry_after()),
    })?;
    let summaries = match include {
        Some(Include::Summary) => {
            let read = tasks::summaries(service, &caller.project, &tasks.items).await;
            Some(read.map_err(|error| Problem::of_failure(&error, error.retry_after()))?)
        }
        None => None,
    };
    let told = summaries.as_ref();
    let tasks = tasks.within(MAX_PAGE_BYTES, |task| bytes_in_answer(&TaskRecord::with(task, told)));
    let items = tasks.items.iter().map(|task| TaskRecord::with(task, told)).collect();
    let page = Page { items, next_cursor: tasks.next_cursor };
    Ok(unless_known(request, &EntityTag::of(&page), || json(StatusCode::OK, &page)))
}

async fn get(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::InboxRead)?;
    let task = tasks::show(service, &caller.project, task_id(request)?).await.map_err(problem)?;
    Ok(json(StatusCode::OK, &TaskRecord::from(&task)))
}

async fn claim(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::InboxWrite)?;
    let body: ClaimBody = optional_json_body(request)?;
    let mut fields = Fields::default();
    fields.text("/assignee", body.assignee.as_deref(), MAX_ASSIGNEE_CHARS);
    let assignee = body.assignee.unwrap_or(caller.subject);
    fields.rule(!assignee.is_empty(), "/assignee", "is required: the token names nobody");
    fields.finish()?;
    let task = tasks::claim(service, &caller.project, task_id(request)?, &assignee).await.map_err(problem)?;
    Ok(json(StatusCode::OK, &TaskRecord::from(&task)))
}

async fn resolve(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::InboxWrite)?;
    let body: ResolveBody = optional_json_body(request)?;
    let mut fields = Fields::default();
    fields.text("/resolution", body.resolution.as_deref(), MAX_RESOLUTION_CHARS);
    fields.finish()?;
    let task = tasks::resolve(service, &caller.project, task_id(request)?, body.resolution).await.map_err(problem)?;
    Ok(json(StatusCode::OK, &TaskRecord::from(&task)))
}

/// The task id of the path. One that cannot exist is answered like one that does not.
fn task_id(request: &Request) -> Result<TransferId, Problem> {
    let id = path_parameter(request, "taskId").and_then(|text| text.parse().ok());
    let id: TransferId = id.ok_or_else(|| Problem::new(Kind::NotFound))?;
    // A session's task has its uuid.
    transfer_app::about_session(id);
    Ok(id)
}

fn problem(error: TaskError) -> Problem {
    match error {
        TaskError::NotFound => Problem::new(Kind::NotFound),
        TaskError::Conflict => Problem::new(Kind::TaskConflict),
        TaskError::Failed(error) => Problem::of_failure(&error, error.retry_after()),
    }
}
