//! One block of a source: its records judged, the good ones collected.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::IgnoredAny;

use crate::container::{Feed, Found, Halt, Sink, Slice, Walk};
use crate::parse::parse_record;
use crate::scan::{is_space, trim, trim_line, value_length};
use crate::small::SmallParts;
use crate::source::temporary_error;
use crate::spill::{Run, SpillBuffer, SpillFile};
use crate::{Collector, Event, Place, Progress, ReadError, ReadSettings, Refusal, RejectionReason};

/// What all blocks of a reading share.
pub(crate) struct Shared<'r, C: Collector> {
    pub(crate) settings: &'r ReadSettings,
    pub(crate) collector: &'r C,
    pub(crate) spill: Option<&'r SpillFile>,
    pub(crate) block_bytes: usize,
    pub(crate) progress: &'r Counter<'r>,
    pub(crate) small: SmallParts<C::Part>,
}

/// How far the reading is.
pub(crate) struct Counter<'r> {
    pub(crate) bytes: AtomicU64,
    pub(crate) total: Option<u64>,
    pub(crate) events: AtomicU64,
    pub(crate) report: &'r (dyn Fn(Progress) + Sync),
}

impl Counter<'_> {
    pub(crate) fn report(&self) {
        (self.report)(Progress {
            bytes_read: self.bytes.load(Ordering::Relaxed),
            bytes_total: self.total,
            events: self.events.load(Ordering::Relaxed),
        });
    }
}

/// A refused record; its line is counted from the first line of the block, or from 1 where the block says so.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) offset: u64,
    pub(crate) line: Option<u64>,
    pub(crate) container: Option<u32>,
    pub(crate) refusal: Refusal,
}

/// What one block gave beside its events.
pub(crate) struct Outcome {
    pub(crate) offset: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: Vec<Refused>,
    pub(crate) runs: Vec<Run>,
    /// Line ends in the block, where its lines are counted from its start.
    pub(crate) lines: Option<u64>,
    /// The container of which all its records are later elements.
    pub(crate) continues: Option<u32>,
    /// Whether a value over many lines begins in the block, which then was read up to it.
    pub(crate) holds_document: bool,
}

/// Judges the records of one block.
pub(crate) struct Worker<'r, C: Collector> {
    shared: &'r Shared<'r, C>,
    source: u32,
    spill: SpillBuffer,
    broken: Option<u32>,
    part: &'r mut C::Part,
    pub(crate) outcome: Outcome,
}

/// Where a record stands beside its place.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context {
    pub(crate) line: Option<u64>,
    /// The container over several blocks that holds the record.
    pub(crate) container: Option<u32>,
}

impl<'r, C: Collector> Worker<'r, C> {
    /// One whose events go into `part`.
    pub(crate) fn new(
        shared: &'r Shared<'r, C>,
        source: u32,
        offset: u64,
        part: &'r mut C::Part,
    ) -> Self {
        let outcome = Outcome {
            offset,
            accepted: 0,
            refused: Vec::new(),
            runs: Vec::new(),
            lines: None,
            continues: None,
            holds_document: false,
        };
        Self { shared, source, spill: SpillBuffer::default(), broken: None, part, outcome }
    }

    /// Writes what is to be spilled and gives the outcome.
    pub(crate) fn finish(mut self) -> Result<Outcome, ReadError> {
        if let Some(spill) = self.shared.spill {
            self.outcome.runs = spill.write(self.spill).map_err(temporary_error)?;
        }
        self.shared.progress.events.fetch_add(self.outcome.accepted, Ordering::Relaxed);
        self.shared.progress.report();
        Ok(self.outcome)
    }

    pub(crate) fn refuse(&mut self, offset: u64, context: Context, refusal: Refusal) {
        let Context { line, container } = context;
        self.outcome.refused.push(Refused { offset, line, container, refusal });
    }

    fn accept(&mut self, event: &Event<'_>, found: &Found<'_>) {
        let (Ok(length), offset) = (u32::try_from(found.length), found.offset) else { return };
        let place = Place { source: self.source, length, offset };
        self.shared.collector.add(self.part, event, found.bytes, place);
        self.outcome.accepted += 1;
        if self.shared.spill.is_some() {
            self.spill.add(place, found.escaped.unwrap_or(found.bytes));
        }
    }

    /// Judges one record; breaks where it breaks its container.
    pub(crate) fn record(&mut self, found: &Found<'_>, context: Context) -> ControlFlow<()> {
        if context.container.is_some() && context.container == self.broken {
            return ControlFlow::Break(());
        }
        let settings = self.shared.settings;
        let bound = u32::try_from(settings.max_event_bytes).unwrap_or(u32::MAX);
        let refusal = if found.length > u64::from(bound)
            || found.bytes.len() > settings.max_event_bytes
        {
            Refusal::too_large(found.length.max(found.bytes.len() as u64), settings, found.bytes)
        } else if let Some(version) = found.other_version {
            refuse_version(found.bytes, version, settings)
        } else {
            match Event::parse(found.bytes, settings) {
                Ok(event) => {
                    self.accept(&event, found);
                    return ControlFlow::Continue(());
                }
                Err(refusal) => refusal,
            }
        };
        if found.in_container && refusal.reason == RejectionReason::InvalidJson {
            self.broken = context.container;
            self.refuse(found.offset, context, container_broken(&refusal.detail, refusal.event_id));
            return ControlFlow::Break(());
        }
        self.refuse(found.offset, context, refusal);
        ControlFlow::Continue(())
    }

    /// Judges one line. `is_cut` says that the source breaks off within it, for which it is not to blame.
    pub(crate) fn line(&mut self, bytes: &[u8], offset: u64, line: u64, is_cut: bool) {
        let (record, skipped) = trim_line(bytes);
        if record.is_empty() {
            return;
        }
        let offset = offset + skipped as u64;
        let refused_before = self.outcome.refused.len();
        self.trimmed_line(record, offset, Context { line: Some(line), container: None });
        if is_cut {
            let cut = [
                RejectionReason::InvalidJson,
                RejectionReason::InvalidUtf8,
                RejectionReason::ContainerBroken,
                RejectionReason::TooLarge,
            ];
            let mut index = 0;
            self.outcome.refused.retain(|refused| {
                index += 1;
                index <= refused_before || !cut.contains(&refused.refusal.reason)
            });
        }
    }

    fn trimmed_line(&mut self, record: &[u8], offset: u64, context: Context) {
        let settings = self.shared.settings;
        let line = Found {
            bytes: record,
            escaped: None,
            offset,
            length: record.len() as u64,
            in_container: false,
            other_version: None,
        };
        if !names_container_first(record) && record.len() <= settings.max_event_bytes {
            match parse_record(record, settings) {
                Ok(Some(event)) => return self.accept(&event, &line),
                Ok(None) => {}
                // The text as a whole may be broken where only one record in it is.
                Err(refusal) if may_hold_records(record, &refusal) => {}
                Err(refusal) => return self.refuse(offset, context, refusal),
            }
        }
        for (start, value) in self.values(record) {
            let offset = offset + start as u64;
            let whole = Found { bytes: value, offset, length: value.len() as u64, ..line };
            let mut feed = Slice::new(value, offset);
            let mut sink = LineSink { worker: self, context, whole: &whole };
            match Walk::new(&mut feed, &mut sink).value() {
                Ok(true) => {
                    let end = feed.offset();
                    let (rest, skipped) = trim(feed.window());
                    if !rest.is_empty() {
                        let at = end + skipped as u64;
                        let detail = "more follows on the line after its value".to_owned();
                        self.refuse(
                            at,
                            context,
                            Refusal::of_bytes(RejectionReason::InvalidJson, detail, rest),
                        );
                    }
                }
                Ok(false) | Err(Halt::Stopped) => {}
                Err(Halt::Broken { at, in_container: true, message }) => {
                    self.refuse(at, context, container_broken(message, None));
                }
                Err(Halt::Broken { in_container: false, .. }) => {
                    let _ = self.record(&whole, context);
                }
            }
        }
    }

    /// The values of a line with their offsets: one, or several that follow each other without a break.
    fn values<'l>(&self, record: &'l [u8]) -> Vec<(usize, &'l [u8])> {
        let mut values = Vec::new();
        let mut start = 0;
        while let Some(rest) = record.get(start..).filter(|rest| !rest.is_empty()) {
            let length = value_length(rest).filter(|_| matches!(rest.first(), Some(b'{' | b'[')));
            let Some(length) = length else {
                // Not only values: the line is one record, broken or with more behind it.
                return vec![(0, record)];
            };
            values.push((start, rest.get(..length).unwrap_or_default()));
            start += length;
            start += trim(record.get(start..).unwrap_or_default()).1;
        }
        values
    }
}

/// Whether a refused line can still hold records that are fine by themselves.
fn may_hold_records(record: &[u8], refusal: &Refusal) -> bool {
    let by_bytes =
        matches!(refusal.reason, RejectionReason::InvalidJson | RejectionReason::InvalidUtf8);
    let by_depth =
        refusal.reason == RejectionReason::TooDeep || refusal.reason == RejectionReason::NotAnEvent;
    match record.first() {
        Some(b'[') => by_bytes || by_depth,
        Some(b'{') => by_bytes || refusal.reason == RejectionReason::TooDeep,
        _ => false,
    }
}

/// Whether the first key of an object is one that containers begin with.
fn names_container_first(record: &[u8]) -> bool {
    const FIRST: [&[u8]; 6] =
        [b"schema_version\"", b"events\"", b"received_at\"", b"headers\"", b"body\"", b"sdk\""];
    let Some(rest) = record.strip_prefix(b"{") else { return record.first() == Some(&b'[') };
    let start = rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
    let key = rest.get(start..).and_then(|rest| rest.strip_prefix(b"\""));
    key.is_some_and(|key| FIRST.iter().any(|name| key.starts_with(name)))
}

fn refuse_version(record: &[u8], version: &str, settings: &ReadSettings) -> Refusal {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(record) {
        let detail = format!("no JSON: {error} of the record");
        return Refusal::of_bytes(RejectionReason::InvalidJson, detail, record);
    }
    let event_id = match Event::parse(record, settings) {
        Ok(event) => Some(event.event_id.into_owned()),
        Err(refusal) => refusal.event_id,
    };
    let detail = format!("the batch has the schema_version {version}; only 1 is read");
    Refusal { reason: RejectionReason::UnsupportedSchemaVersion, event_id, detail }
}

/// The refusal of what follows in a broken container.
pub(crate) fn container_broken(message: &str, event_id: Option<String>) -> Refusal {
    let detail = format!("the container breaks off here: {message}; what came before counts");
    Refusal { reason: RejectionReason::ContainerBroken, event_id, detail }
}

struct LineSink<'w, 'r, C: Collector> {
    worker: &'w mut Worker<'r, C>,
    context: Context,
    whole: &'w Found<'w>,
}

impl<C: Collector> Sink for LineSink<'_, '_, C> {
    fn record(&mut self, found: Found<'_>) -> ControlFlow<()> {
        // A line that is one record is judged with all that stands on it.
        let judged = if found.in_container { &found } else { self.whole };
        self.worker.record(judged, self.context)
    }
}

/// Records that a walk found, gathered for a worker.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) items: Vec<Item>,
    pub(crate) continues: Option<u32>,
}

/// One gathered record.
pub(crate) struct Item {
    start: usize,
    end: usize,
    escaped_end: usize,
    offset: u64,
    length: u64,
    in_container: bool,
    other_version: Option<Arc<str>>,
    context: Context,
}

impl Gathered {
    pub(crate) fn add(&mut self, found: &Found<'_>, context: Context) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(found.bytes);
        let end = self.bytes.len();
        self.bytes.extend_from_slice(found.escaped.unwrap_or_default());
        self.items.push(Item {
            start,
            end,
            escaped_end: self.bytes.len(),
            offset: found.offset,
            length: found.length,
            in_container: found.in_container,
            other_version: found.other_version.map(Arc::from),
            context,
        });
    }

    pub(crate) fn offset(&self) -> u64 {
        self.items.first().map_or(0, |item| item.offset)
    }

    /// Judges everything that was gathered.
    pub(crate) fn judge<C: Collector>(&self, worker: &mut Worker<'_, C>) {
        worker.outcome.continues = self.continues;
        for item in &self.items {
            let escaped =
                self.bytes.get(item.end..item.escaped_end).filter(|escaped| !escaped.is_empty());
            let found = Found {
                bytes: self.bytes.get(item.start..item.end).unwrap_or_default(),
                escaped,
                offset: item.offset,
                length: item.length,
                in_container: item.in_container,
                other_version: item.other_version.as_deref(),
            };
            // After a break the worker passes over the rest of that container by itself.
            let _ = worker.record(&found, item.context);
        }
    }
}
