//! The manifest: which segments count, and where the log begins.
//!
//! A line of JSON and a line with its checksum, replaced atomically with every change of segments. What it does not name is
//! no part of the store, whatever lies in the folder.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::files::{At, replace};

/// The newest format of a folder that is known.
pub(crate) const FORMAT: u64 = 1;

/// Content of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Format of the folder.
    pub(crate) format: u64,
    /// Grows by one with every change.
    pub(crate) revision: u64,
    /// The first sequence that is no longer a segment's but the log's.
    pub(crate) log_start: u64,
    /// Sequences from the log's start on that were lost to damage and given up by a repair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lost: Vec<Range<u64>>,
    /// The segments, by sequence.
    pub(crate) segments: Vec<SegmentEntry>,
}

/// What the manifest says of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentEntry {
    /// Name of the file in the folder of segments.
    pub(crate) file: String,
    /// Its smallest sequence.
    pub(crate) first: u64,
    /// Its largest sequence.
    pub(crate) last: u64,
    /// How many events it holds.
    pub(crate) events: u64,
    /// Bytes of its events' JSON.
    pub(crate) json_bytes: u64,
    /// Bytes on disk.
    pub(crate) bytes: u64,
    /// When its oldest event began, microseconds since 1970.
    pub(crate) oldest: i64,
    /// When its newest event began.
    pub(crate) newest: i64,
    /// Where its footer begins: from there to the end of the file goes `footer_crc32c`.
    pub(crate) footer: u64,
    /// Checksum of the footer, which holds those of everything else.
    pub(crate) footer_crc32c: u32,
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Versioned {
    format: u64,
}

impl Manifest {
    /// The manifest of an empty folder.
    pub(crate) fn empty() -> Self {
        Self { format: FORMAT, revision: 0, log_start: 0, lost: Vec::new(), segments: Vec::new() }
    }

    /// Reads the manifest; none where there is none.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Damaged`], [`StoreError::Version`].
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        match fs::read(path) {
            Ok(bytes) => Self::parse(&bytes, path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at("read", path),
        }
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let damaged = |detail: String| StoreError::Damaged { path: path.to_owned(), detail };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is no text".to_owned()))?;
        let (content, checksum) = text
            .split_once('\n')
            .and_then(|(content, rest)| Some((content, rest.strip_suffix('\n')?)))
            .ok_or_else(|| damaged("it is not two lines".to_owned()))?;
        if checksum != checksum_line(content) {
            return Err(damaged("its checksum does not fit its content".to_owned()));
        }
        let versioned: Versioned =
            serde_json::from_str(content).map_err(|error| damaged(error.to_string()))?;
        if versioned.format > FORMAT {
            let (path, found, known) = (path.to_owned(), versioned.format, FORMAT);
            return Err(StoreError::Version { path, found, known });
        }
        serde_json::from_str(content).map_err(|error| damaged(error.to_string()))
    }

    /// Replaces the manifest of a folder.
    pub(crate) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let content = serde_json::to_string(self).map_err(io::Error::from).at("write", path)?;
        let checksum = checksum_line(&content);
        replace(path, format!("{content}\n{checksum}\n").as_bytes())
    }

    /// Whether every sequence of a range was given up.
    pub(crate) fn gave_up(&self, range: &Range<u64>) -> bool {
        let mut at = range.start;
        while at < range.end {
            match self.lost.iter().find(|lost| lost.contains(&at)) {
                Some(lost) => at = lost.end,
                None => return false,
            }
        }
        true
    }
}

fn checksum_line(content: &str) -> String {
    format!("crc32c {:08x}", crc32c::crc32c(content.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_is_found() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("MANIFEST");
        assert!(Manifest::read(&path)?.is_none());
        let manifest = Manifest { log_start: 7, ..Manifest::empty() };
        manifest.write(&path)?;
        assert_eq!(Manifest::read(&path)?, Some(manifest));
        let bytes = fs::read(&path)?;
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let read = Manifest::parse(&damaged, &path);
            assert!(matches!(read, Err(StoreError::Damaged { .. })), "byte {at}: {read:?}");
        }
        Ok(())
    }

    #[test]
    fn a_newer_format_is_refused_by_its_number() {
        let content = r#"{"format":2,"something":"new"}"#;
        let text = format!("{content}\n{}\n", checksum_line(content));
        let read = Manifest::parse(text.as_bytes(), Path::new("MANIFEST"));
        assert!(matches!(read, Err(StoreError::Version { found: 2, known: 1, .. })), "{read:?}");
    }

    #[test]
    fn ranges_are_given_up_as_a_whole_or_not() {
        let manifest = Manifest { lost: vec![3..5, 5..9], ..Manifest::empty() };
        assert!(manifest.gave_up(&(4..8)));
        assert!(manifest.gave_up(&(4..4)));
        assert!(!manifest.gave_up(&(8..10)));
    }
}
