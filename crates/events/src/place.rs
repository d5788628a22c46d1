//! Where a record came from, and why one was refused.

use serde::{Deserialize, Serialize};

/// Where the JSON of one event stands: in a source, counted in bytes of its decompressed content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index of the source, in the order in which sources were given.
    pub source: u32,
    /// Length of the record in bytes.
    pub length: u32,
    /// Offset of its first byte.
    pub offset: u64,
}

/// Why a record was refused. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionReason {
    /// The bytes are no UTF-8.
    InvalidUtf8,
    /// The text is no JSON.
    InvalidJson,
    /// An array, a batch or a compressed stream breaks off; what came before it counts.
    ContainerBroken,
    /// JSON, but neither an event nor a container of events.
    NotAnEvent,
    /// `event_id`, `kind` or `started_at` is missing.
    MissingField,
    /// A native field has another type than it must have.
    WrongType,
    /// `started_at` lies outside of the years 2000 to 2100.
    TimestampOutOfRange,
    /// The record is longer than the bound on the bytes of an event.
    TooLarge,
    /// The record is nested deeper than the bound.
    TooDeep,
    /// The batch has another `schema_version` than 1.
    UnsupportedSchemaVersion,
}

/// A refused record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// Name of the source, a path as given or `-` for standard input.
    pub source: String,
    /// Offset of the record's first byte in the (decompressed) source.
    pub offset: u64,
    /// Line of the record, from 1, where the source is read by lines.
    pub line: Option<u64>,
    /// Its `event_id`, where that can be read.
    pub event_id: Option<String>,
    /// Why it was refused.
    pub reason: RejectionReason,
    /// What was wrong, in words: the field, the value, the parser's message.
    pub detail: String,
}
