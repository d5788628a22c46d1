//! Answers of the contract where there is no other.

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mcp_insights::Error;
use mcp_insights::api::{ErrorBody, ErrorCode, FieldError};

/// An error that a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) body: ErrorBody,
    /// Seconds after which it may be tried again.
    retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { body: ErrorBody::new(code, message, Vec::new()), retry_after: None }
    }

    /// 400, with the values that were refused.
    pub(crate) fn validation(errors: Vec<FieldError>) -> Self {
        let parts: Vec<String> =
            errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
        let body = ErrorBody::new(ErrorCode::ValidationFailed, parts.join("; "), errors);
        Self { body, retry_after: None }
    }

    /// 400, for one value.
    pub(crate) fn field(field: &str, message: &str) -> Self {
        Self::validation(vec![FieldError::new(field, message)])
    }

    pub(crate) fn unauthenticated(message: &str) -> Self {
        Self::new(ErrorCode::Unauthenticated, message)
    }

    pub(crate) fn rate_limited(seconds: u32) -> Self {
        let message = format!("too many requests with this key; try again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(ErrorCode::RateLimited, message) }
    }

    pub(crate) fn unavailable(message: &str) -> Self {
        Self { retry_after: Some(1), ..Self::new(ErrorCode::Unavailable, message) }
    }

    pub(crate) fn internal() -> Self {
        Self::new(ErrorCode::Internal, "the server failed; its log says why")
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.body.error.code {
            ErrorCode::ValidationFailed => StatusCode::BAD_REQUEST,
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::ForbiddenRole | ErrorCode::FeatureDisabled => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// What the engine says. What is no fault of the request is told in the log, and in general words to who asked: it names files.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let body = error.body();
        match body.error.code {
            ErrorCode::Internal => {
                tracing::error!(%error, "the engine failed");
                Self::internal()
            }
            ErrorCode::Unavailable => {
                tracing::error!(%error, "the engine cannot answer");
                Self::unavailable(
                    "the events cannot be read or stored now; the server's log says why",
                )
            }
            _ => Self { body, retry_after: None },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self.body)).into_response();
        self.put_headers(response.headers_mut());
        response
    }
}

impl Refusal {
    /// What is said beside the body.
    pub(crate) fn put_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.body.error.code == ErrorCode::Unauthenticated {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}
