//! Versions as entity tags: a writer may say which version it read.

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_http::{Problem, json};

/// The version that the caller wants to replace, from `If-Match`.
pub(crate) fn expected_version(request: &Request) -> Result<Option<u64>, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let digits = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
    // Of a number's spellings only the one that `ETag` has.
    let version =
        digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &'static str) -> Result<Option<u64>, Problem> {
        let mut request = Request::new(Body::Empty);
        request.headers_mut().insert(header::IF_MATCH, HeaderValue::from_static(value));
        expected_version(&request)
    }

    #[test]
    fn a_version_is_what_an_etag_said_and_nothing_like_it() {
        assert_eq!(read("\"3\""), Ok(Some(3)));
        assert_eq!(expected_version(&Request::new(Body::Empty)), Ok(None));
        for other in ["3", "\"\"3\"\"", "\"+3\"", "\"\"", "\"", "*", "W/\"3\"", "\"18446744073709551616\""] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
