//! The one error type of the facade.

use mcp_insights_api::{ErrorBody, ErrorCode, FieldError};
use mcp_insights_events::{ReadError, SourceError};
use mcp_insights_registry::RegistryError;

/// Why a call of the engine gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input cannot be read at all, or holds a refused record under `strict`.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A trace cannot be given: its source changed, vanished, or was not kept.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Facts that did not fit into memory cannot be read back.
    #[error(transparent)]
    Spill(#[from] mcp_insights_calls::SpillError),
    /// The registry does not fit this engine.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A query or a patch has values that it must not have.
    #[error("{}", describe(.0))]
    Validation(Vec<FieldError>),
    /// An id that was never known.
    #[error("no {what} has the id {id}; the list of {} names those there are", plural(what))]
    NotFound {
        /// What was asked for: `topic`, `search` or `session`.
        what: &'static str,
        /// The id as asked for.
        id: String,
    },
    /// The events of a trace are there, but are not those that were read before.
    #[error(
        "the source of session {id} no longer holds the events that were read; read the source again"
    )]
    TraceChanged {
        /// The session.
        id: String,
    },
    /// The storage cannot do what it must.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] mcp_insights_store::StoreError),
    /// The settings beside the events are none.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Settings(#[from] crate::durable::SettingsError),
    /// Events could not be taken in; the batches that were stored together share the reason.
    #[cfg(feature = "store")]
    #[error("the events were not stored: {0}")]
    Ingest(std::sync::Arc<Error>),
    /// Events handed over in memory cannot be written as JSON.
    #[error("an event cannot be written as JSON: {0}")]
    Serialize(#[from] serde_json::Error),
}

impl Error {
    /// A refused value of one field.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Validation(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// The error as the body that an API answers with.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        let code = match self {
            Self::Validation(_) => ErrorCode::ValidationFailed,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::Source(_) | Self::TraceChanged { .. } => ErrorCode::Unavailable,
            #[cfg(feature = "store")]
            Self::Store(_) | Self::Ingest(_) => ErrorCode::Unavailable,
            #[cfg(feature = "store")]
            Self::Settings(_) => ErrorCode::Internal,
            Self::Read(_) | Self::Spill(_) | Self::Registry(_) | Self::Serialize(_) => {
                ErrorCode::Internal
            }
        };
        let errors = match self {
            Self::Validation(errors) => errors.clone(),
            _ => Vec::new(),
        };
        ErrorBody::new(code, self.to_string(), errors)
    }
}

fn plural(what: &str) -> &'static str {
    match what {
        "topic" => "topics",
        "search" => "searches",
        _ => "sessions",
    }
}

fn describe(errors: &[FieldError]) -> String {
    let parts: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    parts.join("; ")
}
