//! A source from front to back: what is packed, or holds values over many lines. Its blocks are judged in
//! parallel beside the reading.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use memchr::memchr;
use rayon::Scope;

use crate::blocks::{is_one_record, longest_line};
use crate::container::{Feed, Found, Halt, Sink, Walk};
use crate::scan::is_space;
use crate::shape::{Shape, may_continue, shape};
use crate::stream::Stream;
use crate::work::{Context, Gathered, Outcome, Refused, Shared, Worker, container_broken};
use crate::{Collector, ReadError, Refusal};

/// Bytes at hand below which more are read: moving what is left over then costs little.
const LOW: usize = 256 << 10;

/// Outcomes of one source as they come in, in any order.
pub(crate) struct Outcomes<P> {
    pub(crate) blocks: Mutex<Vec<Result<(Outcome, P), ReadError>>>,
}

impl<P> Default for Outcomes<P> {
    fn default() -> Self {
        Self { blocks: Mutex::new(Vec::new()) }
    }
}

impl<P> Outcomes<P> {
    fn add(&self, outcome: Result<Outcome, ReadError>, part: P) {
        // A thread that panicked ends the reading anyway.
        if let Ok(mut blocks) = self.blocks.lock() {
            blocks.push(outcome.map(|outcome| (outcome, part)));
        }
    }
}

/// Who judges a block: threads beside this one while few blocks wait, else this thread itself. So the
/// memory of waiting blocks is bounded and no thread ever waits for another.
pub(crate) struct Dispatch<'d, 'scope> {
    pub(crate) scope: Option<&'d Scope<'scope>>,
    pub(crate) waiting: &'scope AtomicUsize,
    pub(crate) at_most: usize,
}

impl<'scope> Dispatch<'_, 'scope> {
    fn run(&self, job: impl FnOnce() + Send + 'scope) {
        match self.scope {
            Some(scope) if self.waiting.load(Ordering::Acquire) < self.at_most => {
                let waiting = self.waiting;
                waiting.fetch_add(1, Ordering::AcqRel);
                scope.spawn(move |_| {
                    job();
                    waiting.fetch_sub(1, Ordering::AcqRel);
                });
            }
            _ => job(),
        }
    }
}

/// Reads a stream to its end.
pub(crate) struct Sequential<'d, 'scope, C: Collector> {
    pub(crate) shared: &'scope Shared<'scope, C>,
    pub(crate) outcomes: &'scope Outcomes<C::Part>,
    pub(crate) dispatch: Dispatch<'d, 'scope>,
    pub(crate) source: u32,
    /// Where the first line of the source begins.
    pub(crate) first: u64,
    pub(crate) gathered: Gathered,
    pub(crate) containers: u32,
    /// Refusals of containers as a whole.
    pub(crate) marks: Vec<Refused>,
}

/// What stands behind the lines of a block.
enum Next {
    Block,
    Document,
    LongLine,
    NeedMore,
}

impl<'scope, C: Collector> Sequential<'_, 'scope, C> {
    /// Reads everything; the refusals that it returns belong to no block. A stream that fails keeps its error.
    pub(crate) fn read(mut self, stream: &mut Stream<'_>) -> Vec<Refused> {
        let mut wanted = self.shared.block_bytes;
        loop {
            if stream.ahead().len() < wanted.min(LOW.max(wanted / 4)) {
                stream.fill(wanted);
            }
            if stream.ahead().is_empty() {
                break;
            }
            let (taken, next) = self.take_lines(stream);
            self.judge_lines(stream, taken);
            match next {
                Next::NeedMore => {
                    wanted = stream.ahead().len().max(wanted).saturating_mul(2);
                    stream.fill(wanted);
                    continue;
                }
                Next::Block => {}
                Next::Document => {
                    if !self.walk(stream, None) {
                        break;
                    }
                }
                Next::LongLine => self.long_line(stream),
            }
            wanted = self.shared.block_bytes;
        }
        self.flush(None);
        if let Some(error) = stream.failure() {
            let message = format!("the stream is damaged or cut off ({error})");
            let offset = stream.offset() + stream.ahead().len() as u64;
            // One break is told once: a container that was open when the stream ended is that break.
            if !self.marks.iter().any(|mark| mark.offset == offset) {
                let refusal = container_broken(&message, None);
                self.marks.push(Refused { offset, line: None, container: None, refusal });
            }
        }
        self.marks
    }

    /// How many bytes of the stream are lines by themselves, and what follows.
    fn take_lines(&self, stream: &mut Stream<'_>) -> (usize, Next) {
        let mut taken = 0;
        while taken < self.shared.block_bytes {
            let rest = stream.ahead().get(taken..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let count = match memchr(b'\n', rest) {
                Some(end) => end + 1,
                None if stream.is_all() => rest.len(),
                None if taken > 0 => break,
                None if rest.len() > longest_line(self.shared.settings) => {
                    return (0, Next::LongLine);
                }
                None => return (0, Next::NeedMore),
            };
            if count > longest_line(self.shared.settings) {
                return (taken, Next::LongLine);
            }
            let is_first = stream.offset() + taken as u64 == self.first;
            let line = rest.get(..count).unwrap_or_default();
            let asks =
                may_continue(line) || (is_first && matches!(line.first(), Some(b'{' | b'[')));
            if asks && shape(&mut stream.behind(taken)) == Shape::Document {
                return (taken, Next::Document);
            }
            taken += count;
        }
        (taken, Next::Block)
    }

    fn judge_lines(&mut self, stream: &mut Stream<'_>, taken: usize) {
        if taken == 0 {
            return;
        }
        self.flush(None);
        let bytes = stream.ahead().get(..taken).unwrap_or_default().to_vec();
        let (offset, first_line) = (stream.offset(), stream.lines() + 1);
        stream.consume(taken);
        // Whatever is wrong with a line in which the stream breaks off, it is the stream that is broken.
        let is_cut = stream.failure().is_some() && stream.ahead().is_empty();
        let (shared, outcomes, source) = (self.shared, self.outcomes, self.source);
        self.dispatch.run(move || {
            let mut part = shared.collector.begin();
            let mut worker = Worker::new(shared, source, offset, &mut part);
            let (mut at, mut line) = (0, first_line);
            while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
                let end = memchr(b'\n', rest);
                let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                worker.line(text, offset + at as u64, line, is_cut && end.is_none());
                at += text.len() + 1;
                line += 1;
            }
            let outcome = worker.finish();
            outcomes.add(outcome, part);
        });
    }

    /// Hands what was gathered to a worker. `open` is the container that goes on afterwards.
    fn flush(&mut self, open: Option<u32>) {
        let next = Gathered { continues: open, ..Gathered::default() };
        let gathered = std::mem::replace(&mut self.gathered, next);
        if gathered.items.is_empty() {
            return;
        }
        let (shared, outcomes, source) = (self.shared, self.outcomes, self.source);
        self.dispatch.run(move || {
            let mut part = shared.collector.begin();
            let mut worker = Worker::new(shared, source, gathered.offset(), &mut part);
            gathered.judge(&mut worker);
            let outcome = worker.finish();
            outcomes.add(outcome, part);
        });
    }

    /// A line that is too long to be read as a whole.
    fn long_line(&mut self, stream: &mut Stream<'_>) {
        let line = stream.lines() + 1;
        let bound = longest_line(self.shared.settings);
        let beginning = stream.ahead().get(..bound).unwrap_or_else(|| stream.ahead());
        if is_one_record(beginning) {
            let within = self.shared.settings.max_event_bytes.min(beginning.len());
            let prefix = beginning.get(..within).unwrap_or_default().to_vec();
            let offset = stream.offset();
            stream.stop_at_line_end(true);
            loop {
                let count = stream.window().len();
                if count == 0 {
                    break;
                }
                stream.consume(count);
            }
            stream.stop_at_line_end(false);
            let length = stream.offset() - offset;
            if stream.failure().is_none() || !stream.ahead().is_empty() {
                let refusal = Refusal::too_large(length, self.shared.settings, &prefix);
                self.marks.push(Refused { offset, line: Some(line), container: None, refusal });
            }
        } else {
            stream.stop_at_line_end(true);
            while !stream.window().is_empty() {
                if !self.walk(stream, Some(line)) {
                    break;
                }
                skip_space(stream);
            }
            stream.stop_at_line_end(false);
        }
        stream.skip_line();
    }

    /// Walks over one value and says whether the stream can be read on behind it.
    fn walk(&mut self, stream: &mut Stream<'_>, line: Option<u64>) -> bool {
        self.containers += 1;
        let container = self.containers;
        let context = Context { line, container: Some(container) };
        let offset = stream.offset();
        let result = {
            let mut sink = Gathering { sequential: self, context };
            Walk::new(stream, &mut sink).value()
        };
        if self.gathered.continues == Some(container) {
            // What follows the container must not go with it where it is broken.
            self.flush(None);
            self.gathered.continues = None;
        }
        let is_end = stream.failure().is_some() && stream.ahead().is_empty();
        match result {
            Ok(_) => {
                if line.is_none() {
                    skip_line_end(stream);
                }
                true
            }
            Err(Halt::Stopped) => false,
            Err(Halt::Broken { at, in_container: true, message }) => {
                let refusal = container_broken(message, None);
                self.marks.push(Refused { offset: at, line, container: Some(container), refusal });
                false
            }
            // The stream is broken, not the record.
            Err(Halt::Broken { in_container: false, .. }) if is_end => false,
            Err(Halt::Broken { in_container: false, .. }) => {
                let found = Found {
                    bytes: stream.kept(),
                    escaped: None,
                    offset,
                    length: stream.offset() - offset,
                    in_container: false,
                    other_version: None,
                };
                self.gathered.add(&found, Context { line, container: None });
                line.is_none() && next_value(stream)
            }
        }
    }
}

struct Gathering<'g, 'd, 'scope, C: Collector> {
    sequential: &'g mut Sequential<'d, 'scope, C>,
    context: Context,
}

impl<C: Collector> Sink for Gathering<'_, '_, '_, C> {
    fn record(&mut self, found: Found<'_>) -> ControlFlow<()> {
        let context = Context {
            container: self.context.container.filter(|_| found.in_container),
            ..self.context
        };
        self.sequential.gathered.add(&found, context);
        if self.sequential.gathered.bytes.len() >= self.sequential.shared.block_bytes {
            self.sequential.flush(context.container);
        }
        ControlFlow::Continue(())
    }
}

fn skip_space(stream: &mut Stream<'_>) {
    loop {
        let window = stream.window();
        let count = window.iter().take_while(|byte| is_space(**byte)).count();
        if count == 0 {
            return;
        }
        stream.consume(count);
    }
}

/// Skips white space up to the end of the line, and that.
fn skip_line_end(stream: &mut Stream<'_>) {
    while let Some(&byte) = stream.window().first() {
        if !is_space(byte) {
            return;
        }
        stream.consume(1);
        if byte == b'\n' {
            return;
        }
    }
}

/// Moves to the next line that begins with a value: behind a broken value nothing else can be trusted.
fn next_value(stream: &mut Stream<'_>) -> bool {
    loop {
        // The break may stand at the very end of a line.
        stream.skip_line();
        match stream.window().first() {
            None => return false,
            Some(b'{' | b'[') => return true,
            Some(_) => {}
        }
    }
}
