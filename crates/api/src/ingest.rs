//! Batches of events and what became of them.

use mcp_insights_events::RejectionReason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A batch of events, as the SDKs send it.
///
/// Further fields of a batch are no fault of it, and are not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IngestRequest {
    /// 1. With any other, every event is refused as `unsupported_schema_version`.
    pub schema_version: i64,
    /// The events, each judged by itself.
    pub events: Vec<Value>,
    /// What sent them, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<Sdk>,
}

/// What sent a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sdk {
    /// Its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestReport {
    /// Events taken, duplicates included; with the rejected ones, those sent.
    pub accepted: u64,
    /// Events refused, in the order of the batch.
    pub rejected: Vec<RejectedEvent>,
    /// Accepted events whose id was known already.
    pub duplicate_count: u64,
    /// Always [`IngestReport::SCHEMA_VERSION`].
    pub schema_version: u32,
}

impl IngestReport {
    /// The version of the contract for batches.
    pub const SCHEMA_VERSION: u32 = 1;
}

/// A refused event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectedEvent {
    /// Its id; none where it cannot be read.
    pub event_id: Option<String>,
    /// Why it was refused.
    pub reason: RejectionReason,
}
