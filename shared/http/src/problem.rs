//! Failures as problem documents (RFC 9457). 4xx texts are written for the caller; 5xx texts are constant.

use std::error::Error;
use std::time::Duration;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;
use transfer_domain::{Closed, Failing, SessionError, SessionId};

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer into the body, or `?name` of a query parameter.
    pub pointer: String,
    /// What the caller should do about it.
    pub detail: String,
}

impl FieldError {
    /// Names a field and its rule.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A failure on the wire (RFC 9457).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Problem))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemDocument {
    /// Which failure it is: stable.
    #[serde(rename = "type")]
    kind: String,
    /// The same for every failure of the type.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// More about this one failure, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Every field that breaks a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    errors: Vec<FieldError>,
    /// With `transfer-already-open`: the session that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_session_id: Option<SessionId>,
    /// With `handback-superseded`: the newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    handback_version: Option<u64>,
}

/// What there is instead of what the caller meant.
#[derive(Debug, Clone, PartialEq)]
enum Instead {
    /// The conversation's open session.
    OpenSession(SessionId),
    /// The newest hand-back, by its version.
    HandBack(u64),
}

/// A failure with a stable `type`.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    instead: Option<Instead>,
    retry_after: Option<Duration>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $slug:literal, $status:ident, $title:literal;)+) => {
        /// The stable types of problems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $variant),+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The last part of the `type`.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),+ }
            }

            /// The `type` in a problem document.
            pub fn urn(self) -> String {
                format!("urn:agent-transfer:problem:{}", self.slug())
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// The constant title.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

kinds! {
    /// The request cannot be read.
    Malformed = "malformed-request", BAD_REQUEST, "The request cannot be read";
    /// The cursor was not given out for this list.
    InvalidCursor = "invalid-cursor", BAD_REQUEST, "The cursor does not belong to this list";
    /// No valid token.
    Unauthorized = "unauthorized", UNAUTHORIZED, "Authentication is required";
    /// The token lacks the scope.
    Forbidden = "forbidden", FORBIDDEN, "The token does not allow this";
    /// There is no such thing for this caller.
    NotFound = "not-found", NOT_FOUND, "There is no such resource";
    /// The conversation has an open transfer.
    AlreadyOpen = "transfer-already-open", CONFLICT, "The conversation already has an open transfer";
    /// A request with this key is being processed.
    IdempotencyInProgress = "idempotency-in-progress", CONFLICT, "A request with this Idempotency-Key is being processed";
    /// The transfer has ended.
    Ended = "transfer-ended", CONFLICT, "The transfer has ended";
    /// The transfer has not ended.
    NotEnded = "transfer-not-ended", CONFLICT, "The transfer has not ended";
    /// The acknowledged hand-back is not the newest.
    HandBackSuperseded = "handback-superseded", CONFLICT, "There is another hand-back";
    /// Nothing waits for its next try.
    NothingToRetry = "nothing-to-retry", CONFLICT, "Nothing waits for its next try";
    /// Somebody else changed it meanwhile.
    Stale = "version-conflict", PRECONDITION_FAILED, "The resource was changed meanwhile";
    /// The Inbox task cannot be changed that way.
    TaskConflict = "task-conflict", CONFLICT, "The task is closed or taken";
    /// The transfer's time to live is over.
    Expired = "transfer-expired", GONE, "The transfer has expired";
    /// An event is still tried at an endpoint.
    DeliveryPending = "delivery-pending", CONFLICT, "The event is still tried";
    /// An event is not kept any more.
    EventNotKept = "event-not-kept", GONE, "The event is not kept any more";
    /// The body is too large.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The request is too large";
    /// The body is not JSON.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body must be application/json";
    /// Fields break rules.
    InvalidFields = "invalid-fields", UNPROCESSABLE_ENTITY, "Some fields are not valid";
    /// The project has no integration for the provider.
    IntegrationNotConfigured = "integration-not-configured", UNPROCESSABLE_ENTITY, "The project has no integration for the provider";
    /// The contact centre cannot do this.
    NotSupported = "not-supported", UNPROCESSABLE_ENTITY, "The contact centre cannot do this";
    /// The key was used for another request.
    KeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request";
    /// Too many requests.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    /// Something of ours failed.
    Internal = "internal-error", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    /// Try again.
    Unavailable = "temporarily-unavailable", SERVICE_UNAVAILABLE, "The service is busy, try again";
}

impl Problem {
    /// A problem of this type, without further words.
    pub fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), instead: None, retry_after: None }
    }

    /// Fields that break rules.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Kind::InvalidFields) }
    }

    /// One field that breaks a rule.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError::new(pointer, detail)])
    }

    /// A request that cannot be read, and why.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed).with_detail(detail)
    }

    /// The conversation has an open transfer: this one.
    pub fn already_open(session: &SessionId) -> Self {
        Self { instead: Some(Instead::OpenSession(session.clone())), ..Self::new(Kind::AlreadyOpen) }
    }

    /// The hand-back that was acknowledged is not the newest, which has this version.
    pub fn hand_back_superseded(newest: u64) -> Self {
        Self { instead: Some(Instead::HandBack(newest)), ..Self::new(Kind::HandBackSuperseded) }
    }

    /// A failure of ours. Logged here, once; the caller learns only whether and when to try again.
    pub fn of_failure(error: &dyn Error, retry_after: Option<Duration>) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes = format!("{causes}: {cause}");
            source = cause.source();
        }
        if retry_after.is_some() {
            tracing::warn!(error = causes, "a dependency is unavailable");
            Self { retry_after, ..Self::new(Kind::Unavailable) }
        } else {
            tracing::error!(error = causes, "a request failed");
            Self::new(Kind::Internal)
        }
    }

    /// Something is busy that was logged already.
    pub fn unavailable() -> Self {
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(Kind::Unavailable) }
    }

    /// Adds words for the caller.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the faults of single fields.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds when to try again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Its stable type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The problem document as a response.
    pub fn into_response(self) -> Response<Body> {
        let status = self.kind.status();
        let (open_session_id, handback_version) = match self.instead {
            Some(Instead::OpenSession(session)) => (Some(session), None),
            Some(Instead::HandBack(version)) => (None, Some(version)),
            None => (None, None),
        };
        let document = ProblemDocument {
            kind: self.kind.urn(),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: self.detail,
            errors: self.errors,
            open_session_id,
            handback_version,
        };
        let only_kind = |_| format!(r#"{{"type":"{}","status":{}}}"#, document.kind, document.status);
        let text = serde_json::to_string(&document).unwrap_or_else(only_kind);
        let mut response = Response::new(Body::Text(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(delay) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(delay.as_secs().max(1)));
        }
        response
    }
}

impl From<Closed> for Problem {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Expired => Self::new(Kind::Expired),
            Closed::Ended => Self::new(Kind::Ended),
        }
    }
}

impl<F: Failing> From<SessionError<F>> for Problem {
    fn from(error: SessionError<F>) -> Self {
        match error {
            SessionError::NotFound => Self::new(Kind::NotFound),
            SessionError::Closed(closed) => closed.into(),
            SessionError::Failed(error) => Self::of_failure(&error, error.retry_after()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_type_and_a_failure_status() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| kind.status().is_client_error() || kind.status().is_server_error()));
    }

    #[test]
    fn a_failure_of_ours_tells_nothing_but_when_to_come_back() {
        let secret = std::io::Error::other("table transfers-prod is on fire");
        let response = Problem::of_failure(&secret, Some(Duration::from_millis(200))).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        let Body::Text(text) = response.into_body() else { panic!("text") };
        assert!(!text.contains("transfers-prod"));
    }
}
