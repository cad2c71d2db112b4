//! Where the contact centres' callbacks go: they are kept until the scheduler brings them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use lambda_http::Request as GatewayRequest;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::harness::ApiRequest;

const MAX_BYTES: usize = 1 << 20;

/// One callback as it was posted.
#[derive(Debug, Clone)]
pub(super) struct Callback {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Callback {
    /// The callback as the gateway hands it to `provider-webhook`.
    pub(super) fn request(&self) -> GatewayRequest {
        let segments: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        let request = match &segments[..] {
            ["v1", "webhooks", "relay", integration] => {
                ApiRequest::without_token("POST /v1/webhooks/relay/{integrationId}")
                    .parameter("integrationId", *integration)
            }
            ["v1", "webhooks", "relay", integration, "raw"] => {
                ApiRequest::without_token("POST /v1/webhooks/relay/{integrationId}/raw")
                    .parameter("integrationId", *integration)
            }
            ["v1", "webhooks", provider, target, secret, rest @ ..] => {
                let below = if rest.is_empty() { "" } else { "/{rest+}" };
                let route = format!("ANY /v1/webhooks/{{provider}}/{{target}}/{{secret}}{below}");
                let request = ApiRequest::without_token(&route)
                    .parameter("provider", *provider)
                    .parameter("target", *target)
                    .parameter("secret", *secret);
                if rest.is_empty() { request } else { request.parameter("rest", rest.join("/")) }
            }
            other => panic!("a callback to {other:?}"),
        };
        let headers = self.headers.iter();
        headers.fold(request, |request, (name, value)| request.header(name, value)).raw(self.body.clone()).build()
    }

    /// For the trace: where it goes, without the secret.
    pub(super) fn shown(&self) -> String {
        let end: Vec<&str> = self.path.split('/').skip(3).collect();
        let text = String::from_utf8_lossy(&self.body).chars().take(400).collect::<String>();
        format!("{} {text}", end.join("/"))
    }
}

/// The post office.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) url: String,
    kept: Kept,
    _serving: JoinSet<()>,
}

type Kept = Arc<Mutex<Vec<Callback>>>;

impl Post {
    pub(super) async fn open() -> Self {
        let kept = Kept::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(keep).with_state(Arc::clone(&kept));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept, _serving: serving }
    }

    /// What came since the last time.
    pub(super) fn collect(&self) -> Vec<Callback> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn keep(State(kept): State<Kept>, request: Request<Body>) {
    let (parts, body) = request.into_parts();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = parts.headers.iter().filter_map(header).collect();
    let body = to_bytes(body, MAX_BYTES).await.unwrap().to_vec();
    let callback = Callback { path: parts.uri.path().to_owned(), headers, body };
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(callback);
}
