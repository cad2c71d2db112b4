//! Versions as entity tags: a writer may say which version it read.

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_http::{Problem, json};

/// The version that the caller wants to replace, from `If-Match`.
pub(crate) fn expected_version(request: &Request) -> Result<Option<u64>, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let version = value.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
    version.map(Some).ok_or_else(|| Problem::malformed("If-Match must be an ETag of this resource"))
}

/// A JSON response that tells its version.
pub(crate) fn versioned(status: StatusCode, version: u64, value: &impl Serialize) -> Response<Body> {
    let mut response = json(status, value);
    if let Ok(etag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
