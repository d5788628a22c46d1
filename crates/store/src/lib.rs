//! Durable events and small documents.
//!
//! A [`Storage`] keeps the raw JSON of accepted events, each under a [`Sequence`] that never changes, and a handful of small
//! [documents](DocumentName). It knows nothing of what events mean: what sessions and topics follow from them is the
//! facade's, which reads them when it opens, and keeps what it computed as one of the documents. [`Folder`] keeps them on disk,
//! [`Memory`] does not keep them.
//!
//! # The folder
//!
//! ```text
//! MANIFEST                                   which segments count, and where the log begins
//! lock                                       held by the process that writes, which says in it who it is
//! log/<first>.wal                            what was accepted and is in no segment yet, by first sequence
//! segments/<first>-<last>-<revision>.parquet everything else
//! documents/registry.json …                  small documents
//! damaged/                                   what a repair set aside
//! ```
//!
//! The **manifest** is a line of JSON and a line with its checksum. It is replaced atomically; what it does not name is no part of
//! the store. Its `format` is that of the folder: an older one is read, a newer one is refused with [`StoreError::Version`].
//!
//! The **log** is written in groups, each with one write and one sync for all who appended at the same time, and with a checksum
//! (CRC-32C) a record. A group counts as a whole or not at all. A torn group at the end, which a crash may leave, is cut off when the
//! folder is opened for writing: nobody was told that it was durable. A damaged place *before* good groups is no such thing: where
//! opening finds one the folder is opened for reading only, which shows the rest, until it is [repaired](repair).
//!
//! A file of the log that takes no more groups ends with an **index** of its records. Opening reads no more of it, so that a long log takes
//! no longer to open than segments do. As with segments, what is damaged in such a file keeps nobody from writing: it is found where it
//! is read, when the log is compacted, or by [`doctor`](doctor()). Without a good index, as one that
//! a repair wrote anew, the file is read as a whole.
//!
//! A **segment** is an immutable Parquet file (zstd) with these columns, ordered by (`started_at`, `sequence`):
//!
//! | column | Parquet | Arrow | meaning |
//! | --- | --- | --- | --- |
//! | `sequence` | int64 | int64 | order of acceptance, never given twice |
//! | `replaces` | int64, optional | int64 | sequence of the record whose place this one took; that record is gone |
//! | `started_at` | timestamp (µs, UTC) | timestamp\[us, UTC\] | when the event began |
//! | `event_id`, `kind`, `actor_id` | string | utf8 | as received |
//! | `mcp_server_id`, `session_id_hint`, `tool_name` | string, optional | utf8 | as received |
//! | `duration_ms` | int64, optional | int64 | duration, where known |
//! | `ok` | boolean, optional | bool | what the client reported |
//! | `is_workflow` | boolean | bool | synthetic traffic |
//! | `event` | string | utf8 | the event, a JSON object |
//!
//! Its metadata holds its format (`mcp_insights.format`) and a checksum of each column of each row group
//! (`mcp_insights.crc32c`: eight hexadecimal digits each, in the order of the file); the manifest holds that of its footer.
//!
//! A record that another one **replaces** is shown no more as soon as the other is durable, and is left behind by the next
//! [compaction](Storage::compact). Nothing else is ever replaced.

mod append;
mod compact;
mod doctor;
mod documents;
mod files;
mod folder;
mod layout;
mod limits;
mod lock;
mod log;
mod manifest;
mod memory;
mod merge;
mod read;
mod record;
mod repair;
mod segment;
mod state;
mod storage;

pub use doctor::{Finding, Severity, doctor};
pub use documents::{ChangeError, Documents};
pub use folder::Folder;
pub use memory::Memory;
pub use repair::{Repaired, repair};
pub use storage::{
    Compacted, DocumentName, Dropped, NewEvent, Sequence, Storage, StoreError, StoredEvent, Usage,
};
