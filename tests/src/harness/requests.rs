//! Requests as API Gateway hands them to a function, and what the function answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::{Body, Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::PROJECT;

/// A request on its way through the gateway (HTTP API, payload format 2.0).
#[derive(Debug, Clone)]
pub struct ApiRequest {
    route: String,
    parameters: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    query: String,
    body: Option<Vec<u8>>,
    scopes: Option<String>,
    address: String,
}

impl ApiRequest {
    /// A request of a route such as `GET /v1/projects/{projectId}/transfers`, by a caller with every scope.
    pub fn of(route: &str) -> Self {
        let scopes: Vec<_> = transfer_http::Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let scopes = scopes.join(" ");
        let request = Self {
            route: route.to_owned(),
            parameters: BTreeMap::new(),
            headers: BTreeMap::new(),
            query: String::new(),
            body: None,
            scopes: Some(scopes),
            address: "192.0.2.1".to_owned(),
        };
        if route.contains("{projectId}") { request.parameter("projectId", PROJECT) } else { request }
    }

    /// A request of a route without authorizer.
    pub fn without_token(route: &str) -> Self {
        Self { scopes: None, ..Self::of(route) }
    }

    /// The same request by a caller whose token has these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &str) -> Self {
        self.scopes = Some(scopes.to_owned());
        self
    }

    /// Fills in a parameter of the path.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// Sets the query string.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// Comes from another address.
    #[must_use]
    pub fn from_address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw(body.to_string().into_bytes()).header("content-type", "application/json")
    }

    /// Sends bytes.
    #[must_use]
    pub fn raw(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// The request as the function gets it.
    pub fn build(&self) -> Request {
        transfer_http::GatewayEvent::read(&self.event().to_string()).expect("a gateway event").into()
    }

    /// The event that the gateway makes of it.
    pub fn event(&self) -> Value {
        let (method, path) = self.route.split_once(' ').expect("method and path");
        let mut raw_path = path.to_owned();
        for (name, value) in &self.parameters {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
            raw_path = raw_path.replace(&format!("{{{name}}}"), &value).replace(&format!("{{{name}+}}"), &value);
        }
        let text = self.body.as_deref().map(std::str::from_utf8);
        let body = match (&self.body, text) {
            (Some(_), Some(Ok(text))) => json!(text),
            (Some(bytes), _) => json!(STANDARD.encode(bytes)),
            (None, _) => Value::Null,
        };
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route,
            "rawPath": raw_path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "pathParameters": self.parameters,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": if method == "ANY" { "POST" } else { method }, "path": raw_path,
                    "protocol": "HTTP/1.1", "sourceIp": self.address, "userAgent": "test",
                },
                "requestId": "request-1",
                "routeKey": self.route,
                "stage": "$default",
                "time": "12/Jan/2026:10:00:00 +0000",
                "timeEpoch": 1_768_212_000_000_i64,
            },
            "body": body,
            "isBase64Encoded": matches!(text, Some(Err(_))),
        });
        if let Some(scopes) = &self.scopes {
            let claims = json!({ "sub": "user-1", "scope": scopes, "projects": format!("[{PROJECT}]") });
            event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
        }
        event
    }
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as JSON; null if it is none.
    pub body: Value,
    /// `Retry-After`, if it was sent.
    pub retry_after: Option<String>,
}

/// Reads what a function answered.
pub fn answer_of(response: Response<Body>) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = match response.into_body() {
        Body::Text(text) => serde_json::from_str(&text).unwrap_or_default(),
        Body::Binary(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Body::Empty | _ => Value::Null,
    };
    Answer { status, body, retry_after }
}
