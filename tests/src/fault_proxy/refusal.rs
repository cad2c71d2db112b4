//! Errors as AWS answers them over JSON.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// An answer that is not the endpoint's.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    /// An error of the caller's making or of load, such as `ThrottlingException`: status 400.
    pub fn of(code: &str) -> Self {
        Self { status: 400, body: json!({ "__type": code, "message": "on purpose" }) }
    }

    /// `ProvisionedThroughputExceededException`.
    pub fn throttled() -> Self {
        Self::of("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
    }

    /// An internal error: status 500, as DynamoDB answers it.
    pub fn internal() -> Self {
        let code = "com.amazonaws.dynamodb.v20120810#InternalServerError";
        Self { status: 500, body: json!({ "__type": code, "message": "on purpose" }) }
    }

    /// `TransactionCanceledException` with these reasons, in the order of the transaction's parts.
    pub fn cancelled(reasons: &[&str]) -> Self {
        let mut refusal = Self::of("com.amazonaws.dynamodb.v20120810#TransactionCanceledException");
        let reasons: Vec<Value> = reasons.iter().map(|code| json!({ "Code": code, "Message": null })).collect();
        refusal.body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled on purpose",
            "CancellationReasons": reasons,
        });
        refusal
    }

    /// Any status with any JSON.
    pub fn answer(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        Response::builder()
            .status(self.status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(Full::new(self.body.to_string().into()))
            .expect("a response")
    }
}
