//! One request and its answer, and what its outcome allows.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

use super::Meaning;
use crate::CallError;
use crate::reading::digest;

/// A request as data, so that it can be sent again with another token. `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) per_minute: Option<u32>,
}

/// An answer, whatever its status. `Debug` shows neither headers nor body.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// How long the provider wants us to wait.
    pub retry_after: Option<std::time::Duration>,
    /// Its body; empty where the body of a failure could not be read.
    pub body: Vec<u8>,
}

/// What a provider documents as the answer of a call that it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A JSON object.
    Document,
    /// A JSON object, or nothing at all.
    DocumentOrNothing,
}

impl Call {
    /// A call without a body.
    pub fn new(method: Method, url: Url) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        Self { method, url, headers, body: Vec::new(), per_minute: None }
    }

    /// A call with a JSON body, compact and in the order of the fields: the bytes that a signature covers.
    pub fn json(method: Method, url: Url, body: &impl Serialize) -> Result<Self, CallError> {
        let body =
            serde_json::to_vec(body).map_err(|_| CallError::misconfigured("the request cannot be written as JSON"))?;
        Ok(Self::with_body(method, url, HeaderValue::from_static("application/json"), body))
    }

    /// A POST of a body of another kind.
    pub fn post(url: Url, content_type: &str, body: Vec<u8>) -> Result<Self, CallError> {
        Ok(Self { body, ..Self::new(Method::POST, url).header(CONTENT_TYPE, content_type)? })
    }

    /// A POST of a form.
    pub fn form(url: Url, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        Self::with_body(Method::POST, url, HeaderValue::from_static("application/x-www-form-urlencoded"), body)
    }

    /// A PUT of bytes of some media type.
    pub fn upload(url: Url, content_type: &str, body: Vec<u8>) -> Self {
        let unknown = HeaderValue::from_static("application/octet-stream");
        Self::with_body(Method::PUT, url, HeaderValue::from_str(content_type).unwrap_or(unknown), body)
    }

    fn with_body(method: Method, url: Url, content_type: HeaderValue, body: Vec<u8>) -> Self {
        let mut call = Self { body, ..Self::new(method, url) };
        call.headers.insert(CONTENT_TYPE, content_type);
        call
    }

    /// What is done.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// All headers, credentials included.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One of at most so many calls that an integration makes in a minute; another waits for its turn.
    #[must_use]
    pub fn limited_to(self, per_minute: u32) -> Self {
        Self { per_minute: Some(per_minute), ..self }
    }

    /// A digest of all of it, credentials included.
    pub(super) fn fingerprint(&self) -> String {
        let mut parts = vec![self.method.as_str().as_bytes(), self.url.as_str().as_bytes(), &self.body];
        parts.extend(self.headers.iter().flat_map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]));
        let parts: Vec<String> = parts.into_iter().map(hex::encode).collect();
        digest(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The exact body that will be sent.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// With a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, CallError> {
        let value = HeaderValue::from_str(value)
            .map_err(|_| CallError::misconfigured(format!("a setting does not fit into the header {name}")))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// With a header whose value is a secret.
    pub fn secret_header(mut self, name: HeaderName, value: &str) -> Result<Self, CallError> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| CallError::misconfigured("a credential does not fit into a header"))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// With a bearer token.
    pub fn bearer(self, token: &SecretString) -> Result<Self, CallError> {
        self.secret_header(AUTHORIZATION, &format!("Bearer {}", token.expose_secret()))
    }

    /// With a user name and password.
    pub fn basic(self, user: &str, password: &str) -> Result<Self, CallError> {
        self.secret_header(AUTHORIZATION, &format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }
}

impl Answer {
    /// The answer, if its status is a success; else what the status allows.
    pub fn success(self) -> Result<Self, CallError> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure()) }
    }

    /// What its status, which is no success, allows.
    pub fn failure(&self) -> CallError {
        Meaning::of(self.status).error(self, None)
    }

    /// What the provider says of a call that it took; empty where it may say nothing. A success of any other shape, such
    /// as a page of something between us and the provider, leaves open what was done. 204 has no body by definition.
    pub fn taken(&self, shape: Shape) -> Result<Map<String, Value>, CallError> {
        if !self.status.is_success() {
            return Err(self.failure());
        }
        let may_be_empty = self.status == StatusCode::NO_CONTENT || shape == Shape::DocumentOrNothing;
        if may_be_empty && self.body.trim_ascii().is_empty() { Ok(Map::new()) } else { self.read() }
    }

    /// The body of a success as JSON. One that cannot be read leaves open what was done.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|_| CallError::unknown("the answer cannot be read"))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}
