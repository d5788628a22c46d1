//! Changes of segments: moving the log into them, merging, leaving out what was replaced or is to be forgotten, dropping.
//!
//! Every change is made durable beside what counts, and then made to count by one replacement of the manifest. A crash at any
//! moment leaves the old or the new, and files of which the manifest knows nothing, which the next opening removes.

use std::collections::HashSet;
use std::sync::Arc;

use mcp_insights_events::Timestamp;
use parking_lot::RwLock;
use rayon::prelude::*;

use crate::append::Appender;
use crate::files::{remove, sync_folder};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::log::file::Log;
use crate::manifest::{Manifest, SegmentEntry};
use crate::merge::{Filter, Merge, Tally};
use crate::segment::read::Segment;
use crate::segment::write::SegmentWriter;
use crate::state::{State, replaced_by};
use crate::{Compacted, Dropped, StoreError};

/// What a rewrite did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rewrite {
    pub(crate) compacted: Compacted,
    pub(crate) dropped: Dropped,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    events: u64,
    bytes: u64,
}

impl Size {
    fn of_log(log: &Log) -> Self {
        Self { events: log.len() as u64, bytes: log.end }
    }

    fn of_segment(segment: &Segment) -> Self {
        Self { events: segment.entry.events, bytes: segment.entry.json_bytes }
    }

    fn plus(self, other: Self) -> Self {
        Self { events: self.events + other.events, bytes: self.bytes + other.bytes }
    }

    fn fits(self, limits: &Limits) -> bool {
        self.events <= limits.segment_events && self.bytes <= limits.segment_bytes
    }
}

/// What becomes one segment.
#[derive(Debug, Default)]
struct Step {
    segments: Vec<Arc<Segment>>,
    logs: Vec<Arc<Log>>,
}

/// Moves the log into segments, and leaves out what was replaced and, where one is given, the events of an actor.
pub(crate) fn run(
    layout: &Layout,
    limits: &Limits,
    state: &RwLock<State>,
    appender: &Appender,
    without: Option<&str>,
) -> Result<Rewrite, StoreError> {
    check_replacing(&state.read().clone())?;
    let logs = appender.rotate(state);
    let segments = state.read().segments.clone();
    let manifest = Arc::clone(&state.read().manifest);
    let filter = Filter { replaced: replaced_by(&manifest, &logs), without };
    let mut rewrite = Rewrite::default();
    rewrite.compacted.segments_before = segments.len() as u64;
    let bytes = |state: &State| {
        let segments = state.segments.iter().map(|segment| segment.entry.bytes).sum::<u64>();
        segments + state.logs.iter().map(|log| log.end).sum::<u64>()
    };
    let before = bytes(&state.read());

    let mut steps = Vec::new();
    let merged = merged_from(limits, &segments, &logs);
    for segment in segments.iter().take(merged) {
        if filter.takes_from(segment)? {
            steps.push(Step { segments: vec![Arc::clone(segment)], logs: Vec::new() });
        }
    }
    steps.extend(steps_of(limits, segments.get(merged..).unwrap_or_default(), &logs));
    for steps in steps.chunks(rayon::current_num_threads()) {
        let next = state.read().manifest.revision + 1;
        let written: Vec<_> = steps
            .par_iter()
            .enumerate()
            .map(|(index, step)| write(layout, limits, next + index as u64, step, &filter))
            .collect();
        for (step, written) in steps.iter().zip(written) {
            let (entry, tally) = written?;
            commit(layout, state, step, entry)?;
            rewrite.compacted.moved += tally.from_logs;
            rewrite.compacted.folded += tally.replaced;
            rewrite.dropped.events += tally.forgotten;
        }
    }
    let state = state.read();
    rewrite.compacted.segments_after = state.segments.len() as u64;
    rewrite.dropped.bytes = before.saturating_sub(bytes(&state));
    Ok(rewrite)
}

/// That what replaces records can be read: a record stays until what is to replace it was read, or a repair gave that up.
fn check_replacing(state: &State) -> Result<(), StoreError> {
    let replaces = |log: &Log| log.replaces.iter().any(|one| state.replaced.contains(one));
    state.logs.iter().filter(|log| replaces(log)).try_for_each(|log| log.check())
}

/// Drops the segments of which every event began before a time.
pub(crate) fn drop_before(
    layout: &Layout,
    state: &RwLock<State>,
    time: Timestamp,
) -> Result<Dropped, StoreError> {
    let segments = state.read().segments.clone().into_iter();
    let segments: Vec<_> =
        segments.filter(|segment| segment.entry.newest < time.micros()).collect();
    if segments.is_empty() {
        return Ok(Dropped::default());
    }
    let replaced = Arc::clone(&state.read().replaced);
    let entries = || segments.iter().map(|segment| &segment.entry);
    let (events, bytes) = (entries().map(|entry| entry.events), entries().map(|entry| entry.bytes));
    let uncounted = replaced
        .iter()
        .filter(|replaced| entries().any(|entry| (entry.first..=entry.last).contains(replaced)));
    let dropped = Dropped {
        events: events.sum::<u64>().saturating_sub(uncounted.count() as u64),
        bytes: bytes.sum(),
    };
    commit(layout, state, &Step { segments, logs: Vec::new() }, None)?;
    Ok(dropped)
}

/// From which segment on all are merged with the log: each at most twice as large as all that come after it, so that there are few
/// small ones and a record is written anew only as often as the logarithm of their number.
fn merged_from(limits: &Limits, segments: &[Arc<Segment>], logs: &[Arc<Log>]) -> usize {
    let mut size = logs.iter().map(|log| Size::of_log(log)).fold(Size::default(), Size::plus);
    let mut from = segments.len();
    while let Some(older) = from.checked_sub(1).and_then(|older| segments.get(older)) {
        let older = Size::of_segment(older);
        let seed = size.events == 0;
        if !size.plus(older).fits(limits)
            || !(seed || older.events <= 2 * size.events.max(limits.small_segment))
        {
            break;
        }
        size = size.plus(older);
        from -= 1;
    }
    // One segment alone is as good as it can be.
    if logs.is_empty() && segments.len() - from < 2 { segments.len() } else { from }
}

fn steps_of(limits: &Limits, segments: &[Arc<Segment>], logs: &[Arc<Log>]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut step = Step { segments: segments.to_vec(), logs: Vec::new() };
    let sizes = segments.iter().map(|segment| Size::of_segment(segment));
    let mut size = sizes.fold(Size::default(), Size::plus);
    for log in logs {
        let with_log = size.plus(Size::of_log(log));
        if size != Size::default() && !with_log.fits(limits) {
            steps.push(std::mem::take(&mut step));
            size = Size::of_log(log);
        } else {
            size = with_log;
        }
        step.logs.push(Arc::clone(log));
    }
    if !step.segments.is_empty() || !step.logs.is_empty() {
        steps.push(step);
    }
    steps
}

fn write(
    layout: &Layout,
    limits: &Limits,
    revision: u64,
    step: &Step,
    filter: &Filter<'_>,
) -> Result<(Option<SegmentEntry>, Tally), StoreError> {
    let mut writer = SegmentWriter::create(layout, limits, revision)?;
    let mut merge = Merge::new(&step.segments, &step.logs, filter)?;
    while let Some(row) = merge.next()? {
        writer.push(row)?;
    }
    Ok((writer.finish()?, merge.tally()))
}

/// Makes what was written count, and removes what it replaces.
fn commit(
    layout: &Layout,
    state: &RwLock<State>,
    step: &Step,
    entry: Option<SegmentEntry>,
) -> Result<(), StoreError> {
    let mut manifest = Manifest::clone(&state.read().manifest);
    manifest.revision += 1;
    let gone: HashSet<&str> =
        step.segments.iter().map(|segment| segment.entry.file.as_str()).collect();
    manifest.segments.retain(|entry| !gone.contains(entry.file.as_str()));
    manifest.segments.extend(entry.clone());
    manifest.segments.sort_by_key(|entry| entry.first);
    if let Some(log) = step.logs.last() {
        manifest.log_start = manifest.log_start.max(log.next);
    }
    let log_start = manifest.log_start;
    manifest.lost.retain(|lost| lost.end > log_start);
    let new = entry.map(|entry| Segment::open(layout, &entry)).transpose()?.map(Arc::new);
    manifest.write(&layout.manifest())?;
    {
        let mut state = state.write();
        state.segments.retain(|segment| !gone.contains(segment.entry.file.as_str()));
        state.segments.extend(new);
        state.segments.sort_by_key(|segment| segment.entry.first);
        state.logs.retain(|log| step.logs.iter().all(|moved| moved.path != log.path));
        state.replaced = Arc::new(replaced_by(&manifest, &state.logs));
        state.manifest = Arc::new(manifest);
    }
    for segment in &step.segments {
        remove(&segment.path)?;
    }
    for log in &step.logs {
        remove(&log.path)?;
    }
    sync_folder(&layout.segments())?;
    sync_folder(&layout.logs())
}
