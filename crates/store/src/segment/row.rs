//! A row of a segment, on its way from a log or an older segment into a new one.

use bytes::Bytes;
use parquet::data_type::ByteArray;

use crate::NewEvent;

/// An event with its sequence. Texts share the buffer that they were read into.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) sequence: u64,
    pub(crate) replaces: Option<u64>,
    /// Microseconds since 1970, UTC.
    pub(crate) started_at: i64,
    pub(crate) event_id: ByteArray,
    pub(crate) kind: ByteArray,
    pub(crate) actor_id: ByteArray,
    pub(crate) mcp_server_id: Option<ByteArray>,
    pub(crate) session_id_hint: Option<ByteArray>,
    pub(crate) tool_name: Option<ByteArray>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) ok: Option<bool>,
    pub(crate) is_workflow: bool,
    pub(crate) json: ByteArray,
}

impl Row {
    /// The row of a record that was decoded from `buffer`.
    pub(crate) fn of_record(sequence: u64, event: &NewEvent<'_>, buffer: &Bytes) -> Self {
        let share = |text: &str| ByteArray::from(buffer.slice_ref(text.as_bytes()));
        Self {
            sequence,
            replaces: event.replaces.map(|replaced| replaced.0),
            started_at: event.started_at.micros(),
            event_id: share(event.event_id),
            kind: share(event.kind),
            actor_id: share(event.actor_id),
            mcp_server_id: event.mcp_server_id.map(share),
            session_id_hint: event.session_id_hint.map(share),
            tool_name: event.tool_name.map(share),
            duration_ms: event.duration_ms,
            ok: event.ok,
            is_workflow: event.is_workflow,
            json: buffer.slice_ref(event.json).into(),
        }
    }

    /// What rows of a segment are ordered by.
    pub(crate) fn order(&self) -> (i64, u64) {
        (self.started_at, self.sequence)
    }
}
