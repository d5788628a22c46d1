//! What a caller chooses before reading.

/// How raw events are found again for traces. It is chosen before reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceAccess {
    /// They are read again from the source. A source that changed since is an error, never a wrong trace.
    #[default]
    Reread,
    /// Accepted records are copied to an unnamed temporary file; sources may change or vanish.
    Spill,
    /// They are not kept: after [`Sources::release`](crate::Sources::release) none can be fetched.
    None,
}

/// Bounds of a reading and what it keeps.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    /// Longest record in bytes. A batch may be longer: the bound holds for each event in it.
    pub max_event_bytes: usize,
    /// Deepest nesting of arrays and objects in one record, the record itself included.
    pub max_depth: usize,
    /// How raw events are found again.
    pub traces: TraceAccess,
    /// Whether the first refused record ends the reading.
    pub strict: bool,
}

impl ReadSettings {
    /// Default of [`max_event_bytes`](Self::max_event_bytes): 4 MiB.
    pub const MAX_EVENT_BYTES: usize = 4 << 20;
    /// Default of [`max_depth`](Self::max_depth).
    pub const MAX_DEPTH: usize = 128;
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            max_event_bytes: Self::MAX_EVENT_BYTES,
            max_depth: Self::MAX_DEPTH,
            traces: TraceAccess::default(),
            strict: false,
        }
    }
}
