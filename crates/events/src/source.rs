//! One source: where its bytes are, and how to read them from any place.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;

use crate::{ReadError, SourceError};

/// Bytes of a stream that are kept in memory before they go to a temporary file.
const SPOOLED_IN_MEMORY: u64 = 64 << 20;

/// What tells whether a file is still the one that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    identity: Option<(u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
        }
    }
}

/// The device and number of a file, where the system has such.
#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// The device and number of a file, where the system has such.
#[cfg(not(unix))]
pub(crate) fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// How the bytes of a source are packed, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a skippable one before it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

#[derive(Debug)]
enum Backing {
    File { path: PathBuf, stamp: Stamp },
    Memory(Vec<u8>),
    Temporary(File),
    Released,
}

/// One source of a reading.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name in messages, a path as given or `-`.
    pub(crate) name: String,
    /// Whether it was found in a folder: such a one may be unreadable without ending the reading.
    pub(crate) is_found: bool,
    pub(crate) packing: Packing,
    /// Its length as it lies on disk.
    pub(crate) length: u64,
    backing: Backing,
}

impl Source {
    /// A regular file that was opened to see whether it can be read.
    pub(crate) fn of_file(
        path: &Path,
        is_found: bool,
        file: File,
        metadata: &Metadata,
    ) -> io::Result<Self> {
        let mut first = Vec::with_capacity(4);
        file.take(4).read_to_end(&mut first)?;
        Ok(Self {
            name: path.display().to_string(),
            is_found,
            packing: Packing::of(&first),
            length: metadata.len(),
            backing: Backing::File { path: path.to_owned(), stamp: Stamp::of(metadata) },
        })
    }

    pub(crate) fn of_bytes(name: String, bytes: Vec<u8>) -> Self {
        let (packing, length) = (Packing::of(&bytes), bytes.len() as u64);
        Self { name, is_found: false, packing, length, backing: Backing::Memory(bytes) }
    }

    /// Reads a stream to its end, so that its events can be read again.
    pub(crate) fn of_stream(
        name: String,
        mut reader: impl Read,
        progress: &dyn Fn(u64),
    ) -> Result<Self, ReadError> {
        let unreadable = |error| ReadError::Unreadable { name: name.clone(), error };
        let mut bytes = Vec::new();
        reader.by_ref().take(SPOOLED_IN_MEMORY).read_to_end(&mut bytes).map_err(unreadable)?;
        progress(bytes.len() as u64);
        if (bytes.len() as u64) < SPOOLED_IN_MEMORY {
            return Ok(Self::of_bytes(name, bytes));
        }
        let packing = Packing::of(&bytes);
        let mut file = temporary_file()?;
        file.write_all(&bytes).map_err(temporary_error)?;
        let mut length = bytes.len() as u64;
        bytes.clear();
        loop {
            let count =
                reader.by_ref().take(1 << 20).read_to_end(&mut bytes).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            file.write_all(&bytes).map_err(temporary_error)?;
            length += count as u64;
            progress(count as u64);
            bytes.clear();
        }
        Ok(Self { name, is_found: false, packing, length, backing: Backing::Temporary(file) })
    }

    /// Opens the source for reading at any place; a file must be the one that was opened first, as it was.
    pub(crate) fn open(&self) -> Result<Handle<'_>, SourceError> {
        let handle = self.open_growing()?;
        if let Handle::File(file) = &handle {
            self.check(file)?;
        }
        Ok(handle)
    }

    /// Opens the source for its reading; a file to which others append meanwhile is fine.
    pub(crate) fn open_growing(&self) -> Result<Handle<'_>, SourceError> {
        match &self.backing {
            Backing::Memory(bytes) => Ok(Handle::Memory(bytes)),
            Backing::Temporary(file) => Ok(Handle::Temporary(file)),
            Backing::Released => Err(SourceError::NotKept),
            Backing::File { path, stamp } => {
                let file = File::open(path).map_err(|error| self.unreadable(error))?;
                let now = Stamp::of(&file.metadata().map_err(|error| self.unreadable(error))?);
                if now.identity != stamp.identity || now.length < stamp.length {
                    return Err(SourceError::Changed { name: self.name.clone() });
                }
                Ok(Handle::File(file))
            }
        }
    }

    /// Whether a file is still the one that was read first.
    pub(crate) fn check(&self, file: &File) -> Result<(), SourceError> {
        let Backing::File { stamp, .. } = &self.backing else { return Ok(()) };
        let metadata = file.metadata().map_err(|error| self.unreadable(error))?;
        if Stamp::of(&metadata) == *stamp {
            Ok(())
        } else {
            Err(SourceError::Changed { name: self.name.clone() })
        }
    }

    pub(crate) fn unreadable(&self, error: io::Error) -> SourceError {
        SourceError::Unreadable { name: self.name.clone(), error }
    }

    /// Its unpacked content from an offset on. `counter` is moved on by the packed bytes that are read.
    pub(crate) fn content<'a>(
        &'a self,
        offset: u64,
        counter: Option<&'a AtomicU64>,
    ) -> Result<Box<dyn Read + Send + 'a>, SourceError> {
        let handle = self.open_growing()?;
        let start = if self.packing == Packing::Plain { offset } else { 0 };
        let packed = Positioned { handle, at: start, end: self.length, counter };
        let mut content: Box<dyn Read + Send + 'a> = match self.packing {
            Packing::Plain => return Ok(Box::new(packed)),
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(packed)
                    .map_err(|error| self.unreadable(error))?;
                // Long-distance windows of any size that the format has.
                decoder.window_log_max(31).map_err(|error| self.unreadable(error))?;
                Box::new(decoder)
            }
        };
        skip(&mut content, offset).map_err(|error| self.unreadable(error))?;
        Ok(content)
    }

    /// Drops what is held of a stream or of bytes; a file is left alone, but can be read no more.
    pub(crate) fn release(&mut self) {
        self.backing = Backing::Released;
    }
}

/// Reads and drops so many bytes.
pub(crate) fn skip(reader: &mut impl Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(count), &mut io::sink())?;
    if skipped == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// An unnamed file that vanishes with its handle.
pub(crate) fn temporary_file() -> Result<File, ReadError> {
    tempfile::tempfile().map_err(temporary_error)
}

pub(crate) fn temporary_error(error: io::Error) -> ReadError {
    ReadError::Temporary { folder: std::env::temp_dir().display().to_string(), error }
}

/// A source that is open for reading at any place.
pub(crate) enum Handle<'a> {
    File(File),
    Temporary(&'a File),
    Memory(&'a [u8]),
}

impl Handle<'_> {
    /// Reads some bytes from an offset on; none at the end.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => file_read_at(file, buffer, offset),
            Self::Temporary(file) => file_read_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                bytes.get(start..).unwrap_or_default().read(buffer)
            }
        }
    }

    /// Appends up to so many bytes from an offset on and says how many there were.
    pub(crate) fn append(
        &self,
        buffer: &mut Vec<u8>,
        offset: u64,
        count: usize,
    ) -> io::Result<usize> {
        let start = buffer.len();
        buffer.resize(start + count, 0);
        let read = self.read_to(buffer.get_mut(start..).unwrap_or_default(), offset);
        buffer.truncate(start + read.as_ref().map_or(0, |read| *read));
        read
    }

    /// Reads up to so many bytes from an offset on in place of what a buffer holds. That need not be cleared for it.
    pub(crate) fn fill(&self, buffer: &mut Vec<u8>, offset: u64, count: usize) -> io::Result<()> {
        buffer.resize(count, 0);
        let read = self.read_to(buffer, offset)?;
        buffer.truncate(read);
        Ok(())
    }

    /// Reads until the buffer is full or the end is reached, and says how many bytes there were.
    fn read_to(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let free = buffer.get_mut(filled..).unwrap_or_default();
            match self.read_at(free, offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

#[cfg(unix)]
fn file_read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn file_read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Writes at the end of a file that this process alone writes.
pub(crate) fn append_to(mut file: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(position))?;
    file.write_all(bytes)
}

/// A reader from one place of a source on.
struct Positioned<'a> {
    handle: Handle<'a>,
    at: u64,
    end: u64,
    counter: Option<&'a AtomicU64>,
}

impl Read for Positioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A file that grows while it is read is read as long as it was.
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = left.min(buffer.len());
        let count = self.handle.read_at(buffer.get_mut(..room).unwrap_or_default(), self.at)?;
        self.at += count as u64;
        if let Some(counter) = self.counter {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(count)
    }
}
