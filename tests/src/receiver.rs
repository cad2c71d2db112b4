//! A project's receiver of webhooks, which answers as a test tells it.

use std::sync::{Arc, Mutex};

use crate::api::Api;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

/// The path of a project's endpoints.
pub const ENDPOINTS: &str = "/settings/event-endpoints";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it is signed.
    pub body: Bytes,
    /// What it was answered.
    pub answered: StatusCode,
}

impl Request {
    /// A header, which it must have.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The event in it.
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The event's type.
    pub fn kind(&self) -> String {
        self.event()["detail-type"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures is by this secret.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let timestamp = self.header("webhook-timestamp").parse().unwrap();
        let signature = Webhook::new(secret).unwrap().sign(self.header("webhook-id"), timestamp, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|one| one == signature)
    }
}

/// What a receiver answers that is killed while it has a request.
pub const KILLED: StatusCode = StatusCode::IM_A_TEAPOT;

/// What the request of an index is answered.
pub type Answering = Box<dyn FnMut(usize) -> (StatusCode, HeaderMap) + Send>;

/// An agent runtime's receiver, which answers as it is told.
#[derive(Clone)]
pub struct Receiver {
    /// Where it takes events.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    /// What it answers.
    pub answering: Arc<Mutex<Answering>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    /// One that takes all.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let answering: Answering = Box::new(|_| (StatusCode::NO_CONTENT, HeaderMap::new()));
        let receiver =
            Self { url, requests: Arc::default(), answering: Arc::new(Mutex::new(answering)), refused: Arc::default() };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    /// Answers otherwise from now on.
    pub fn answers(&self, answering: impl FnMut(usize) -> StatusCode + Send + 'static) {
        let mut answering = answering;
        *self.answering.lock().unwrap() = Box::new(move |index| (answering(index), HeaderMap::new()));
    }

    /// Takes no event of a session.
    pub fn refuses(&self, session: &str) {
        self.refused.lock().unwrap().push(session.to_owned());
    }

    /// What came, in its order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What it has taken, in its order.
    pub fn taken(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.answered.is_success()).collect()
    }

    /// How many it has taken: asked again and again by whoever waits for many.
    pub fn count_taken(&self) -> usize {
        self.requests.lock().unwrap().iter().filter(|request| request.answered.is_success()).count()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let index = receiver.requests.lock().unwrap().len();
    let (mut status, answer) = (receiver.answering.lock().unwrap())(index);
    let event: Value = serde_json::from_slice(&body).unwrap();
    if receiver.refused.lock().unwrap().iter().any(|session| event["detail"]["sessionId"] == session.as_str()) {
        status = StatusCode::SERVICE_UNAVAILABLE;
    }
    receiver.requests.lock().unwrap().push(Request { headers, body, answered: status });
    if status == KILLED {
        // The connection goes with it, and nothing was answered.
        std::panic::resume_unwind(Box::new("killed"));
    }
    (status, answer)
}

/// Makes an endpoint; gives its secret.
pub async fn connect(api: &Api, name: &str, receiver: &Receiver, types: &[&str]) -> String {
    let body = json!({ "url": receiver.url, "eventTypes": types });
    let answer = api.put(&format!("{ENDPOINTS}/{name}"), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.str("secret")
}
