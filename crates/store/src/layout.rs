//! Where the parts of a folder stand.

use std::path::{Path, PathBuf};

use crate::DocumentName;

/// Ending of log files.
pub(crate) const LOG_EXTENSION: &str = "wal";
/// Ending of segments.
pub(crate) const SEGMENT_EXTENSION: &str = "parquet";

/// The paths of a folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.0.join("MANIFEST")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// A log file is named by the first sequence that it may hold.
    pub(crate) fn log(&self, first: u64) -> PathBuf {
        self.logs().join(format!("{first:020}.{LOG_EXTENSION}"))
    }

    pub(crate) fn segments(&self) -> PathBuf {
        self.0.join("segments")
    }

    /// A segment is named by its first and last sequence and the revision of the manifest that it came with, so that a name is
    /// never used twice.
    pub(crate) fn segment_name(first: u64, last: u64, revision: u64) -> String {
        format!("{first:020}-{last:020}-{revision}.{SEGMENT_EXTENSION}")
    }

    pub(crate) fn segment(&self, name: &str) -> PathBuf {
        self.segments().join(name)
    }

    pub(crate) fn documents(&self) -> PathBuf {
        self.0.join("documents")
    }

    pub(crate) fn document(&self, name: DocumentName) -> PathBuf {
        self.documents().join(name.file_name())
    }
}
