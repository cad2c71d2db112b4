//! The control API under `/_control`, for people with `curl` and for tests in other processes.
//!
//! The routes are documented at the crate's root. It has no authentication: a simulator listens on loopback.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequest, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Stamp},
    centre::Control,
    fault::Fault,
    lane::release_held,
    script::Script,
};

/// What is controlled.
type At = State<Arc<dyn Control>>;

pub(crate) fn routes(desk: Arc<dyn Control>) -> Router {
    Router::new()
        .route("/_control/state", get(async |State(at): At| Json(at.runtime().snapshot())))
        .route("/_control/conversations", get(async |State(at): At| Json(at.runtime().snapshot().conversations)))
        .route("/_control/conversations/{id}", get(conversation))
        .route("/_control/conversations/{id}/{act}", post(act))
        .route("/_control/requests", get(async |State(at): At| Json(at.runtime().snapshot().requests)))
        .route("/_control/callbacks", get(async |State(at): At| Json(at.runtime().snapshot().callbacks)))
        .route(
            "/_control/script",
            command(|at, Json(it): Json<ScriptChoice>| at.runtime().set_script(it.contact, it.name)),
        )
        .route("/_control/faults", get(async |State(at): At| Json(at.runtime().faults().left())))
        .route("/_control/faults", command(|at, Json(faults): Json<Vec<Fault>>| at.runtime().faults().add(faults)))
        .route("/_control/faults", delete(clear_faults))
        .route("/_control/release", post(async |State(at): At| Json(json!({ "released": release_held(at.runtime()) }))))
        .route("/_control/tokens/revoke", command(|at, _: Bytes| at.revoke_tokens()))
        .route("/_control/migrate", command(|at, _: Bytes| at.migrate()))
        .route("/_control/webhook", command(|at, Json(to): To| at.runtime().webhook.set(&to.url, &to.secret)))
        .route("/_control/relay", command(|at, Json(to): To| at.runtime().relay.set(&to.url, &to.secret)))
        .with_state(desk)
}

/// A `POST` that is answered without a body.
fn command<B: FromRequest<Arc<dyn Control>> + Send + 'static>(
    run: impl Fn(&dyn Control, B) + Clone + Send + Sync + 'static,
) -> MethodRouter<Arc<dyn Control>> {
    post(async move |State(at): At, body: B| {
        run(&*at, body);
        StatusCode::NO_CONTENT
    })
}

async fn conversation(State(at): At, Path(id): Path<String>) -> Response {
    match at.runtime().read(|it| it.conversation(&id).cloned()) {
        Some(conversation) => Json(conversation).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such conversation"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptChoice {
    name: Script,
    contact: Option<String>,
}

async fn clear_faults(State(at): At) -> StatusCode {
    at.runtime().faults().clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookAddress {
    url: String,
    secret: String,
}

type To = Json<WebhookAddress>;

/// What may accompany an act.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Particulars {
    #[serde(default)]
    text: String,
    attachment: Option<Attachment>,
    #[serde(default)]
    by: EndedBy,
    id: Option<String>,
    at_ms: Option<i64>,
}

async fn act(State(at): At, Path((id, name)): Path<(String, String)>, body: String) -> Response {
    let particulars = if body.trim().is_empty() {
        Particulars::default()
    } else {
        match serde_json::from_str(&body) {
            Ok(particulars) => particulars,
            Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    };
    let stamp = Stamp { id: particulars.id.clone(), at_ms: particulars.at_ms };
    let Some(act) = named(&name, particulars) else {
        return refuse(StatusCode::NOT_FOUND, "no such act, or its body is missing");
    };
    match at.perform(&id, act, stamp) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error @ ActError::UnknownConversation) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error @ ActError::NotPossible(_)) => refuse(StatusCode::CONFLICT, &error.to_string()),
    }
}

fn named(name: &str, with: Particulars) -> Option<Act> {
    Some(match name {
        "say" => Act::Say(with.text),
        "send_file" => Act::SendFile(with.attachment?, with.text),
        "survey" => Act::Survey(with.text),
        "flow_text" => Act::FlowText(with.text),
        "end" => Act::End(with.by),
        _ => serde_json::from_value(json!(name)).ok()?,
    })
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
