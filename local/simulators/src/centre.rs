//! What a provider has to bring to become a simulator.

use std::{any::Any, fmt, sync::Arc};

use axum::http::{HeaderMap, Method};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::{
    act::{Act, ActError, Stamp},
    fault::Operation,
    reading::{Refusal, bad, refuse},
    runtime::Runtime,
    server,
    state::Effect,
};

/// What can be done with any running contact centre, whatever it speaks.
///
/// Everything is synchronous: decisions are made under the centre's own lock, and what leaves it (callbacks) goes
/// through queues.
pub trait Control: Any + fmt::Debug + Send + Sync {
    /// The shared machinery of this simulator.
    fn runtime(&self) -> &Arc<Runtime>;

    /// Lets something happen in a conversation, named by the provider's id or by its contact key.
    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError>;

    /// Makes every access token invalid.
    fn revoke_tokens(&self);

    /// Moves every session to another place, where the provider does that: calls to the old one fail from now on.
    fn migrate(&self) {}

    /// Where callbacks go from now on, with the secret that proves them.
    fn set_webhook(&self, _url: &str, _secret: &str) {}

    /// Where the customer's own code sends from now on, where it has a way beside the callbacks, with the secret that
    /// signs it.
    fn set_relay(&self, _url: &str, _secret: &str) {}
}

/// A contact centre: its rules on the wire and what its human's acts look like there.
pub trait Centre: Control {
    /// What a request wants; decides which planned fault hits it.
    fn classify(&self, request: &Incoming) -> Operation;

    /// Decides a request by the provider's contract.
    fn answer(self: &Arc<Self>, request: &Incoming) -> Answer;

    /// The body as the ledger shows it to anybody: without credentials.
    fn visible_body(&self, request: &Incoming) -> Value {
        server::visible_body(request)
    }

    /// The provider's error body for a status that a fault asks for.
    fn error_body(&self, status: u16) -> Value;

    /// As [`Centre::error_body`], where a provider has several APIs with bodies of their own.
    fn error_body_for(&self, _request: &Incoming, status: u16) -> Value {
        self.error_body(status)
    }
}

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
    pub(crate) body: Option<Value>,
    pub(crate) effect: Effect,
    pub(crate) conversation: Option<String>,
}

impl Answer {
    /// Done.
    pub(crate) fn taken(status: u16, body: Option<Value>) -> Self {
        Self { status, body, effect: Effect::Taken, conversation: None }
    }

    /// A success in words only.
    pub(crate) fn ignored(status: u16, body: Option<Value>, reason: impl Into<String>) -> Self {
        Self { effect: Effect::Ignored(reason.into()), ..Self::taken(status, body) }
    }

    /// Not done, and said so.
    pub(crate) fn refused(status: u16, body: Value, reason: impl Into<String>) -> Self {
        Self { effect: Effect::Refused(reason.into()), ..Self::taken(status, Some(body)) }
    }

    /// Not done, as OAuth says it.
    pub(crate) fn no_token(status: u16, error: &str, reason: &str) -> Self {
        Self::refused(status, serde_json::json!({ "error": error, "error_description": reason }), reason)
    }

    /// The same answer, about a conversation.
    pub(crate) fn about(mut self, conversation: impl Into<String>) -> Self {
        self.conversation = Some(conversation.into());
        self
    }
}
