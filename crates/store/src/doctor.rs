//! Looks at every file of a folder and says what is wrong, and what to do.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::de::IgnoredAny;

use crate::files::{list, read_bytes};
use crate::folder::leftovers;
use crate::layout::{LOG_EXTENSION, Layout};
use crate::lock::Lock;
use crate::log::file::Log;
use crate::manifest::Manifest;
use crate::segment::read::Segment;
use crate::state::{Loaded, State, names};
use crate::{DocumentName, StoreError};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing has to be done.
    Note,
    /// Nothing is lost, and something should be done.
    Warning,
    /// Something cannot be read.
    Error,
}

/// Something that was found in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, severity, problem, advice } = self;
        write!(formatter, "{severity}: {}: {problem}; {advice}", file.display())
    }
}

const REPAIR: &str = "restore it from a copy, or let `mcp-insights doctor --repair` set it aside and keep what can be read of it";
const RESTORE: &str =
    "restore it from a copy; without it, which files count cannot be told for sure";
const CUT: &str = "the next opening for writing removes it";
const TIDY: &str = "the next compaction removes it";
const WRONG_EVENT: &str = "it was written so; export the rest and import it into a new folder";

/// Checks every file of a folder: formats, checksums of every record of the log and of every column of every segment, sequences,
/// documents, and what crashes left. It reads all there is, and writes nothing.
///
/// A damaged manifest is told and nothing more: [`repair`](crate::repair()) says why it is not made anew.
///
/// The findings come in the order of the files. There are none where all is well, but for a note where a process writes.
#[must_use]
pub fn doctor(path: &Path) -> Vec<Finding> {
    let layout = Layout::new(path);
    let mut report = Report::default();
    if let Err(error) = fs::read_dir(path) {
        report.error(path, format!("it cannot be opened: {error}"), "name the folder of a store");
        return report.0;
    }
    let writer = Lock::holder(&layout.lock());
    if let Some(holder) = &writer {
        let advice = "what it is writing at this moment was not checked";
        report.add(
            &layout.lock(),
            Severity::Note,
            format!("{holder} writes to the folder"),
            advice,
        );
    }
    match Manifest::read(&layout.manifest()) {
        Ok(Some(_)) => {}
        Ok(None) => report.error(&layout.manifest(), "it is missing".to_owned(), RESTORE),
        Err(StoreError::Damaged { path, detail }) => report.error(&path, detail, RESTORE),
        Err(error) => report.failure(&layout.manifest(), error),
    }
    match State::load_whole(&layout) {
        Ok(Loaded { state, torn }) => {
            for damage in &state.damage {
                report.error(&damage.path, damage.detail.clone(), REPAIR);
            }
            for log in &state.logs {
                check_records(log, &mut report);
            }
            if writer.is_none() {
                check_leftovers(&layout, &state, &torn, &mut report);
            }
            check_lost(&layout, &state.manifest, &mut report);
            check_segments(&layout, &state.manifest, &mut report);
        }
        // Whatever it is that cannot be opened, each file is looked at by itself.
        Err(_) => {
            check_logs(&layout, &mut report);
            if let Ok(Some(manifest)) = Manifest::read(&layout.manifest()) {
                check_segments(&layout, &manifest, &mut report);
            }
        }
    }
    check_documents(&layout, &mut report);
    report.0
}

#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, file: &Path, severity: Severity, problem: String, advice: &str) {
        let (file, advice) = (file.to_owned(), advice.to_owned());
        self.0.push(Finding { file, severity, problem, advice });
    }

    fn error(&mut self, file: &Path, problem: String, advice: &str) {
        self.add(file, Severity::Error, problem, advice);
    }

    /// What kept a file from being read.
    fn failure(&mut self, file: &Path, error: StoreError) {
        match error {
            StoreError::Damaged { path, detail } => self.error(&path, detail, REPAIR),
            StoreError::Version { path, found, known } => {
                let problem = format!("it has format {found}, and formats up to {known} are known");
                self.error(&path, problem, "use the newer version that wrote it");
            }
            StoreError::Io { action, path, error } => {
                let problem = format!("the system does not {action} it: {error}");
                self.error(&path, problem, "see to its permissions and to the disk");
            }
            error => self.error(file, error.to_string(), REPAIR),
        }
    }
}

fn check_logs(layout: &Layout, report: &mut Report) {
    let paths = match list(&layout.logs(), LOG_EXTENSION) {
        Ok(paths) => paths,
        Err(error) => return report.failure(&layout.logs(), error),
    };
    for path in paths {
        match Log::load(&path) {
            Ok(loaded) => {
                for damage in loaded.damage {
                    report.error(&damage.path, damage.detail, REPAIR);
                }
                check_records(&loaded.log, report);
            }
            Err(error) => report.failure(&path, error),
        }
    }
}

/// That every record of a log is an event.
fn check_records(log: &Log, report: &mut Report) {
    let bytes = match log.bytes() {
        Ok(bytes) => bytes,
        Err(error) => return report.failure(&log.path, error),
    };
    for (sequence, place) in log.records() {
        match log.payload_in(&bytes, place).and_then(|payload| log.decode(payload)) {
            Ok(event) if is_json(event.json) => {}
            Ok(_) => report.error(&log.path, format!("record {sequence} is no JSON"), WRONG_EVENT),
            Err(error) => report.failure(&log.path, error),
        }
    }
}

fn check_leftovers(
    layout: &Layout,
    state: &State,
    torn: &[(PathBuf, Range<u64>)],
    report: &mut Report,
) {
    for (path, range) in torn {
        let mut from_here = state.logs.iter().skip_while(|log| log.path != *path);
        let (Some(log), next) = (from_here.next(), from_here.next()) else { continue };
        let (what, advice) = match next {
            None => ("were torn by a crash and never acknowledged", CUT),
            Some(next) if log.next == next.first => {
                ("are no good index, so that opening reads all of it", TIDY)
            }
            // Records are missing: that is told of the next file, or was given up.
            Some(_) => continue,
        };
        let problem = format!("{} bytes at its end {what}", range.end - range.start);
        report.add(path, Severity::Note, problem, advice);
    }
    match leftovers(layout, state) {
        Ok(paths) => {
            for path in paths {
                let problem = "it was left by a crash and counts for nothing".to_owned();
                report.add(&path, Severity::Note, problem, CUT);
            }
        }
        Err(error) => report.failure(layout.root(), error),
    }
}

fn check_lost(layout: &Layout, manifest: &Manifest, report: &mut Report) {
    for lost in &manifest.lost {
        let problem = format!("damaged and given up: {}", names(lost));
        report.add(&layout.manifest(), Severity::Note, problem, "compacting settles it");
    }
}

fn check_segments(layout: &Layout, manifest: &Manifest, report: &mut Report) {
    let mut end = 0;
    for entry in &manifest.segments {
        if entry.first < end || entry.last < entry.first || entry.last >= manifest.log_start {
            let path = layout.segment(&entry.file);
            let problem = format!("its records {} to {} overlap others", entry.first, entry.last);
            report.error(&path, problem, REPAIR);
        }
        end = end.max(entry.last + 1);
    }
    let checked: Vec<Report> = manifest
        .segments
        .par_iter()
        .map(|entry| {
            let mut report = Report::default();
            match Segment::open(layout, entry) {
                Ok(segment) => check_segment(&segment, &mut report),
                Err(error) => report.failure(&layout.segment(&entry.file), error),
            }
            report
        })
        .collect();
    report.0.extend(checked.into_iter().flat_map(|report| report.0));
}

/// That every column can be read, and says what the manifest does.
fn check_segment(segment: &Segment, report: &mut Report) {
    let path = &segment.path;
    let entry = &segment.entry;
    let groups = match segment.row_groups() {
        Ok(groups) => groups,
        Err(error) => return report.failure(path, error),
    };
    let (mut events, mut json_bytes, mut newest) = (0, 0, None);
    let mut sequences = HashSet::new();
    let mut whole = true;
    for group in 0..groups {
        let rows = match segment.read_rows(group) {
            Ok(rows) => rows,
            Err(error) => {
                whole = false;
                report.failure(path, error);
                continue;
            }
        };
        for row in rows {
            let sequence = row.sequence;
            let mut wrong = |what| report.error(path, format!("record {sequence} {what}"), REPAIR);
            if !sequences.insert(sequence) {
                wrong("is there twice");
            }
            if !(entry.first..=entry.last).contains(&sequence) {
                wrong("is not of this segment");
            }
            if newest > Some(row.order()) {
                wrong("is out of order");
            }
            if !is_json(row.json.data()) {
                report.error(path, format!("record {sequence} is no JSON"), WRONG_EVENT);
            }
            newest = newest.max(Some(row.order()));
            events += 1;
            json_bytes += row.json.len() as u64;
        }
    }
    if whole && (events, json_bytes) != (entry.events, entry.json_bytes) {
        let problem = format!("it holds {events} events, and the manifest says {}", entry.events);
        report.error(path, problem, REPAIR);
    }
}

fn check_documents(layout: &Layout, report: &mut Report) {
    for name in DocumentName::ALL {
        let path = layout.document(name);
        match read_bytes(&path) {
            Ok(Some(content)) if name.is_json() && !is_json(&content) => {
                let advice = "restore it from a copy; without it, what it held is as if never set";
                report.error(&path, "it is no JSON".to_owned(), advice);
            }
            Ok(_) => {}
            Err(error) => report.failure(&path, error),
        }
    }
}

fn is_json(content: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(content).is_ok()
}
