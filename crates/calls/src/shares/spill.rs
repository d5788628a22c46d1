//! Facts in a temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Facts;

/// Facts that went into a temporary file cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("a temporary file in {} cannot be read back: {error}", std::env::temp_dir().display())]
pub struct SpillError {
    /// What the system says.
    #[from]
    error: io::Error,
}

/// Facts of some events, in memory or in the file.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    Memory(Box<Facts>),
    File { offset: u64, length: usize, spill: Arc<Spill> },
}

/// How much stays in memory, and the temporary file that takes the rest. It has no name, and is gone with its handle.
#[derive(Debug)]
pub(crate) struct Spill {
    /// Bytes of memory that are left.
    left: AtomicUsize,
    /// The file and its length, once there is something in it.
    file: Mutex<Option<(File, u64)>>,
    /// Whether there can be no file, or no more of it.
    is_full: AtomicBool,
}

impl Unit {
    pub(crate) fn is_in_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// The facts, of which those in memory are given away.
    pub(crate) fn into_facts(self) -> Result<Facts, SpillError> {
        match self {
            Self::Memory(facts) => Ok(*facts),
            Self::File { .. } => self.facts(),
        }
    }

    /// A copy of the facts.
    pub(crate) fn facts(&self) -> Result<Facts, SpillError> {
        match self {
            Self::Memory(facts) => Ok(facts.as_ref().clone()),
            Self::File { offset, length, spill } => spill.read(*offset, *length),
        }
    }
}

impl Spill {
    /// One that lets so many bytes stay in memory.
    pub(crate) fn after(bytes: usize) -> Self {
        Self {
            left: AtomicUsize::new(bytes),
            file: Mutex::default(),
            is_full: AtomicBool::new(false),
        }
    }

    #[cfg(test)]
    pub(crate) fn full() -> Self {
        Self { is_full: AtomicBool::new(true), ..Self::after(0) }
    }

    /// Whether there is room for so many bytes in memory, which are taken then.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }

    /// Writes facts without their texts; none where they must stay in memory, since there can be no file or it is full.
    pub(crate) fn write(self: &Arc<Self>, facts: &Facts) -> Option<Unit> {
        if self.is_full.load(Ordering::Relaxed) {
            return None;
        }
        let bytes = postcard::to_allocvec(facts).ok()?;
        let Ok(offset) = self.append(&bytes) else {
            self.is_full.store(true, Ordering::Relaxed);
            return None;
        };
        Some(Unit::File { offset, length: bytes.len(), spill: Arc::clone(self) })
    }

    fn append(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut room = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, end) = match &mut *room {
            Some(open) => open,
            unopened @ None => unopened.insert((tempfile::tempfile()?, 0)),
        };
        let offset = *end;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        *end += bytes.len() as u64;
        Ok(offset)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Facts, SpillError> {
        let mut bytes = vec![0; length];
        if let Some((file, _)) = &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(postcard::from_bytes(&bytes).map_err(io::Error::other)?)
    }
}
