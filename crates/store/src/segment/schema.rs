//! The columns of a segment, which the page of the crate tells, and the keys of its metadata.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};

/// The newest format of segments that is known.
pub(crate) const FORMAT: u64 = 1;
/// Key of the format in the metadata of a file.
pub(crate) const FORMAT_KEY: &str = "mcp_insights.format";
/// Key of the checksums in the metadata of a file.
pub(crate) const CHECKSUMS_KEY: &str = "mcp_insights.crc32c";

pub(crate) const SEQUENCE: usize = 0;
pub(crate) const REPLACES: usize = 1;
pub(crate) const STARTED_AT: usize = 2;
pub(crate) const EVENT_ID: usize = 3;
pub(crate) const KIND: usize = 4;
pub(crate) const ACTOR_ID: usize = 5;
pub(crate) const MCP_SERVER_ID: usize = 6;
pub(crate) const SESSION_ID_HINT: usize = 7;
pub(crate) const TOOL_NAME: usize = 8;
pub(crate) const DURATION_MS: usize = 9;
pub(crate) const OK: usize = 10;
pub(crate) const IS_WORKFLOW: usize = 11;
pub(crate) const EVENT: usize = 12;

#[derive(Clone, Copy)]
enum Of {
    Number,
    Time,
    Text,
    Truth,
}

/// Name, content and whether a row may be without, in the order of the constants above.
const COLUMNS: [(&str, Of, bool); 13] = [
    ("sequence", Of::Number, false),
    ("replaces", Of::Number, true),
    ("started_at", Of::Time, false),
    ("event_id", Of::Text, false),
    ("kind", Of::Text, false),
    ("actor_id", Of::Text, false),
    ("mcp_server_id", Of::Text, true),
    ("session_id_hint", Of::Text, true),
    ("tool_name", Of::Text, true),
    ("duration_ms", Of::Number, true),
    ("ok", Of::Truth, true),
    ("is_workflow", Of::Truth, false),
    ("event", Of::Text, false),
];

/// How many columns there are.
pub(crate) const WIDTH: usize = COLUMNS.len();

/// The name of a column.
pub(crate) fn name(column: usize) -> &'static str {
    COLUMNS.get(column).map_or("", |(name, _, _)| name)
}

/// The schema of a segment.
pub(crate) fn schema() -> Result<TypePtr, ParquetError> {
    let mut fields = Vec::with_capacity(WIDTH);
    for (name, of, optional) in COLUMNS {
        let (physical, logical) = match of {
            Of::Number => (Physical::INT64, None),
            Of::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            Of::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Of::Truth => (Physical::BOOLEAN, None),
        };
        let repetition = if optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(field));
    }
    Ok(Arc::new(Type::group_type_builder("events").with_fields(fields).build()?))
}
