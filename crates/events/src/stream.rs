//! A buffered stream that shows what is ahead and can be walked over.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use crate::container::{Feed, object_length};
use crate::shape::Lookahead;

/// Bytes that one call of the reader may give. A decompressor that fails loses what this very call gave.
const CHUNK: usize = 32 << 10;

/// Bytes ahead in which the version of a batch is looked for before the source is opened once more.
const VERSION_WINDOW: usize = 8 << 20;

/// Opens the same content again from an offset on.
pub(crate) type Reopen<'a> = &'a (dyn Fn(u64) -> Option<Box<dyn Read + Send + 'a>> + Sync);

/// The rest of a source's content.
pub(crate) struct Stream<'a> {
    reader: Box<dyn Read + Send + 'a>,
    reopen: Option<Reopen<'a>>,
    buffer: Vec<u8>,
    at: usize,
    /// Offset of the buffer's first byte.
    base: u64,
    is_all: bool,
    failure: Option<io::Error>,
    lines: u64,
    kept: Vec<u8>,
    keep_at_most: usize,
    stops_at_line_end: bool,
    /// Bytes of the buffer, from its start, in which no line end was found.
    searched: usize,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(
        reader: Box<dyn Read + Send + 'a>,
        reopen: Option<Reopen<'a>>,
        offset: u64,
        lines: u64,
        keep_at_most: usize,
    ) -> Self {
        Self {
            reader,
            reopen,
            buffer: Vec::new(),
            at: 0,
            base: offset,
            is_all: false,
            failure: None,
            lines,
            kept: Vec::new(),
            keep_at_most,
            stops_at_line_end: false,
            searched: 0,
        }
    }

    /// Bytes at hand.
    pub(crate) fn ahead(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Reads until so many bytes are at hand, or all.
    pub(crate) fn fill(&mut self, count: usize) {
        if self.is_all || self.ahead().len() >= count {
            return;
        }
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        self.searched = self.searched.saturating_sub(self.at);
        self.at = 0;
        self.buffer.reserve(count.saturating_sub(self.buffer.len()) + CHUNK);
        while self.buffer.len() < count && !self.is_all {
            let start = self.buffer.len();
            self.buffer.resize(start + CHUNK, 0);
            let read = self.reader.read(self.buffer.get_mut(start..).unwrap_or_default());
            self.buffer.truncate(start + read.as_ref().copied().unwrap_or(0));
            match read {
                Ok(0) => self.is_all = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.is_all = true;
                }
            }
        }
    }

    /// Whether nothing follows behind the bytes at hand.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Why the content ended early, where it did.
    pub(crate) fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// How many line ends were consumed so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Whether a walk sees the end of the line as the end of everything.
    pub(crate) fn stop_at_line_end(&mut self, stops: bool) {
        self.stops_at_line_end = stops;
        self.searched = self.at;
    }

    /// Consumes the rest of the line, with its end.
    pub(crate) fn skip_line(&mut self) {
        loop {
            self.fill(1);
            let ahead = self.ahead();
            if ahead.is_empty() {
                return;
            }
            let end = memchr(b'\n', ahead);
            let count = end.map_or(ahead.len(), |end| end + 1);
            self.consume(count);
            if end.is_some() {
                return;
            }
        }
    }

    /// Shows what follows behind so many bytes.
    pub(crate) fn behind(&mut self, skipped: usize) -> Behind<'_, 'a> {
        Behind { stream: self, skipped }
    }
}

impl<'a> Feed for Stream<'a> {
    fn window(&mut self) -> &[u8] {
        if self.at >= self.buffer.len() {
            self.fill(CHUNK);
        }
        let mut end = self.buffer.len();
        if self.stops_at_line_end {
            let from = self.searched.max(self.at);
            match memchr(b'\n', self.buffer.get(from..).unwrap_or_default()) {
                Some(found) => {
                    self.searched = from + found;
                    end = from + found;
                }
                None => self.searched = end,
            }
        }
        self.buffer.get(self.at..end).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        let end = (self.at + count).min(self.buffer.len());
        let consumed = self.buffer.get(self.at..end).unwrap_or_default();
        self.lines += memchr_iter(b'\n', consumed).count() as u64;
        let room = self.keep_at_most.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(consumed.get(..room).unwrap_or(consumed));
        self.at = end;
    }

    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    fn keep(&mut self) {
        self.kept.clear();
    }

    fn kept(&self) -> &[u8] {
        &self.kept
    }

    fn fork(&mut self) -> Option<Self> {
        let offset = self.offset();
        let mut near = object_length(self.ahead());
        if near.is_none() {
            self.fill(VERSION_WINDOW);
            near = object_length(self.ahead());
        }
        // Most batches end soon; the content is opened once more only for those that do not.
        let near = near.or_else(|| self.is_all.then_some(self.ahead().len()));
        let reader: Box<dyn Read + Send + 'a> = match near {
            Some(length) => {
                let ahead = self.ahead().get(..length).unwrap_or_default();
                Box::new(io::Cursor::new(ahead.to_vec()))
            }
            None => self.reopen.and_then(|reopen| reopen(offset))?,
        };
        let mut fork = Self::new(reader, None, offset, 0, 0);
        fork.stops_at_line_end = self.stops_at_line_end;
        Some(fork)
    }
}

/// What follows in a stream, without consuming it.
pub(crate) struct Behind<'s, 'a> {
    stream: &'s mut Stream<'a>,
    skipped: usize,
}

impl Lookahead for Behind<'_, '_> {
    fn look(&mut self, count: usize) -> (&[u8], bool) {
        self.stream.fill(self.skipped + count);
        let ahead = self.stream.ahead().get(self.skipped..).unwrap_or_default();
        let shown = count.min(ahead.len());
        (ahead.get(..shown).unwrap_or_default(), self.stream.is_all && shown == ahead.len())
    }
}
