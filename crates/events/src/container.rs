//! Finds the records in arrays, batches and captured POSTs, whatever their size.
//!
//! A walk looks at the structure only and hands out each record as soon as it has ended, so that an array of any
//! length needs the memory of one record. Whether an object is an event or holds events is told by the keys
//! that come first: see [`EVENT_KEYS`].

use std::ops::ControlFlow;

use crate::json::{decode_char, decode_inner};
use crate::scan::{Step, ValueScan, is_space};

/// An object in which one of these keys comes before `events` and `body` is an event.
pub(crate) const EVENT_KEYS: [&[u8]; 4] =
    [b"\"event_id\"", b"\"kind\"", b"\"started_at\"", b"\"actor_id\""];

/// The longest body that a captured POST may hold as a text.
const LONGEST_TEXT_BODY: usize = 64 << 20;

/// Bytes to walk over.
pub(crate) trait Feed: Sized {
    /// Bytes that are at hand; none only at the end.
    fn window(&mut self) -> &[u8];
    /// Moves on by so many bytes of the window.
    fn consume(&mut self, count: usize);
    /// Where the window begins.
    fn offset(&self) -> u64;
    /// Keeps what is consumed from here on, at least up to the longest record.
    fn keep(&mut self);
    /// What was kept.
    fn kept(&self) -> &[u8];
    /// Another reader of the same bytes from here on.
    fn fork(&mut self) -> Option<Self>;
}

/// One record that a walk found.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// Its JSON, or as much of it as was kept of one that is too large.
    pub(crate) bytes: &'a [u8],
    /// What stands for it in the source, where that is escaped.
    pub(crate) escaped: Option<&'a [u8]>,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) in_container: bool,
    /// The version of its batch, where that is another than 1.
    pub(crate) other_version: Option<&'a str>,
}

/// Takes what a walk finds.
pub(crate) trait Sink {
    /// Takes a record; breaks where the container is broken by what the record holds.
    fn record(&mut self, found: Found<'_>) -> ControlFlow<()>;
}

/// Why a walk ended before its value did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The sink wanted no more.
    Stopped,
    /// The structure is broken.
    Broken {
        at: u64,
        /// Whether it was clear by then that this is a container.
        in_container: bool,
        message: &'static str,
    },
}

/// Where a value stands, which decides what it may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    /// An element of an array at the top.
    Element,
    /// The body of a captured POST.
    Body,
}

/// Walks over one value.
pub(crate) struct Walk<'w, F> {
    feed: &'w mut F,
    sink: &'w mut dyn Sink,
    in_container: bool,
}

impl<'w, F: Feed> Walk<'w, F> {
    pub(crate) fn new(feed: &'w mut F, sink: &'w mut dyn Sink) -> Self {
        Self { feed, sink, in_container: false }
    }

    /// Walks over the next value and says whether it was a container.
    pub(crate) fn value(mut self) -> Result<bool, Halt> {
        self.level(Level::Top)?;
        Ok(self.in_container)
    }

    fn level(&mut self, level: Level) -> Result<(), Halt> {
        match next_byte(self.feed) {
            None => Ok(()),
            Some(b'[') if level != Level::Element => self.array(level == Level::Top, None),
            Some(b'{') => self.object(level),
            Some(_) => self.plain(None),
        }
    }

    /// An array; its elements may be containers themselves only where `deeper` says so.
    fn array(&mut self, deeper: bool, other_version: Option<&str>) -> Result<(), Halt> {
        self.in_container = true;
        self.feed.consume(1);
        if next_byte(self.feed) == Some(b']') {
            self.feed.consume(1);
            return Ok(());
        }
        loop {
            match next_byte(self.feed) {
                None => return Err(self.broken("it ends within an array")),
                Some(b']' | b',' | b'}' | b':') => return Err(self.broken("a value is missing")),
                Some(_) if deeper => self.level(Level::Element)?,
                Some(_) => self.plain(other_version)?,
            }
            match next_byte(self.feed) {
                Some(b',') => self.feed.consume(1),
                Some(b']') => {
                    self.feed.consume(1);
                    return Ok(());
                }
                None => return Err(self.broken("it ends within an array")),
                Some(_) => return Err(self.broken("a comma or the end of the array is missing")),
            }
        }
    }

    fn object(&mut self, level: Level) -> Result<(), Halt> {
        let start = self.feed.offset();
        let was_in_container = self.in_container;
        self.feed.keep();
        self.feed.consume(1);
        let mut version = None;
        // A container hands its records out by itself.
        let mut is_container = false;
        if next_byte(self.feed) == Some(b'}') {
            self.feed.consume(1);
            return self.emit(start, None);
        }
        loop {
            let key = self.key()?;
            let next = next_byte(self.feed);
            if EVENT_KEYS.contains(&key.as_slice()) && !is_container {
                self.in_container = was_in_container;
                scan(self.feed, ValueScan::within_object(), |_| {})
                    .map_err(|halt| self.mark(halt))?;
                return self.emit(start, None);
            }
            match (key.as_slice(), next) {
                (b"\"schema_version\"", _) => {
                    version = Some(self.version()?);
                    // Only batches say their version.
                    self.in_container = true;
                }
                (b"\"events\"", Some(b'[')) => {
                    is_container = true;
                    let found = version.take().or_else(|| version_ahead(self.feed));
                    let other = found.flatten();
                    self.array(false, other.as_deref())?;
                }
                (b"\"body\"", Some(b'{' | b'[')) if level != Level::Body => {
                    is_container = true;
                    self.in_container = true;
                    self.level(Level::Body)?;
                }
                (b"\"body\"", Some(b'"')) if level != Level::Body => {
                    is_container = true;
                    self.in_container = true;
                    self.text_body()?;
                }
                _ => scan(self.feed, ValueScan::new(), |_| {}).map_err(|halt| self.mark(halt))?,
            }
            match next_byte(self.feed) {
                Some(b',') => self.feed.consume(1),
                Some(b'}') => {
                    self.feed.consume(1);
                    break;
                }
                None => return Err(self.broken("it ends within an object")),
                Some(_) => return Err(self.broken("a comma or the end of the object is missing")),
            }
        }
        if is_container {
            return Ok(());
        }
        self.in_container = was_in_container;
        self.emit(start, None)
    }

    /// The key and colon of a member; long keys are cut.
    fn key(&mut self) -> Result<Vec<u8>, Halt> {
        const LONGEST_KEY: usize = 64;
        if next_byte(self.feed) != Some(b'"') {
            return Err(self.broken("a key is missing"));
        }
        let mut key = Vec::new();
        let keep = |piece: &[u8]| {
            let room = LONGEST_KEY.saturating_sub(key.len());
            key.extend_from_slice(piece.get(..room).unwrap_or(piece));
        };
        scan(self.feed, ValueScan::new(), keep).map_err(|halt| self.mark(halt))?;
        if next_byte(self.feed) != Some(b':') {
            return Err(self.broken("a colon is missing"));
        }
        self.feed.consume(1);
        Ok(key)
    }

    fn version(&mut self) -> Result<Option<String>, Halt> {
        read_version(self.feed).map_err(|halt| self.mark(halt))
    }

    fn plain(&mut self, other_version: Option<&str>) -> Result<(), Halt> {
        let start = self.feed.offset();
        self.feed.keep();
        scan(self.feed, ValueScan::new(), |_| {}).map_err(|halt| self.mark(halt))?;
        self.emit(start, other_version)
    }

    /// A body that is a text: its JSON is escaped once more.
    fn text_body(&mut self) -> Result<(), Halt> {
        let start = self.feed.offset();
        let mut json = Vec::new();
        let mut length = 0_usize;
        let keep = |piece: &[u8]| {
            length += piece.len();
            if length <= LONGEST_TEXT_BODY {
                json.extend_from_slice(piece);
            }
        };
        self.feed.keep();
        scan(self.feed, ValueScan::new(), keep).map_err(|halt| self.mark(halt))?;
        let inner = json
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_suffix(b"\""))
            .filter(|_| length <= LONGEST_TEXT_BODY)
            .and_then(|inner| std::str::from_utf8(inner).ok());
        let Some((inner, text)) = inner.and_then(|inner| Some((inner, decode_inner(inner)?)))
        else {
            // Whatever is wrong with it: the judge of records names it.
            return self.emit(start, None);
        };
        let mut feed = Slice::new(text.as_bytes(), 0);
        let mut sink = Unescaping { sink: self.sink, escaped: inner, base: start + 1, at: (0, 0) };
        let mut walk = Walk { feed: &mut feed, sink: &mut sink, in_container: true };
        let walked = walk.level(Level::Body).and_then(|()| match next_byte(walk.feed) {
            None => Ok(()),
            Some(_) => Err(walk.broken("more follows after the value")),
        });
        walked.map_err(|halt| match halt {
            Halt::Broken { at, in_container, message } => Halt::Broken {
                at: start + 1 + sink.escaped_offset(at) as u64,
                in_container,
                message,
            },
            Halt::Stopped => Halt::Stopped,
        })
    }

    fn emit(&mut self, start: u64, other_version: Option<&str>) -> Result<(), Halt> {
        let found = Found {
            bytes: self.feed.kept(),
            escaped: None,
            offset: start,
            length: self.feed.offset() - start,
            in_container: self.in_container,
            other_version,
        };
        match self.sink.record(found) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Stopped),
        }
    }

    fn broken(&self, message: &'static str) -> Halt {
        Halt::Broken { at: self.feed.offset(), in_container: self.in_container, message }
    }

    fn mark(&self, mut halt: Halt) -> Halt {
        if let Halt::Broken { in_container, .. } = &mut halt {
            *in_container = self.in_container;
        }
        halt
    }
}

/// The next byte that is no white space.
fn next_byte<F: Feed>(feed: &mut F) -> Option<u8> {
    loop {
        let window = feed.window();
        let first = window.iter().position(|byte| !is_space(*byte));
        let byte = first.and_then(|at| window.get(at).copied());
        let skipped = first.unwrap_or(window.len());
        if window.is_empty() {
            return None;
        }
        feed.consume(skipped);
        if byte.is_some() {
            return byte;
        }
    }
}

fn scan<F: Feed>(
    feed: &mut F,
    mut scan: ValueScan,
    mut taken: impl FnMut(&[u8]),
) -> Result<(), Halt> {
    let broken = |at, message| Halt::Broken { at, in_container: false, message };
    loop {
        let window = feed.window();
        if window.is_empty() {
            let ended = scan.may_end();
            return if ended {
                Ok(())
            } else {
                Err(broken(feed.offset(), "it ends within a value"))
            };
        }
        let step = scan.feed(window);
        let count = match step {
            Step::More => window.len(),
            Step::Done(count) | Step::Broken(count) => count,
        };
        taken(window.get(..count).unwrap_or_default());
        feed.consume(count);
        match step {
            Step::More => {}
            Step::Done(_) => return Ok(()),
            Step::Broken(_) => {
                return Err(broken(feed.offset(), "no JSON value goes on like this"));
            }
        }
    }
}

/// Reads a `schema_version`: none where it is 1 or null, else as it stands there.
fn read_version<F: Feed>(feed: &mut F) -> Result<Option<String>, Halt> {
    const LONGEST_VERSION: usize = 64;
    let mut json = Vec::new();
    next_byte(feed);
    scan(feed, ValueScan::new(), |piece| {
        let room = LONGEST_VERSION.saturating_sub(json.len());
        json.extend_from_slice(piece.get(..room).unwrap_or(piece));
    })?;
    let text = String::from_utf8_lossy(&json).into_owned();
    #[expect(clippy::float_cmp, reason = "1.0 is 1, and nothing else is")]
    let is_one = text == "null" || text.parse::<f64>().is_ok_and(|number| number == 1.0);
    Ok(if is_one { None } else { Some(text) })
}

/// The version of a batch whose `events` come first; none where the batch names none or breaks off before.
fn version_ahead<F: Feed>(feed: &mut F) -> Option<Option<String>> {
    let mut ahead = feed.fork()?;
    scan(&mut ahead, ValueScan::new(), |_| {}).ok()?;
    while next_byte(&mut ahead) == Some(b',') {
        ahead.consume(1);
        next_byte(&mut ahead);
        let mut key = Vec::new();
        scan(&mut ahead, ValueScan::new(), |piece| key.extend_from_slice(piece)).ok()?;
        if next_byte(&mut ahead) != Some(b':') {
            return None;
        }
        ahead.consume(1);
        if key == b"\"schema_version\"" {
            return read_version(&mut ahead).ok();
        }
        next_byte(&mut ahead);
        scan(&mut ahead, ValueScan::new(), |_| {}).ok()?;
    }
    None
}

/// Bytes in memory.
#[derive(Clone, Debug)]
pub(crate) struct Slice<'a> {
    bytes: &'a [u8],
    base: u64,
    at: usize,
    kept_from: usize,
}

impl<'a> Slice<'a> {
    /// Bytes that stand at an offset of their source.
    pub(crate) const fn new(bytes: &'a [u8], base: u64) -> Self {
        Self { bytes, base, at: 0, kept_from: 0 }
    }
}

impl Feed for Slice<'_> {
    fn window(&mut self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
    fn consume(&mut self, count: usize) {
        self.at += count;
    }
    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }
    fn keep(&mut self) {
        self.kept_from = self.at;
    }
    fn kept(&self) -> &[u8] {
        self.bytes.get(self.kept_from..self.at).unwrap_or_default()
    }
    fn fork(&mut self) -> Option<Self> {
        Some(self.clone())
    }
}

/// Turns places in an unescaped text into places in the source.
struct Unescaping<'s> {
    sink: &'s mut dyn Sink,
    escaped: &'s str,
    base: u64,
    /// How far both texts were compared: unescaped and escaped bytes.
    at: (u64, usize),
}

impl Unescaping<'_> {
    fn escaped_offset(&mut self, unescaped: u64) -> usize {
        if unescaped < self.at.0 {
            self.at = (0, 0);
        }
        while self.at.0 < unescaped {
            let rest = self.escaped.get(self.at.1..).unwrap_or_default();
            let Some((length, decoded)) = decode_char(rest) else { break };
            self.at.0 += decoded.len_utf8() as u64;
            self.at.1 += length;
        }
        self.at.1
    }
}

impl Sink for Unescaping<'_> {
    fn record(&mut self, found: Found<'_>) -> ControlFlow<()> {
        let start = self.escaped_offset(found.offset);
        let end = self.escaped_offset(found.offset + found.length);
        self.sink.record(Found {
            escaped: self.escaped.get(start..end).map(str::as_bytes),
            offset: self.base + start as u64,
            length: (end - start) as u64,
            ..found
        })
    }
}

/// How far it is from a member's value to the end of its object, where that is within the bytes.
pub(crate) fn object_length(from_value: &[u8]) -> Option<usize> {
    let mut feed = Slice::new(from_value, 0);
    scan(&mut feed, ValueScan::new(), |_| {}).ok()?;
    scan(&mut feed, ValueScan::within_object(), |_| {}).ok()?;
    Some(feed.at)
}

/// Whether the bytes begin a container, as far as they show it.
pub(crate) fn begins_container(prefix: &[u8]) -> bool {
    struct Nothing;
    impl Sink for Nothing {
        fn record(&mut self, _: Found<'_>) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let mut feed = Slice::new(prefix, 0);
    let mut walk = Walk { feed: &mut feed, sink: &mut Nothing, in_container: false };
    // The first record ends the walk; by then it is clear where that record stands.
    let walked = walk.level(Level::Top);
    walk.in_container || matches!(walked, Err(Halt::Broken { in_container: true, .. }))
}

#[cfg(test)]
mod tests;
