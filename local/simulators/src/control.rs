//! The control API under `/_control`, for people with `curl` and for tests in other processes.
//!
//! The routes are documented at the crate's root. It has no authentication: a simulator listens on loopback.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Stamp},
    centre::Centre,
    fault::Fault,
    lane,
    script::Script,
};

pub(crate) fn routes<C: Centre>() -> Router<Arc<C>> {
    Router::new()
        .route("/_control/state", get(state::<C>))
        .route("/_control/conversations", get(conversations::<C>))
        .route("/_control/conversations/{id}", get(conversation::<C>))
        .route("/_control/conversations/{id}/{act}", post(act::<C>))
        .route("/_control/requests", get(requests::<C>))
        .route("/_control/callbacks", get(callbacks::<C>))
        .route("/_control/script", post(script::<C>))
        .route("/_control/faults", get(faults::<C>).post(add_faults::<C>).delete(clear_faults::<C>))
        .route("/_control/release", post(release::<C>))
        .route("/_control/tokens/revoke", post(revoke::<C>))
        .route("/_control/migrate", post(migrate::<C>))
        .route("/_control/webhook", post(webhook::<C>))
        .route("/_control/relay", post(relay::<C>))
}

async fn state<C: Centre>(State(centre): State<Arc<C>>) -> Response {
    Json(centre.runtime().snapshot()).into_response()
}

async fn conversations<C: Centre>(State(centre): State<Arc<C>>) -> Response {
    Json(centre.runtime().read(|it| it.conversations.clone())).into_response()
}

async fn conversation<C: Centre>(State(centre): State<Arc<C>>, Path(id): Path<String>) -> Response {
    match centre.runtime().read(|it| it.conversation(&id).cloned()) {
        Some(conversation) => Json(conversation).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such conversation"),
    }
}

async fn requests<C: Centre>(State(centre): State<Arc<C>>) -> Response {
    Json(centre.runtime().read(|it| it.requests.clone())).into_response()
}

async fn callbacks<C: Centre>(State(centre): State<Arc<C>>) -> Response {
    Json(centre.runtime().read(|it| it.callbacks.clone())).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptChoice {
    name: Script,
    contact: Option<String>,
}

async fn script<C: Centre>(State(centre): State<Arc<C>>, Json(choice): Json<ScriptChoice>) -> StatusCode {
    centre.runtime().set_script(choice.contact, choice.name);
    StatusCode::NO_CONTENT
}

async fn faults<C: Centre>(State(centre): State<Arc<C>>) -> Json<Vec<Fault>> {
    Json(centre.runtime().faults().left())
}

async fn add_faults<C: Centre>(State(centre): State<Arc<C>>, Json(faults): Json<Vec<Fault>>) -> StatusCode {
    centre.runtime().faults().add(faults);
    StatusCode::NO_CONTENT
}

async fn clear_faults<C: Centre>(State(centre): State<Arc<C>>) -> StatusCode {
    centre.runtime().faults().clear();
    StatusCode::NO_CONTENT
}

async fn release<C: Centre>(State(centre): State<Arc<C>>) -> Json<Value> {
    Json(json!({ "released": lane::release_held(centre.runtime()) }))
}

async fn revoke<C: Centre>(State(centre): State<Arc<C>>) -> StatusCode {
    centre.revoke_tokens();
    StatusCode::NO_CONTENT
}

async fn migrate<C: Centre>(State(centre): State<Arc<C>>) -> StatusCode {
    centre.migrate();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookAddress {
    url: String,
    secret: String,
}

async fn webhook<C: Centre>(State(centre): State<Arc<C>>, Json(address): Json<WebhookAddress>) -> StatusCode {
    centre.set_webhook(&address.url, &address.secret);
    StatusCode::NO_CONTENT
}

async fn relay<C: Centre>(State(centre): State<Arc<C>>, Json(address): Json<WebhookAddress>) -> StatusCode {
    centre.set_relay(&address.url, &address.secret);
    StatusCode::NO_CONTENT
}

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

async fn act<C: Centre>(
    State(centre): State<Arc<C>>,
    Path((id, name)): Path<(String, String)>,
    body: String,
) -> Response {
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
    match centre.perform(&id, act, stamp) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error @ ActError::UnknownConversation) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error @ ActError::NotPossible(_)) => refuse(StatusCode::CONFLICT, &error.to_string()),
    }
}

fn named(name: &str, with: Particulars) -> Option<Act> {
    Some(match name {
        "accept" => Act::Accept,
        "queue" => Act::Queue,
        "offer" => Act::Offer,
        "decline" => Act::Decline,
        "join" => Act::Join,
        "say" => Act::Say(with.text),
        "send_file" => Act::SendFile(with.attachment?, with.text),
        "start_typing" => Act::StartTyping,
        "stop_typing" => Act::StopTyping,
        "transfer" => Act::Transfer,
        "leave" => Act::Leave,
        "wrap_up" => Act::WrapUp,
        "survey" => Act::Survey(with.text),
        "no_agents" => Act::NoAgents,
        "flow_text" => Act::FlowText(with.text),
        "end" => Act::End(with.by),
        _ => return None,
    })
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
