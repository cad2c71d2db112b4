//! API Gateway for one machine: HTTP requests become real events, and the same functions answer them.

mod event;
mod function;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use transfer_http::GatewayEvent;

pub use event::{Arrival, render};
pub use function::{Function, Functions};
pub use token::{Claims, Unauthorized};

use crate::progress::Progress;
use crate::routes::{Matched, RouteTable};

/// The largest event and the largest answer of a function.
const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// How long the gateway waits for a function.
const MAX_DURATION: Duration = Duration::from_secs(30);

/// The API of one service.
#[derive(Debug)]
pub struct Gateway {
    routes: RouteTable,
    functions: Functions,
    progress: Progress,
}

/// An answer of the gateway itself.
#[derive(Debug, Clone, Copy)]
enum Fault {
    BadRequest,
    Unauthorized,
    NotFound,
    TooLarge,
    Internal,
    Unavailable,
}

impl Fault {
    const fn parts(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, message) = self.parts();
        (status, axum::Json(serde_json::json!({ "message": message }))).into_response()
    }
}

impl From<Unauthorized> for Fault {
    fn from(Unauthorized: Unauthorized) -> Self {
        Self::Unauthorized
    }
}

impl Gateway {
    /// A gateway that answers with these functions and notes every request as progress.
    pub fn new(routes: RouteTable, functions: Functions, progress: Progress) -> Self {
        Self { routes, functions, progress }
    }

    /// The gateway as a router, to be served with the callers' addresses.
    pub fn router(self) -> Router {
        Router::new().fallback(answer).with_state(Arc::new(self))
    }

    async fn invoke(&self, caller: SocketAddr, request: Request, request_id: &str) -> Result<Response, Fault> {
        let (parts, body) = request.into_parts();
        let matched = self.routes.find(parts.method.as_str(), parts.uri.path()).ok_or(Fault::NotFound)?;
        let claims = claims(&parts.headers, &matched)?;
        check_host(&parts.headers)?;
        let body = to_bytes(body, MAX_PAYLOAD_BYTES).await.map_err(|_| Fault::TooLarge)?;
        let at = self.functions.service.now();
        let arrival = Arrival { source: caller.ip(), at, request_id, claims: claims.as_ref() };
        let event = render(&parts, &body, &matched, &arrival).to_string();
        if event.len() > MAX_PAYLOAD_BYTES {
            return Err(Fault::TooLarge);
        }
        let event = GatewayEvent::read(&event).map_err(|error| {
            tracing::error!(%error, "the event of a request cannot be read");
            Fault::Internal
        })?;
        self.call(matched.route.function, event.into()).await
    }

    /// In a task of its own: a caller who hangs up does not stop a function, and neither does a panic stop the process.
    async fn call(&self, function: Function, event: lambda_http::Request) -> Result<Response, Fault> {
        let functions = self.functions.clone();
        let called = async move { Box::pin(function.call(&functions, event)).await };
        let invocation = tokio::spawn(called);
        match tokio::time::timeout(MAX_DURATION, invocation).await {
            Ok(Ok(response)) => into_response(response),
            Ok(Err(error)) => {
                tracing::error!(%error, ?function, "a function broke off");
                Err(Fault::Internal)
            }
            Err(_) => Err(Fault::Unavailable),
        }
    }
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id: String = gateway.functions.service.ids.secret().chars().take(15).chain(['=']).collect();
    let answer = gateway.invoke(caller, request, &request_id).await;
    gateway.progress.note();
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", id);
    }
    response
}

fn claims(headers: &HeaderMap, matched: &Matched<'_>) -> Result<Option<Claims>, Fault> {
    if !matched.route.needs_token {
        return Ok(None);
    }
    let project = matched.parameters.get("projectId").map_or("", String::as_str);
    Ok(Some(Claims::of_request(headers, project)?))
}

/// A host that is none cannot become a URL, and the real gateway would never have got the request.
fn check_host(headers: &HeaderMap) -> Result<(), Fault> {
    let host = headers.get(HOST).map(|host| host.to_str().is_ok_and(|host| host.parse::<Authority>().is_ok()));
    if host == Some(false) { Err(Fault::BadRequest) } else { Ok(()) }
}

fn into_response(response: lambda_http::Response<lambda_http::Body>) -> Result<Response, Fault> {
    let (mut parts, body) = response.into_parts();
    let bytes = match body {
        lambda_http::Body::Text(text) => text.into_bytes(),
        lambda_http::Body::Binary(bytes) => bytes,
        // The type is open for more.
        lambda_http::Body::Empty | _ => Vec::new(),
    };
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(Fault::Internal);
    }
    if !bytes.is_empty() && !parts.headers.contains_key(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
