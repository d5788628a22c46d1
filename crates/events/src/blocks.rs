//! A block of a plain source: the lines that begin in it.

use std::io;

use memchr::memchr;

use crate::container::begins_container;
use crate::scan::value_length;
use crate::shape::{Lookahead, Shape, may_continue, shape};
use crate::source::{Handle, Source};
use crate::work::{Context, Outcome, Shared, Worker};
use crate::{Collector, ReadError, ReadSettings, Refusal};

/// Bytes that are read at once behind a block to find the end of its last line.
const TAIL: usize = 16 << 10;

/// The longest line that is read as a whole; a longer one is walked over.
pub(crate) fn longest_line(settings: &ReadSettings) -> usize {
    (32 << 20).max(settings.max_event_bytes.saturating_add(1))
}

/// Whether so long a line, of which this is the beginning, is one record: then it is too large, whatever follows.
pub(crate) fn is_one_record(beginning: &[u8]) -> bool {
    value_length(beginning).is_none() && !begins_container(beginning)
}

/// A range of a plain source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) source: u32,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Where the first line of the source begins: behind a byte-order mark.
    pub(crate) first: u64,
    /// Where the source ends.
    pub(crate) source_end: u64,
}

struct Ahead<'h, 's> {
    handle: &'h Handle<'s>,
    offset: u64,
    end: u64,
    bytes: Vec<u8>,
    failure: Option<io::Error>,
}

impl Lookahead for Ahead<'_, '_> {
    fn look(&mut self, count: usize) -> (&[u8], bool) {
        let left = usize::try_from(self.end - self.offset).unwrap_or(usize::MAX);
        if let Err(error) = self.handle.fill(&mut self.bytes, self.offset, count.min(left)) {
            self.bytes.clear();
            self.failure = Some(error);
        }
        (&self.bytes, count >= left)
    }
}

/// The shape of what begins at an offset of a plain source.
pub(crate) fn shape_at(handle: &Handle<'_>, offset: u64, end: u64) -> io::Result<Shape> {
    let mut ahead = Ahead { handle, offset, end, bytes: Vec::new(), failure: None };
    let found = shape(&mut ahead);
    ahead.failure.map_or(Ok(found), Err)
}

/// Reads the lines that begin in a block into `part`. It stops before a value over many lines.
///
/// `buffer` is memory from an earlier block: fresh memory costs more than what is read into it.
pub(crate) fn read_block<C: Collector>(
    source: &Source,
    block: Block,
    shared: &Shared<'_, C>,
    buffer: &mut Vec<u8>,
    part: &mut C::Part,
) -> Result<Outcome, ReadError> {
    let failed = |error| ReadError::Source(source.unreadable(error));
    let handle = &source.open_growing()?;
    let mut worker = Worker::new(shared, block.source, block.start, part);
    // The byte before tells whether a line begins with the block.
    let from = if block.start > block.first { block.start - 1 } else { block.start };
    let own = usize::try_from(block.end - from).unwrap_or(usize::MAX);
    buffer.reserve((own + TAIL).saturating_sub(buffer.len()));
    handle.fill(buffer, from, own).map_err(failed)?;
    let before = usize::try_from(block.start - from).unwrap_or(0);
    // Of a file that is cut while it is read there may be less.
    let own = own.min(buffer.len()).max(before);
    // Without the end of a line nothing begins in the block.
    let mut at = if before == 0 { 0 } else { memchr(b'\n', buffer).unwrap_or(own) + 1 };
    // The end of the line that the block begins in counts.
    let mut line = u64::from(at > before);
    while at < own {
        let end =
            match find_line_end(handle, block, from, buffer, at, longest_line(shared.settings)) {
                Err(error) => return Err(failed(error)),
                Ok(LineEnd::At(end)) => end,
                Ok(LineEnd::TooFar) => {
                    let offset = from + at as u64;
                    let beginning = buffer.get(at..).unwrap_or_default();
                    if !is_one_record(beginning) {
                        worker.outcome.holds_document = true;
                        break;
                    }
                    let length = line_length(handle, block, offset).map_err(failed)?;
                    let context = Context { line: Some(line), container: None };
                    worker.refuse(
                        offset,
                        context,
                        Refusal::too_large(length, shared.settings, beginning),
                    );
                    at += usize::try_from(length + 1).unwrap_or(usize::MAX - at);
                    line += 1;
                    continue;
                }
            };
        let bytes = buffer.get(at..end).unwrap_or_default();
        let offset = from + at as u64;
        let asks = may_continue(bytes);
        if asks && shape_at(handle, offset, block.source_end).map_err(failed)? == Shape::Document {
            worker.outcome.holds_document = true;
            break;
        }
        worker.line(bytes, offset, line, false);
        at = end + 1;
        line += 1;
    }
    // The end of a line that goes on behind the block is counted there, and the last line of a source may have none.
    worker.outcome.lines = Some(line - u64::from(at > own));
    worker.finish()
}

enum LineEnd {
    At(usize),
    TooFar,
}

fn find_line_end(
    handle: &Handle<'_>,
    block: Block,
    from: u64,
    buffer: &mut Vec<u8>,
    at: usize,
    longest: usize,
) -> io::Result<LineEnd> {
    let mut searched = at;
    loop {
        if let Some(found) = memchr(b'\n', buffer.get(searched..).unwrap_or_default()) {
            return Ok(LineEnd::At(searched + found));
        }
        searched = buffer.len();
        if searched - at > longest {
            return Ok(LineEnd::TooFar);
        }
        let offset = from + searched as u64;
        let left = usize::try_from(block.source_end - offset).unwrap_or(usize::MAX);
        // Longer lines are read in longer steps.
        let count = TAIL.max((searched - at) / 2).min(left);
        if count == 0 || handle.append(buffer, offset, count)? == 0 {
            return Ok(LineEnd::At(buffer.len()));
        }
    }
}

/// The length of a line that is too long to be read as a whole.
fn line_length(handle: &Handle<'_>, block: Block, offset: u64) -> io::Result<u64> {
    let mut buffer = Vec::new();
    let mut at = offset;
    while at < block.source_end {
        let left = usize::try_from(block.source_end - at).unwrap_or(usize::MAX);
        handle.fill(&mut buffer, at, left.min(1 << 20))?;
        if buffer.is_empty() {
            break;
        }
        if let Some(end) = memchr(b'\n', &buffer) {
            return Ok(at + end as u64 - offset);
        }
        at += buffer.len() as u64;
    }
    Ok(at - offset)
}
