//! Failures in the shape the AWS JSON protocol gives them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal as the service would word it: never contains a message body or a secret value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    status: StatusCode,
    code: &'static str,
    shape: &'static str,
    message: String,
}

impl AwsError {
    /// A failure of the caller: status 400.
    pub(crate) fn sender(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, shape: code, message: message.into() }
    }

    /// A failure of the service: status 500.
    pub(crate) fn receiver(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::sender(code, message) }
    }

    /// With another status than the one of its kind.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Names the error shape of the JSON protocol where it differs from the older code.
    ///
    /// SQS keeps the codes of its query protocol in a header and the SDK prefers them.
    pub(crate) fn with_shape(self, shape: &'static str) -> Self {
        Self { shape, ..self }
    }

    /// The code the SDKs show, such as `ResourceNotFoundException`.
    pub fn code(&self) -> &str {
        self.code
    }

    /// The text for humans.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the caller is to blame, as batch results of SQS report it.
    pub(crate) fn is_senders(&self) -> bool {
        self.status.is_client_error()
    }
}

impl IntoResponse for AwsError {
    fn into_response(self) -> Response {
        let fault = if self.is_senders() { "Sender" } else { "Receiver" };
        let body = Json(json!({ "__type": self.shape, "message": self.message }));
        let mut response = (self.status, body).into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("{};{fault}", self.code)) {
            response.headers_mut().insert("x-amzn-query-error", value);
        }
        response
    }
}
