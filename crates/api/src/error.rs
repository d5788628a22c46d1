//! What an API answers where it cannot answer.

use serde::{Deserialize, Serialize};

/// The body of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorBody {
    /// The error.
    pub error: Error,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// The case, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// Which values were refused, for `validation_failed`. The one field of the contract that may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
}

/// The values that were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorDetails {
    /// One entry for each of them.
    #[serde(rename = "fieldErrors")]
    pub field_errors: Vec<FieldError>,
}

/// A refused value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldError {
    /// The query parameter or body field.
    pub field: String,
    /// What it must be.
    pub message: String,
}

/// The cases of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter or body that is not as it must be.
    ValidationFailed,
    /// No key, or not one of this server.
    Unauthenticated,
    /// The key's role may not do this.
    ForbiddenRole,
    /// The organisation does not have this.
    FeatureDisabled,
    /// An id that was never known.
    NotFound,
    /// Another method on this path.
    MethodNotAllowed,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is no JSON by its content type.
    UnsupportedMediaType,
    /// Too many requests.
    RateLimited,
    /// A fault of the server.
    Internal,
    /// Starting, stopping, overloaded or out of time.
    Unavailable,
}

impl ErrorBody {
    /// The body of an error; details are left out where no value was refused.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>, field_errors: Vec<FieldError>) -> Self {
        let details = (!field_errors.is_empty()).then_some(ErrorDetails { field_errors });
        Self { error: Error { code, message: message.into(), details } }
    }
}

impl FieldError {
    /// A refused value of a field.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
