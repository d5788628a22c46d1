//! What a storage can do.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;

use mcp_insights_events::Timestamp;

/// The place of a record in the order of acceptance, from 0. It is never given twice, and stays when files are compacted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// An accepted event that is to be made durable. What other tools look for stands beside the JSON.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// The event, a JSON object in UTF-8.
    pub json: &'a [u8],
    /// Its id.
    pub event_id: &'a str,
    /// Its kind, as received.
    pub kind: &'a str,
    /// The actor.
    pub actor_id: &'a str,
    /// The MCP server.
    pub mcp_server_id: Option<&'a str>,
    /// The session hint.
    pub session_id_hint: Option<&'a str>,
    /// Name of the tool.
    pub tool_name: Option<&'a str>,
    /// When it began.
    pub started_at: Timestamp,
    /// Milliseconds, where known.
    pub duration_ms: Option<u64>,
    /// What the client reported.
    pub ok: Option<bool>,
    /// Whether it is synthetic.
    pub is_workflow: bool,
    /// The record whose place it takes: it is a later duplicate of that, and wins.
    pub replaces: Option<Sequence>,
}

/// A record as it is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredEvent<'a> {
    /// Its place in the order of acceptance.
    pub sequence: Sequence,
    /// The event.
    pub json: &'a [u8],
}

/// The small documents of a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentName {
    /// Ids and edits of topics and search clusters.
    Registry,
    /// Settings of the engine and its server.
    Settings,
    /// Hashes of keys.
    Keys,
    /// Vectors of texts that were embedded.
    Vectors,
    /// What was computed of the events up to a point, so that it need not be computed again.
    Checkpoint,
}

impl DocumentName {
    /// Every document.
    pub const ALL: [Self; 5] =
        [Self::Registry, Self::Settings, Self::Keys, Self::Vectors, Self::Checkpoint];

    /// Whether its content is JSON.
    #[must_use]
    pub const fn is_json(self) -> bool {
        match self {
            Self::Registry | Self::Settings | Self::Keys => true,
            Self::Vectors | Self::Checkpoint => false,
        }
    }

    /// The name of its file.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Registry => "registry.json",
            Self::Settings => "settings.json",
            Self::Keys => "keys.json",
            Self::Vectors => "vectors.bin",
            Self::Checkpoint => "checkpoint.bin",
        }
    }
}

/// What was dropped for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Events.
    pub events: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Records moved out of the log.
    pub moved: u64,
    /// Replaced records left behind.
    pub folded: u64,
    /// Segments before.
    pub segments_before: u64,
    /// Segments after.
    pub segments_after: u64,
}

/// How much a storage holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Events, replaced ones not counted.
    pub events: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of all segments.
    pub segment_bytes: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Bytes of all documents.
    pub document_bytes: u64,
}

/// Why a storage cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {error}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process writes.
    #[error("{path} is being written by {holder}; stop that process, or read only")]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Who holds the lock, as he wrote it there.
        holder: String,
    },
    /// The storage was opened for reading.
    #[error("{path} was opened for reading only")]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something else.
    #[error("{path} is no store of mcp-insights{hint}")]
    NotAStore {
        /// The folder.
        path: PathBuf,
        /// What could be done, or nothing.
        hint: &'static str,
    },
    /// An event cannot be kept as it is.
    #[error("event {index} of the batch {problem}")]
    Unfit {
        /// Which event of those given.
        index: usize,
        /// Why.
        problem: &'static str,
    },
    /// A file is not what it must be.
    #[error("{path} is damaged: {detail}; `mcp-insights doctor` says what can be done")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// A file was written by another version.
    #[error(
        "{path} has format {found}, and this version reads formats up to {known}; use a newer version"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest version that can be read.
        known: u64,
    },
    /// A record is not there, or no more.
    #[error("there is no record {0}; it may have been dropped by retention or a request to forget")]
    UnknownSequence(u64),
}

/// Keeps events and documents.
///
/// All methods may be called from any thread.
pub trait Storage: Send + Sync + Debug {
    /// Appends events and gives the first of their sequences, which are consecutive and in the order given.
    ///
    /// The events are durable when it returns. After an error none of them is there, now or later.
    ///
    /// # Errors
    /// [`StoreError::Io`] where they cannot be written, [`StoreError::ReadOnly`], [`StoreError::Unfit`] where one is too large or
    /// no text.
    fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError>;

    /// The JSON of records, in the order asked for.
    ///
    /// # Errors
    /// [`StoreError::UnknownSequence`] where one is not there.
    fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Shows every record from a sequence on that was not replaced, in any order, from any number of threads.
    ///
    /// What was appended before the call is seen.
    ///
    /// # Errors
    /// [`StoreError::Io`] and [`StoreError::Damaged`] where a file cannot be read.
    fn scan(
        &self,
        from: Sequence,
        visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
    ) -> Result<(), StoreError>;

    /// The sequence that the next event gets.
    fn next_sequence(&self) -> Sequence;

    /// A document; none where it was never written.
    ///
    /// # Errors
    /// [`StoreError::Io`] where it cannot be read.
    fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError>;

    /// Bytes of a document; none where it was never written.
    ///
    /// # Errors
    /// [`StoreError::Io`] where that cannot be found out.
    fn document_len(&self, name: DocumentName) -> Result<Option<u64>, StoreError> {
        Ok(self.read_document(name)?.map(|content| content.len() as u64))
    }

    /// Replaces a document as a whole: a reader sees the old or the new one. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Io`] where it cannot be written, [`StoreError::ReadOnly`].
    fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError>;

    /// Drops whole segments of which every event began before a time.
    ///
    /// # Errors
    /// As [`Storage::append`].
    fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError>;

    /// Drops every event of an actor. After an error, or where the process ended before it returned, some of them may still be
    /// there: do it again.
    ///
    /// # Errors
    /// As [`Storage::append`].
    fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError>;

    /// Moves what is in the log into segments, merges small segments and leaves replaced records behind.
    ///
    /// # Errors
    /// As [`Storage::append`].
    fn compact(&self) -> Result<Compacted, StoreError>;

    /// How much there is.
    ///
    /// # Errors
    /// [`StoreError::Io`] where sizes cannot be read.
    fn usage(&self) -> Result<Usage, StoreError>;
}
