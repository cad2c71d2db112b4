//! The simulators' control APIs at the console's own address, because its page may ask no other. There is nothing like it
//! on AWS.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use reqwest::Client;
use transfer_domain::{Provider, SessionId};

use crate::centres::Centre;

const BELOW: &str = "/local/simulators";

/// Where a simulator's control API is found.
pub(crate) fn path(provider: Provider) -> String {
    format!("{BELOW}/{provider}")
}

/// The routes.
pub(crate) fn router(centres: &[Centre]) -> Result<Router, reqwest::Error> {
    let address = |centre: &Centre| (centre.provider().to_string(), centre.desk().base_url().to_owned());
    let simulators = Arc::new(Simulators {
        client: simulators::plain_http().build()?,
        addresses: centres.iter().map(address).collect(),
    });
    Ok(Router::new().route(&format!("{BELOW}/{{provider}}/{{*rest}}"), any(forward)).with_state(simulators))
}

struct Simulators {
    client: Client,
    addresses: BTreeMap<String, String>,
}

async fn forward(
    State(simulators): State<Arc<Simulators>>,
    Path((provider, rest)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(address) = simulators.addresses.get(&provider) else { return StatusCode::NOT_FOUND.into_response() };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let rest = by_transfer(&rest);
    let mut request = simulators.client.request(method, format!("{address}/_control/{rest}{query}")).body(body);
    if let Some(media_type) = headers.get(CONTENT_TYPE) {
        request = request.header(CONTENT_TYPE, media_type);
    }
    match answered(request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::warn!(%error, provider, "a simulator did not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// Simulators know a transfer by its uuid, people by the id of its session.
fn by_transfer(path: &str) -> String {
    let named = |segment: &str| segment.parse().map(|id: SessionId| id.transfer.to_string());
    let segments = path.split('/').map(|segment| named(segment).unwrap_or_else(|_| segment.to_owned()));
    segments.collect::<Vec<_>>().join("/")
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Response, reqwest::Error> {
    let answer = request.send().await?;
    let (status, media_type) = (answer.status(), answer.headers().get(CONTENT_TYPE).cloned());
    let mut response = Response::new(Body::from(answer.bytes().await?));
    *response.status_mut() = status;
    if let Some(media_type) = media_type {
        response.headers_mut().insert(CONTENT_TYPE, media_type);
    }
    Ok(response)
}
