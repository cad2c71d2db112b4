//! `POST /v1/projects/{projectId}/mcp`: asking for a human as tools of the Model Context Protocol, streamable HTTP without
//! sessions. The same tools are served over standard input and output on a laptop.
//!
//! Over the public API, with the caller's own token: it can do nothing that the caller cannot.

mod api;
mod tools;

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use transfer_aws::Service;
use transfer_http::{MAX_BODY_BYTES, Problem, Route, Scope, authorize, public_address, respond};

pub use api::{Api, ApiCaller, NoApi};
pub use tools::Tools;

/// Answers a request of a client. The API is called by `caller`.
pub async fn handle(service: &Service, caller: &ApiCaller, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    // Boxed, because a whole exchange makes one very large future.
    respond(Box::pin(answer(service, caller, request)).await)
}

async fn answer(service: &Service, caller: &ApiCaller, request: Request) -> Result<Response<Body>, Problem> {
    let project = authorize(&request, &service.config.tokens, Scope::TransfersWrite)?.project;
    let token = request.headers().get(header::AUTHORIZATION).cloned();
    let address = public_address(&service.config.public_base_url, &request);
    let api = caller.at(&address, project.as_str(), token).map_err(|error| Problem::of_failure(&error, None))?;
    let mut config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY_BYTES);
    // Beside loopback. A page whose name was made to point here has a name of its own, by which it calls.
    config.allowed_hosts.extend(api.host().map(str::to_owned));
    let tools = move || Ok(Tools::over(api.clone()));
    let service = StreamableHttpService::new(tools, Arc::new(NeverSessionManager::default()), config);
    let (parts, body) = request.into_parts();
    let body = Full::new(bytes::Bytes::copy_from_slice(body.as_ref()));
    let (parts, body) = service.handle(lambda_http::http::Request::from_parts(parts, body)).await.into_parts();
    // The body cannot fail: it is of this process.
    let body = body.collect().await.map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    let text = String::from_utf8(body.into()).map_err(|error| Problem::of_failure(&error, None))?;
    let mut response = Response::from_parts(parts, Body::Text(text));
    if response.status() != StatusCode::OK {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
