//! How large files and their parts get. Tests make them small.

/// Sizes of what is written. They may change at any time: nothing that was written depends on them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// A log file takes no more groups from this size on.
    pub(crate) log_bytes: u64,
    /// A log file takes no more groups from this number of records on.
    pub(crate) log_records: usize,
    /// So many zeros are written ahead of a log's end.
    pub(crate) log_ahead: usize,
    /// Events of a segment: few enough to take a single one out in a few seconds.
    pub(crate) segment_events: u64,
    /// Bytes of the events of a segment, uncompressed.
    pub(crate) segment_bytes: u64,
    /// Segments up to this number of events are merged with whatever comes after them.
    pub(crate) small_segment: u64,
    /// Rows of a row group: what is read at least to show an event is one column of it.
    pub(crate) row_group: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            log_bytes: 64 << 20,
            log_records: 100_000,
            log_ahead: 1 << 20,
            segment_events: 500_000,
            segment_bytes: 512 << 20,
            small_segment: 4096,
            row_group: 8192,
        }
    }
}
