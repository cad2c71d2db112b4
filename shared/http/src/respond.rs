//! Values into responses.

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::{Kind, Problem};

/// A JSON response.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    match serde_json::to_string(value) {
        Ok(text) => json_text(status, text),
        Err(error) => Problem::of_failure(&error, None).into_response(),
    }
}

/// What the items of a page may take of an answer: far enough below the 6 MB of a function's answer for what surrounds
/// them, and little enough to be read in one go.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How many bytes a value takes in a function's answer: its JSON stands there as a text, escaped once more.
pub fn bytes_in_answer(value: &impl Serialize) -> usize {
    text_in_answer(&serde_json::to_string(value).unwrap_or_default())
}

/// As [`bytes_in_answer`], of what is JSON already.
pub fn text_in_answer(text: &str) -> usize {
    let escapes = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    // The comma behind it, or the end of its line.
    text.len() + escapes + 2
}

/// A response whose JSON is a text already.
pub fn json_text(status: StatusCode, text: String) -> Response<Body> {
    of_text(status, text, "application/json")
}

/// A response of JSON Lines: one value a line.
pub fn json_lines(lines: &[String]) -> Response<Body> {
    let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    of_text(StatusCode::OK, text, "application/jsonl")
}

fn of_text(status: StatusCode, text: String, media_type: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    // Every answer is about one caller's data at one moment.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A response without a body.
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// An HTTP handler is infallible: its failure is a response too.
pub fn respond(result: Result<Response<Body>, Problem>) -> Response<Body> {
    result.unwrap_or_else(Problem::into_response)
}

/// The problem for a route that this function does not serve.
pub fn no_such_route() -> Problem {
    Problem::new(Kind::NotFound)
}
