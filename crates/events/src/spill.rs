//! Accepted records in a temporary file, so that their sources may vanish.

use std::fs::File;
use std::io;
use std::sync::Mutex;

use crate::source::{Handle, append_to};
use crate::{Place, SourceError};

/// Records that stand at most so far apart are copied as one run.
const WIDEST_GAP: u64 = 16;

/// A piece of a source as it lies in the temporary file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    source: u32,
    offset: u64,
    length: u64,
    position: u64,
}

/// The temporary file while it is written. Its end is behind the lock, so that writers append in turn.
#[derive(Debug)]
pub(crate) struct SpillFile {
    file: File,
    end: Mutex<u64>,
}

impl SpillFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file, end: Mutex::new(0) }
    }

    /// Writes what a buffer holds and gives its runs as they lie in the file.
    pub(crate) fn write(&self, buffer: SpillBuffer) -> io::Result<Vec<Run>> {
        let position = {
            let mut end = self.end.lock().map_err(|_| io::Error::other("another thread failed"))?;
            append_to(&self.file, *end, &buffer.bytes)?;
            let position = *end;
            *end += buffer.bytes.len() as u64;
            position
        };
        Ok(buffer
            .runs
            .into_iter()
            .map(|run| Run { position: run.position + position, ..run })
            .collect())
    }

    pub(crate) fn into_spilled(self, mut runs: Vec<Run>) -> Spilled {
        runs.sort_unstable();
        Spilled { file: self.file, runs }
    }
}

/// Records of one block on their way to the file.
#[derive(Debug, Default)]
pub(crate) struct SpillBuffer {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

impl SpillBuffer {
    /// Takes the bytes that stand at a place.
    pub(crate) fn add(&mut self, place: Place, bytes: &[u8]) {
        let position = self.bytes.len() as u64;
        let last = self.runs.last_mut().and_then(|run| {
            let gap = place.offset.checked_sub(run.offset + run.length)?;
            (run.source == place.source && gap <= WIDEST_GAP).then_some((run, gap))
        });
        let length = bytes.len() as u64;
        if let Some((run, gap)) = last {
            run.length += gap + length;
            let filler = usize::try_from(gap).unwrap_or(0);
            self.bytes.resize(self.bytes.len() + filler, b'\n');
        } else {
            self.runs.push(Run { source: place.source, offset: place.offset, length, position });
        }
        self.bytes.extend_from_slice(bytes);
    }
}

/// The temporary file after reading.
#[derive(Debug)]
pub(crate) struct Spilled {
    file: File,
    /// Ordered by source and offset.
    runs: Vec<Run>,
}

impl Spilled {
    /// The bytes that stood at a place.
    pub(crate) fn fetch(&self, place: Place) -> Result<Vec<u8>, SourceError> {
        let after = self
            .runs
            .partition_point(|run| (run.source, run.offset) <= (place.source, place.offset));
        let run = after.checked_sub(1).and_then(|index| self.runs.get(index)).filter(|run| {
            run.source == place.source
                && place.offset + u64::from(place.length) <= run.offset + run.length
        });
        let unknown =
            SourceError::UnknownPlace { source_index: place.source, offset: place.offset };
        let Some(run) = run else { return Err(unknown) };
        let mut bytes = Vec::new();
        let position = run.position + (place.offset - run.offset);
        let count =
            Handle::Temporary(&self.file).append(&mut bytes, position, place.length as usize);
        match count {
            Ok(count) if count == place.length as usize => Ok(bytes),
            Ok(_) => Err(unknown),
            Err(error) => {
                Err(SourceError::Unreadable { name: "the temporary file".to_owned(), error })
            }
        }
    }
}
