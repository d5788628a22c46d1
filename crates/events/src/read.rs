//! Reading many sources in parallel.

use std::io::Read;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::blocks::{Block, shape_at};
use crate::container::Feed;
use crate::open::open;
use crate::parallel::{BlocksRead, read_blocks};
use crate::scan::BYTE_ORDER_MARK;
use crate::sequential::{Dispatch, Outcomes, Sequential};
use crate::shape::Shape;
use crate::small::SmallParts;
use crate::source::{Packing, Source, temporary_file};
use crate::spill::{Run, SpillFile};
use crate::stream::Stream;
use crate::work::{Counter, Gathered, Outcome, Refused, Shared};
use crate::{
    Event, Input, Place, ReadError, ReadSettings, Rejection, RejectionReason, SourceError, Sources,
    TraceAccess,
};

/// Bytes of a source that one thread reads at a time: few enough to stay in its caches while they are read.
const BLOCK_BYTES: usize = 256 << 10;

/// Takes in the accepted events: each thread fills a part of its own for every source that it reads blocks of. Those of small sources
/// are put together where the collector can do that.
pub trait Collector: Sync {
    /// What one thread gathers of one source.
    type Part: Send;
    /// An empty part.
    fn begin(&self) -> Self::Part;
    /// Takes one event: parsed, as received, and where it stands.
    ///
    /// A part may be dropped after events were added: then its source is read again in another way. So this
    /// must change nothing but the part.
    fn add(&self, part: &mut Self::Part, event: &Event<'_>, raw: &[u8], place: Place);
    /// Lets a part take what another one gathered, or gives that back where it stays a part of its own, as by default.
    ///
    /// It is asked for sources that are small: thousands of parts may take far more memory than what they gathered.
    fn absorb(&self, _whole: &mut Self::Part, part: Self::Part) -> Option<Self::Part> {
        Some(part)
    }
}

/// How far a reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far, of files as they lie on disk.
    pub bytes_read: u64,
    /// Bytes of all sources; none while a stream is still being read, whose length nobody knows.
    pub bytes_total: Option<u64>,
    /// Events accepted so far.
    pub events: u64,
}

/// What a reading gave.
#[derive(Debug)]
pub struct Reading<P> {
    /// Parts, ordered by their first source. How events are spread over parts is left to chance.
    pub parts: Vec<P>,
    /// Refused records, ordered by source and offset.
    pub rejections: Vec<Rejection>,
    /// Files in folders that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// How many events were accepted, duplicates included.
    pub accepted: u64,
    /// Gives raw events again.
    pub sources: Sources,
}

/// A file in a folder that could not be read; the rest counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Name of the source.
    pub source: String,
    /// Why.
    pub message: String,
}

/// Reads events from all inputs, on all threads of the current rayon pool.
///
/// `progress` is called now and then, from any thread.
///
/// # Errors
/// [`ReadError::Unreadable`] where a named input cannot be read, [`ReadError::Source`] where a file was replaced or
/// cut while it was being read (one that grows is read as long as it was), [`ReadError::Temporary`] where there is no room for temporary files, and in a strict reading
/// [`ReadError::Rejected`] with the first refused record by source and offset.
pub fn read<C: Collector>(
    inputs: Vec<Input>,
    settings: &ReadSettings,
    collector: &C,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Reading<C::Part>, ReadError> {
    read_in_blocks(inputs, settings, collector, progress, BLOCK_BYTES)
}

pub(crate) fn read_in_blocks<C: Collector>(
    inputs: Vec<Input>,
    settings: &ReadSettings,
    collector: &C,
    progress: &(dyn Fn(Progress) + Sync),
    block_bytes: usize,
) -> Result<Reading<C::Part>, ReadError> {
    let spooled = AtomicU64::new(0);
    let opened = open(inputs, &|count| {
        let bytes_read = spooled.fetch_add(count, Ordering::Relaxed) + count;
        progress(Progress { bytes_read, bytes_total: None, events: 0 });
    })?;
    let counter = Counter {
        bytes: AtomicU64::new(0),
        total: Some(opened.sources.iter().map(|source| source.length).sum()),
        events: AtomicU64::new(0),
        report: progress,
    };
    let spill = match settings.traces {
        TraceAccess::Spill => Some(SpillFile::new(temporary_file()?)),
        TraceAccess::Reread | TraceAccess::None => None,
    };
    let shared = Shared {
        settings,
        collector,
        spill: spill.as_ref(),
        block_bytes,
        progress: &counter,
        small: SmallParts::default(),
    };
    let mut read = read_sources(&opened.sources, &shared);
    for (source, part) in shared.small.into_parts() {
        if let Some(Ok(read)) = read.get_mut(source as usize) {
            read.parts.push(part);
        }
    }
    let mut reading = Reading {
        parts: Vec::new(),
        rejections: Vec::new(),
        unreadable: opened.unreadable,
        accepted: 0,
        sources: Sources::none(),
    };
    let mut runs = Vec::new();
    for (source, read) in opened.sources.iter().zip(read) {
        match read {
            Ok(read) => gather(source, read, &mut reading, &mut runs),
            Err(ReadError::Source(error)) if source.is_found => {
                let message = format!("{error}; it was left out");
                reading.unreadable.push(Unreadable { source: source.name.clone(), message });
            }
            Err(error) => return Err(error),
        }
        if settings.strict && !reading.rejections.is_empty() {
            return Err(ReadError::Rejected(reading.rejections.swap_remove(0)));
        }
    }
    counter.report();
    let spilled = spill.map(|spill| spill.into_spilled(runs));
    reading.sources = Sources::new(settings.traces, opened.sources, spilled);
    Ok(reading)
}

/// Everything that one source gave; outcomes are ordered by offset.
struct SourceRead<P> {
    outcomes: Vec<Outcome>,
    parts: Vec<P>,
    marks: Vec<Refused>,
}

impl<P> Default for SourceRead<P> {
    fn default() -> Self {
        Self { outcomes: Vec::new(), parts: Vec::new(), marks: Vec::new() }
    }
}

fn gather<P>(source: &Source, read: SourceRead<P>, reading: &mut Reading<P>, runs: &mut Vec<Run>) {
    let mut rejections = Vec::new();
    for outcome in read.outcomes {
        reading.accepted += outcome.accepted;
        runs.extend(outcome.runs);
        rejections.extend(outcome.refused);
    }
    reading.parts.extend(read.parts);
    rejections.extend(read.marks);
    // At one offset a container breaks after the record that stands there was refused.
    rejections.sort_by_key(|refused| {
        (refused.offset, refused.refusal.reason == RejectionReason::ContainerBroken)
    });
    reading.rejections.extend(rejections.into_iter().map(|refused| Rejection {
        source: source.name.clone(),
        offset: refused.offset,
        line: refused.line,
        event_id: refused.refusal.event_id,
        reason: refused.refusal.reason,
        detail: refused.refusal.detail,
    }));
}

/// How a source is read on after its blocks.
#[derive(Clone, Copy)]
struct Rest {
    offset: u64,
    lines: u64,
}

type PerSource<T> = Vec<Result<T, ReadError>>;

fn read_sources<C: Collector>(
    sources: &[Source],
    shared: &Shared<'_, C>,
) -> PerSource<SourceRead<C::Part>> {
    let mut plans: PerSource<Plan> = sources
        .par_iter()
        .enumerate()
        .map(|(index, source)| plan(index, source, shared.block_bytes))
        .collect();
    let blocks: Vec<Block> =
        plans.iter().flatten().flat_map(|plan| plan.blocks.iter().copied()).collect();
    let mut reads: PerSource<SourceRead<C::Part>> = read_blocks(sources, &blocks, shared)
        .into_iter()
        .zip(&mut plans)
        .map(|(read, plan)| match (read, plan) {
            // What was read of it goes: its parts do not tell what lies behind the value over many lines.
            (Ok(BlocksRead { holds_document: true, .. }), Ok(plan)) => {
                plan.rest = Some(Rest { offset: 0, lines: 0 });
                Ok(SourceRead::default())
            }
            (read, _) => read.map(|read| SourceRead {
                outcomes: read.outcomes,
                parts: read.parts,
                marks: Vec::new(),
            }),
        })
        .collect();
    for (read, plan) in reads.iter_mut().zip(&mut plans) {
        if let Err(error) = plan {
            let taken = std::mem::replace(error, ReadError::Source(SourceError::NotKept));
            *read = Err(taken);
        }
    }
    let rests: Vec<(usize, Rest)> = plans
        .iter()
        .enumerate()
        .filter_map(|(index, plan)| Some((index, plan.as_ref().ok()?.rest?)))
        .collect();
    let rests = strict_rests(rests, &reads, shared.settings);
    let streamed = read_streams(sources, &rests, shared);
    for ((index, _), result) in rests.into_iter().zip(streamed) {
        if let Some(slot) = reads.get_mut(index) {
            match (slot, result) {
                (Ok(read), Ok(rest)) => {
                    read.outcomes.extend(rest.outcomes);
                    read.parts.extend(rest.parts);
                    read.marks.extend(rest.marks);
                }
                (slot, Err(error)) => *slot = Err(error),
                (Err(_), Ok(_)) => {}
            }
        }
    }
    reads
}

/// In a strict reading no stream behind the first refused record needs to be read.
fn strict_rests<P>(
    rests: Vec<(usize, Rest)>,
    reads: &[Result<SourceRead<P>, ReadError>],
    settings: &ReadSettings,
) -> Vec<(usize, Rest)> {
    if !settings.strict {
        return rests;
    }
    let refused = |read: &Result<SourceRead<P>, ReadError>| {
        read.as_ref()
            .is_ok_and(|read| read.outcomes.iter().any(|outcome| !outcome.refused.is_empty()))
    };
    let first = reads.iter().position(refused).unwrap_or(usize::MAX);
    rests.into_iter().filter(|(index, _)| *index < first).collect()
}

/// How one source is read: in blocks, front to back, or both.
struct Plan {
    blocks: Vec<Block>,
    rest: Option<Rest>,
}

fn plan(index: usize, source: &Source, block_bytes: usize) -> Result<Plan, ReadError> {
    let whole = Plan { blocks: Vec::new(), rest: Some(Rest { offset: 0, lines: 0 }) };
    if source.packing != Packing::Plain {
        return Ok(whole);
    }
    let handle = source.open_growing()?;
    let failed = |error| ReadError::Source(source.unreadable(error));
    let mut beginning = Vec::new();
    handle.append(&mut beginning, 0, BYTE_ORDER_MARK.len() + 1).map_err(failed)?;
    let first =
        if beginning.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() as u64 } else { 0 };
    let opens =
        matches!(beginning.get(usize::from(first > 0) * BYTE_ORDER_MARK.len()), Some(b'{' | b'['));
    if opens && shape_at(&handle, first, source.length).map_err(failed)? == Shape::Document {
        return Ok(whole);
    }
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    let mut blocks = Vec::new();
    let mut start = first;
    while start < source.length {
        let end = source.length.min(start + block_bytes as u64);
        blocks.push(Block { source: number, start, end, first, source_end: source.length });
        start = end;
    }
    Ok(Plan { blocks, rest: None })
}

/// Reads sources front to back: each on a thread of its own where there are many, else one after the other
/// with threads beside.
fn read_streams<C: Collector>(
    sources: &[Source],
    rests: &[(usize, Rest)],
    shared: &Shared<'_, C>,
) -> PerSource<SourceRead<C::Part>> {
    let outcomes: Vec<Outcomes<C::Part>> = rests.iter().map(|_| Outcomes::default()).collect();
    let waiting = AtomicUsize::new(0);
    let threads = rayon::current_num_threads();
    if rests.len() >= 2 * threads {
        let jobs: Vec<_> = rests.iter().zip(&outcomes).collect();
        let read = jobs.into_par_iter().map(|((index, rest), outcomes)| {
            let dispatch = Dispatch { scope: None, waiting: &waiting, at_most: 0 };
            let marks = read_stream(sources, *index, *rest, shared, outcomes, dispatch)?;
            let mut read = joined(marks, outcomes)?;
            if sources.get(*index).is_some_and(|source| source.length <= shared.block_bytes as u64)
            {
                let number = u32::try_from(*index).unwrap_or(u32::MAX);
                let parts = std::mem::take(&mut read.parts).into_iter();
                read.parts = parts
                    .filter_map(|part| shared.small.add(shared.collector, number, part))
                    .collect();
            }
            Ok(read)
        });
        return read.collect();
    }
    let marks: PerSource<Vec<Refused>> = rayon::in_place_scope(|scope| {
        let jobs = rests.iter().zip(&outcomes);
        jobs.map(|((index, rest), outcomes)| {
            let dispatch = Dispatch { scope: Some(scope), waiting: &waiting, at_most: 2 * threads };
            read_stream(sources, *index, *rest, shared, outcomes, dispatch)
        })
        .collect()
    });
    marks.into_iter().zip(&outcomes).map(|(marks, outcomes)| joined(marks?, outcomes)).collect()
}

/// All that was read of a stream.
fn joined<P>(marks: Vec<Refused>, outcomes: &Outcomes<P>) -> Result<SourceRead<P>, ReadError> {
    let blocks = outcomes.blocks.lock().map(|mut blocks| std::mem::take(&mut *blocks));
    let mut blocks =
        blocks.unwrap_or_default().into_iter().collect::<Result<Vec<_>, ReadError>>()?;
    blocks.sort_by_key(|(outcome, _)| outcome.offset);
    Ok(cut_broken(blocks, marks))
}

/// Of each container over several blocks the first break alone counts, and nothing behind it.
fn cut_broken<P>(mut blocks: Vec<(Outcome, P)>, mut marks: Vec<Refused>) -> SourceRead<P> {
    let mut breaks: Vec<(u32, u64)> = blocks
        .iter()
        .flat_map(|(outcome, _)| &outcome.refused)
        .chain(&marks)
        .filter(|refused| refused.refusal.reason == RejectionReason::ContainerBroken)
        .filter_map(|refused| Some((refused.container?, refused.offset)))
        .collect();
    breaks.sort_unstable();
    breaks.dedup_by_key(|(container, _)| *container);
    let broken_at = |container: Option<u32>| {
        let index = breaks.binary_search_by_key(&container?, |(container, _)| *container).ok()?;
        breaks.get(index).map(|(_, offset)| *offset)
    };
    blocks.retain(|(outcome, _)| {
        broken_at(outcome.continues).is_none_or(|offset| outcome.offset <= offset)
    });
    marks.retain(|mark| broken_at(mark.container).is_none_or(|offset| mark.offset <= offset));
    let (outcomes, parts) = blocks.into_iter().unzip();
    SourceRead { outcomes, parts, marks }
}

fn read_stream<'scope, C: Collector>(
    sources: &'scope [Source],
    index: usize,
    rest: Rest,
    shared: &'scope Shared<'scope, C>,
    outcomes: &'scope Outcomes<C::Part>,
    dispatch: Dispatch<'_, 'scope>,
) -> Result<Vec<Refused>, ReadError> {
    let Some(source) = sources.get(index) else { return Ok(Vec::new()) };
    let reopen =
        |offset| -> Option<Box<dyn Read + Send + '_>> { source.content(offset, None).ok() };
    let reader = source.content(rest.offset, Some(&shared.progress.bytes))?;
    let keep_at_most = shared.settings.max_event_bytes.saturating_add(1);
    let mut stream = Stream::new(reader, Some(&reopen), rest.offset, rest.lines, keep_at_most);
    let mut first = u64::MAX;
    if rest.offset == 0 {
        stream.fill(BYTE_ORDER_MARK.len());
        let marked = stream.ahead().starts_with(BYTE_ORDER_MARK);
        first = if marked { BYTE_ORDER_MARK.len() as u64 } else { 0 };
        stream.consume(usize::from(marked) * BYTE_ORDER_MARK.len());
    }
    let sequential = Sequential {
        shared,
        outcomes,
        dispatch,
        source: u32::try_from(index).unwrap_or(u32::MAX),
        first,
        gathered: Gathered::default(),
        containers: 0,
        marks: Vec::new(),
    };
    let marks = sequential.read(&mut stream);
    match stream.take_failure() {
        // What a decompressor complains about was told as a broken container.
        Some(error) if source.packing == Packing::Plain => {
            Err(ReadError::Source(source.unreadable(error)))
        }
        _ => Ok(marks),
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
