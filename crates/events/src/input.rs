//! What can be read: paths, standard input, streams and bytes.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::{Rejection, SourceError};

/// Something to read events from.
pub enum Input {
    /// A file or a folder that someone named: that it cannot be read is an error.
    Path(PathBuf),
    /// A file that was found in a folder or by a pattern: that it cannot be read is reported, and the rest counts.
    Found(PathBuf),
    /// Standard input, named `-`.
    Stdin,
    /// Any reader.
    Stream {
        /// Its name in messages.
        name: String,
        /// Where the bytes come from.
        reader: Box<dyn Read + Send>,
    },
    /// Bytes in memory.
    Bytes {
        /// Their name in messages.
        name: String,
        /// The content.
        bytes: Vec<u8>,
    },
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Self::Path(path) => ("Path", path.display().to_string()),
            Self::Found(path) => ("Found", path.display().to_string()),
            Self::Stdin => ("Stdin", "-".to_owned()),
            Self::Stream { name, .. } => ("Stream", name.clone()),
            Self::Bytes { name, .. } => ("Bytes", name.clone()),
        };
        formatter.debug_tuple(kind).field(&name).finish()
    }
}

/// Why a reading gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A named path does not exist or cannot be read.
    #[error("cannot read {name}: {error}; check that it exists and that you may read it")]
    Unreadable {
        /// The path as given, or `-`.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// A pattern that fits no file.
    #[error(
        "no file fits {pattern}: {message}; check the pattern, or quote a path that holds such characters"
    )]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// The temporary file could not be written.
    #[error(
        "cannot write a temporary file in {folder}: {error}; free some space or point TMPDIR at another folder"
    )]
    Temporary {
        /// The folder of temporary files.
        folder: String,
        /// What the system said.
        error: io::Error,
    },
    /// A source changed while it was being read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A strict reading met a record that it refuses; this is the first by source and offset.
    #[error("{} at byte {}: {}", .0.source, .0.offset, .0.detail)]
    Rejected(Rejection),
}
