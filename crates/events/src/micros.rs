//! Times as whole microseconds, for what is kept, with `#[serde(with = "mcp_insights_events::micros")]`: as texts they have
//! milliseconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// Writes a time as microseconds since 1970.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    time.micros().serialize(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_micros)
}
