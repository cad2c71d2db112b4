//! The AWS JSON protocol: one route, the operation in `X-Amz-Target`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::AwsError;
use crate::loopback::AwsLoopback;
use crate::{eventbridge, secrets, sqs};

/// Above every service's own limit, so that those answer in their own words.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

pub(crate) fn router(loopback: AwsLoopback) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(loopback)
}

async fn answer(State(loopback): State<AwsLoopback>, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = match dispatch(&loopback, &headers, &body).await {
        Ok(output) => axum::Json(output).into_response(),
        Err(error) => error.into_response(),
    };
    let sent = response.headers_mut();
    // JSON 1.0 and 1.1 differ in the content type only, and the answer repeats the request's.
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        sent.insert(header::CONTENT_TYPE, kind.clone());
    }
    let id = loopback.core.ids.uuid_of("request").to_string();
    if let Ok(id) = HeaderValue::from_str(&id) {
        sent.insert("x-amzn-requestid", id);
    }
    response
}

async fn dispatch(loopback: &AwsLoopback, headers: &HeaderMap, body: &[u8]) -> Result<Value, AwsError> {
    let target = text(headers, "x-amz-target");
    match target.split_once('.') {
        Some(("AWSEvents", operation)) => eventbridge::operations::call(loopback.event_bridge(), operation, body),
        Some(("AmazonSQS", operation)) => {
            let host = text(headers, header::HOST.as_str());
            sqs::operations::call(loopback.sqs(), operation, body, host).await
        }
        Some(("secretsmanager", operation)) => secrets::operations::call(loopback.secrets(), operation, body),
        Some(_) | None => Err(unknown_operation(target)),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(crate) fn unknown_operation(name: &str) -> AwsError {
    AwsError::sender("UnknownOperationException", format!("The operation {name} is not offered here."))
}

/// Parses a request; the refusal names what is wrong and never repeats the body.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    // The error of serde would quote strings of the body.
    serde_json::from_slice(body).map_err(|error| {
        AwsError::sender(
            "SerializationException",
            format!("The request is not valid at line {} column {}.", error.line(), error.column()),
        )
    })
}

/// Times as the JSON protocol writes them: seconds since the epoch, with fractions.
pub(crate) mod epoch_seconds {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        let Some(seconds) = Option::<f64>::deserialize(deserializer)? else {
            return Ok(None);
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float cast saturates, and saturated times are refused below"
        )]
        let millis = (seconds * 1000.0).round() as i64;
        DateTime::from_timestamp_millis(millis).map(Some).ok_or_else(|| serde::de::Error::custom("time out of range"))
    }

    /// The same for answers.
    pub(crate) fn of(time: DateTime<Utc>) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century fit a float exactly")]
        let millis = time.timestamp_millis() as f64;
        millis / 1000.0
    }
}
