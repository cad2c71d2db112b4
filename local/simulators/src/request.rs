//! What comes in, and what is answered.

use axum::http::{HeaderMap, Method};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::{
    shape::{Refusal, bad, refuse},
    state::Effect,
};

/// A complete request.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// HTTP method.
    pub method: Method,
    /// Path as sent.
    pub path: String,
    /// Query string without `?`, empty if none.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Raw body.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The path between its slashes.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }

    /// A header as text; absent or unreadable is `None`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|it| it.to_str().ok())
    }

    /// Whether the content type is this one, parameters aside.
    pub(crate) fn has_content_type(&self, wanted: &str) -> bool {
        self.header("content-type")
            .and_then(|it| it.split(';').next())
            .is_some_and(|it| it.trim().eq_ignore_ascii_case(wanted))
    }

    /// A parameter of the query string.
    pub(crate) fn query_parameter(&self, name: &str) -> Option<String> {
        form_value(self.query.as_bytes(), name)
    }

    /// A field of a form body.
    pub(crate) fn form_field(&self, name: &str) -> Option<String> {
        form_value(&self.body, name)
    }

    /// The credentials of a scheme of the `Authorization` header, scheme name in any case.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (sent, rest) = self.header("authorization")?.split_once(' ')?;
        sent.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Whether these are the credentials of HTTP Basic.
    pub(crate) fn is_basic(&self, user: &str, password: &str) -> bool {
        let expected = STANDARD.encode(format!("{user}:{password}"));
        self.authorization("basic").is_some_and(|it| same(it, &expected))
    }

    /// The JSON object that the body must be.
    pub(crate) fn json_object(&self) -> Result<Value, Refusal> {
        if !self.has_content_type("application/json") {
            return Err(refuse(415, "the content type must be application/json"));
        }
        self.json().filter(Value::is_object).ok_or_else(|| bad("the body must be a JSON object"))
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Whether two secrets are the same, in a time that does not tell how far.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

fn form_value(input: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(input).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What a centre answers to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    /// Null means an empty one.
    pub(crate) body: Value,
    pub(crate) effect: Effect,
    pub(crate) conversation: Option<String>,
}

impl Answer {
    /// Done.
    pub(crate) fn taken(status: u16, body: Value) -> Self {
        Self { status, body, effect: Effect::Taken, conversation: None }
    }

    /// A success in words only.
    pub(crate) fn ignored(status: u16, body: Value, reason: impl Into<String>) -> Self {
        Self { effect: Effect::Ignored(reason.into()), ..Self::taken(status, body) }
    }

    /// Not done, and said so.
    pub(crate) fn refused(status: u16, body: Value, reason: impl Into<String>) -> Self {
        Self { effect: Effect::Refused(reason.into()), ..Self::taken(status, body) }
    }

    /// Not done, as OAuth says it.
    pub(crate) fn no_token(status: u16, error: &str, reason: &str) -> Self {
        Self::refused(status, json!({ "error": error, "error_description": reason }), reason)
    }

    /// The same answer, about a conversation.
    pub(crate) fn about(mut self, conversation: impl Into<String>) -> Self {
        self.conversation = Some(conversation.into());
        self
    }
}
