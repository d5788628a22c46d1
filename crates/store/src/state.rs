//! What a folder holds, as of a moment.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::StoreError;
use crate::files::list;
use crate::layout::{LOG_EXTENSION, Layout};
use crate::log::file::{Damage, Loaded as LoadedLog, Log, named_first};
use crate::manifest::Manifest;
use crate::segment::read::Segment;

/// Segments and log files. A clone is cheap, and readable for as long as it is kept: its files are open.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) manifest: Arc<Manifest>,
    /// By sequence, as in the manifest.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// By sequence; the last one is written to.
    pub(crate) logs: Vec<Arc<Log>>,
    /// Records of segments and log that a record of the log replaces. Those of segments replace nothing that is still there.
    pub(crate) replaced: Arc<HashSet<u64>>,
    /// The next sequence.
    pub(crate) next: u64,
    /// What is damaged, where that did not keep the folder from being opened.
    pub(crate) damage: Vec<Damage>,
}

/// How a log file is read.
type OpenLog<'a> = &'a (dyn Fn(&Path) -> Result<LoadedLog, StoreError> + Sync);

/// A folder that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) state: State,
    /// Log files at the end of which something was torn, and where.
    pub(crate) torn: Vec<(PathBuf, Range<u64>)>,
}

impl State {
    /// Reads a folder. A writer that changes it meanwhile does no harm.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] where there is no manifest, and whatever keeps a file from being opened. Damage inside of
    /// log files is no error here, and not looked for in those with an index.
    pub(crate) fn load(layout: &Layout) -> Result<Loaded, StoreError> {
        Self::load_by(layout, &Log::open)
    }

    /// [`State::load`], and reads all of every log file.
    pub(crate) fn load_whole(layout: &Layout) -> Result<Loaded, StoreError> {
        Self::load_by(layout, &Log::load)
    }

    /// [`State::load`] once more, which opens only what is new.
    pub(crate) fn load_again(&self, layout: &Layout) -> Result<Loaded, StoreError> {
        Self::load_by(layout, &|path| {
            let known = self.logs.binary_search_by(|log| log.path.as_path().cmp(path)).ok();
            match known.and_then(|known| self.logs.get(known)) {
                Some(log) if log.is_closed_and_the_same() => Ok(LoadedLog::good(Arc::clone(log))),
                _ => Log::open(path),
            }
        })
    }

    fn load_by(layout: &Layout, open: OpenLog<'_>) -> Result<Loaded, StoreError> {
        loop {
            let manifest = Manifest::read(&layout.manifest())?.ok_or_else(|| {
                StoreError::NotAStore { path: layout.root().to_owned(), hint: "" }
            })?;
            let revision = manifest.revision;
            let outcome = Self::load_with(layout, manifest, open);
            // Files go when a writer compacts, and with them what is read here: then its new manifest says which ones to read.
            match Manifest::read(&layout.manifest())? {
                Some(manifest) if manifest.revision != revision => {}
                _ => return outcome,
            }
        }
    }

    fn load_with(
        layout: &Layout,
        manifest: Manifest,
        open: OpenLog<'_>,
    ) -> Result<Loaded, StoreError> {
        let mut segments = Vec::with_capacity(manifest.segments.len());
        for entry in &manifest.segments {
            segments.push(Arc::new(Segment::open(layout, entry)?));
        }
        let mut damage = Vec::new();
        let mut logs: Vec<Arc<Log>> = Vec::new();
        let mut torn = Vec::new();
        let mut next = manifest.log_start;
        let mut paths = list(&layout.logs(), LOG_EXTENSION)?;
        // A file before the log's start was moved into a segment, and is only waiting to be removed.
        paths.retain(|path| named_first(path).is_none_or(|first| first >= manifest.log_start));
        let loaded: Result<Vec<_>, StoreError> = paths.par_iter().map(|path| open(path)).collect();
        for (path, loaded) in paths.iter().zip(loaded?) {
            let log = loaded.log;
            let mut ranges = log.ranges();
            // Where it has no record, what comes before it may be missing all the same.
            if ranges.is_empty() {
                ranges.push(log.first..log.first);
            }
            for range in ranges {
                let gap = next..range.start;
                if !gap.is_empty() && !manifest.gave_up(&gap) {
                    damage.push(Damage { path: path.clone(), detail: missing(&gap, log.first) });
                }
                next = next.max(range.end);
            }
            next = next.max(log.next);
            damage.extend(loaded.damage);
            torn.extend(loaded.torn.map(|range| (path.clone(), range)));
            logs.push(log);
        }
        next = manifest.lost.iter().map(|lost| lost.end).fold(next, u64::max);
        let replaced = Arc::new(replaced_by(&manifest, &logs));
        let manifest = Arc::new(manifest);
        let state = Self { manifest, segments, logs, replaced, next, damage };
        Ok(Loaded { state, torn })
    }

    /// The first damage that was found, as an error.
    pub(crate) fn first_damage(&self) -> Result<(), StoreError> {
        self.damage.first().cloned().map_or(Ok(()), |damage| Err(damage.into()))
    }
}

/// What is told of records that a log file should have, or a file before it.
fn missing(gap: &Range<u64>, first: u64) -> String {
    let whence = if gap.start < first { "before it" } else { "from it" };
    format!("missing {whence}: {}", names(gap))
}

/// Records, to be told of.
pub(crate) fn names(records: &Range<u64>) -> String {
    match (records.start, records.end - 1) {
        (only, last) if only == last => format!("record {only}"),
        (first, last) => format!("records {first} to {last}"),
    }
}

/// The records that are still there and that records of log files replace.
pub(crate) fn replaced_by(manifest: &Manifest, logs: &[Arc<Log>]) -> HashSet<u64> {
    let is_there = |sequence: &u64| {
        *sequence >= manifest.log_start || {
            let segments = &manifest.segments;
            let after = segments.partition_point(|segment| segment.first <= *sequence);
            let segment = after.checked_sub(1).and_then(|index| segments.get(index));
            segment.is_some_and(|segment| *sequence <= segment.last)
        }
    };
    logs.iter().flat_map(|log| log.replaces.iter().copied()).filter(is_there).collect()
}
