//! The contact centre itself: three calls, and a ledger of what they did.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What it knows of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The transfer's id.
    pub reference: String,
    /// What it is about.
    pub about: String,
    /// What the contact wrote, by id and text.
    pub lines: Vec<(String, String)>,
    /// Whether it is over.
    pub closed: bool,
}

type Ledger = Arc<Mutex<Vec<Conversation>>>;

/// A running contact centre.
#[derive(Debug)]
pub struct Desk {
    /// Where it is.
    pub base_url: String,
    ledger: Ledger,
    _serving: JoinSet<()>,
}

impl Desk {
    /// Starts it on any free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let ledger = Ledger::default();
        let app = Router::new()
            .route("/conversations", post(open))
            .route("/conversations/{name}/lines", post(line))
            .route("/conversations/{name}", delete(close))
            .with_state(Arc::clone(&ledger));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base_url, ledger, _serving: serving }
    }

    /// Its conversations, oldest first.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.ledger.lock().unwrap().clone()
    }
}

async fn open(State(ledger): State<Ledger>, headers: HeaderMap, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    if !headers.contains_key(header::AUTHORIZATION) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let mut ledger = ledger.lock().unwrap();
    ledger.push(Conversation { reference: field("reference"), about: field("about"), ..Conversation::default() });
    (StatusCode::CREATED, Json(json!({ "conversation": format!("c-{}", ledger.len() - 1) })))
}

async fn line(State(ledger): State<Ledger>, Path(name): Path<String>, Json(body): Json<Value>) -> StatusCode {
    with(&ledger, &name, |conversation| {
        let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        // A repetition under the same id shows once.
        if conversation.lines.iter().all(|(id, _)| *id != field("id")) {
            conversation.lines.push((field("id"), field("text")));
        }
    })
}

async fn close(State(ledger): State<Ledger>, Path(name): Path<String>) -> StatusCode {
    with(&ledger, &name, |conversation| conversation.closed = true)
}

fn with(ledger: &Ledger, name: &str, change: impl FnOnce(&mut Conversation)) -> StatusCode {
    let place: Option<usize> = name.strip_prefix("c-").and_then(|place| place.parse().ok());
    let mut ledger = ledger.lock().unwrap();
    match place.and_then(|place| ledger.get_mut(place)).filter(|conversation| !conversation.closed) {
        Some(conversation) => {
            change(conversation);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
