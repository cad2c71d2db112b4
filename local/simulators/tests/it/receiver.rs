//! What stands in for the platform: takes callbacks and answers as told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

/// Long enough for any machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub raw: Bytes,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap()
    }
}

struct Inner {
    received: watch::Sender<Vec<Received>>,
    answers: Mutex<VecDeque<u16>>,
}

pub struct Receiver {
    pub url: String,
    inner: Arc<Inner>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let inner = Arc::new(Inner { received: watch::Sender::new(Vec::new()), answers: Mutex::default() });
        let app = Router::new().fallback(take).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, inner }
    }

    /// The next callbacks are answered with these statuses, later ones with 200.
    pub fn answer_next(&self, statuses: impl IntoIterator<Item = u16>) {
        self.inner.answers.lock().unwrap().extend(statuses);
    }

    pub fn received(&self) -> Vec<Received> {
        self.inner.received.borrow().clone()
    }

    pub async fn wait_until(&self, mut holds: impl FnMut(&[Received]) -> bool) -> Vec<Received> {
        let mut changes = self.inner.received.subscribe();
        tokio::time::timeout(PATIENCE, changes.wait_for(|it| holds(it)))
            .await
            .expect("the receiver waited in vain")
            .unwrap()
            .clone()
    }
}

async fn take(State(inner): State<Arc<Inner>>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let raw = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let status = inner.answers.lock().unwrap().pop_front().unwrap_or(200);
    inner.received.send_modify(|all| {
        let path = parts.uri.path().to_owned();
        all.push(Received { method: parts.method, path, headers: parts.headers, raw });
    });
    StatusCode::from_u16(status).unwrap()
}
