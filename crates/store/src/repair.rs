//! Gives up what is damaged beyond reading, and keeps the rest.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{At, create_folder, list, remove, replace, sync_folder};
use crate::layout::{LOG_EXTENSION, Layout};
use crate::limits::Limits;
use crate::lock::Lock;
use crate::log::file::{Log, named_first};
use crate::log::format;
use crate::manifest::{Manifest, SegmentEntry};
use crate::segment::read::Segment;
use crate::segment::write::SegmentWriter;
use crate::{StoreError, record};

/// Records of a group that is written anew: what a further damage may cost.
const GROUP: usize = 100;

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Where the damaged files stand now, as they were; a missing one is not among them.
    pub set_aside: Vec<PathBuf>,
    /// How many events of segments and records of the log were given up.
    pub lost: u64,
}

/// Makes a damaged folder one that can be written to again: copies each damaged log file and segment into the folder `damaged`, and
/// keeps the records of it whose checksums fit, under the sequences that they had. What is missing is given up.
///
/// A damaged manifest has to be restored from a copy. It is not made anew from the files, which cannot tell which of them counts: where
/// a crash fell between the manifest and the removal of what it no longer names, segments lie there that hold an actor who was to be
/// forgotten, events that retention dropped, or records that others replaced, and they look like any other. Nor do they tell the next
/// sequence after such a drop, which must not be given twice, or what an earlier repair gave up.
///
/// # Errors
/// [`StoreError::Locked`] where a process writes, [`StoreError::NotAStore`], [`StoreError::Damaged`] where the manifest is damaged,
/// [`StoreError::Version`], [`StoreError::Io`].
pub fn repair(path: &Path) -> Result<Repaired, StoreError> {
    let layout = Layout::new(path);
    let not_a_store = || StoreError::NotAStore { path: path.to_owned(), hint: "" };
    Manifest::read(&layout.manifest())?.ok_or_else(not_a_store)?;
    let _lock = Lock::take(&layout.lock(), path)?;
    let mut manifest = Manifest::read(&layout.manifest())?.ok_or_else(not_a_store)?;
    let before = manifest.clone();
    let mut repaired = Repaired::default();
    manifest.revision += 1;
    let replaced = repair_segments(&layout, &mut manifest, &mut repaired)?;
    repair_logs(&layout, &mut manifest, &mut repaired)?;
    if (&manifest.segments, &manifest.lost) != (&before.segments, &before.lost) {
        manifest.write(&layout.manifest())?;
    }
    for path in replaced {
        remove(&path)?;
    }
    Ok(repaired)
}

/// Copies a file into the folder of damaged ones, if it is there.
fn set_aside(layout: &Layout, path: &Path, repaired: &mut Repaired) -> Result<(), StoreError> {
    let folder = layout.root().join("damaged");
    create_folder(&folder)?;
    let content = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        content => content.at("read", path)?,
    };
    // An earlier repair may have set aside a file of the same name.
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let copy = (0_u32..)
        .map(|number| match number {
            0 => folder.join(&*name),
            number => folder.join(format!("{name}.{number}")),
        })
        .find(|copy| !copy.exists());
    if let Some(copy) = copy {
        replace(&copy, &content)?;
        repaired.set_aside.push(copy);
    }
    sync_folder(layout.root())
}

/// Writes the readable rows of damaged segments into new ones; gives the files of the old ones.
fn repair_segments(
    layout: &Layout,
    manifest: &mut Manifest,
    repaired: &mut Repaired,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut replaced = Vec::new();
    let mut entries = Vec::with_capacity(manifest.segments.len());
    for entry in &manifest.segments {
        let Some(rest) = readable_rest(layout, manifest.revision, entry)? else {
            entries.push(entry.clone());
            continue;
        };
        let path = layout.segment(&entry.file);
        set_aside(layout, &path, repaired)?;
        replaced.push(path);
        repaired.lost += entry.events - rest.as_ref().map_or(0, |rest| rest.events);
        entries.extend(rest);
    }
    manifest.segments = entries;
    Ok(replaced)
}

/// A new segment of what can be read of a damaged one, where anything can. None where nothing is wrong with it.
fn readable_rest(
    layout: &Layout,
    revision: u64,
    entry: &SegmentEntry,
) -> Result<Option<Option<SegmentEntry>>, StoreError> {
    let opened =
        Segment::open(layout, entry).and_then(|segment| Ok((segment.row_groups()?, segment)));
    let (groups, segment) = match opened {
        Ok(opened) => opened,
        Err(StoreError::Damaged { .. }) => return Ok(Some(None)),
        Err(error) => return Err(error),
    };
    let mut damaged = Vec::new();
    for group in 0..groups {
        match segment.read_rows(group) {
            Ok(_) => {}
            Err(StoreError::Damaged { .. }) => damaged.push(group),
            Err(error) => return Err(error),
        }
    }
    if damaged.is_empty() {
        return Ok(None);
    }
    let mut writer = SegmentWriter::create(layout, &Limits::default(), revision)?;
    for group in (0..groups).filter(|group| !damaged.contains(group)) {
        for row in segment.read_rows(group)? {
            writer.push(row)?;
        }
    }
    writer.finish().map(Some)
}

/// Writes damaged log files anew from their good records, and notes which records are missing from now on.
fn repair_logs(
    layout: &Layout,
    manifest: &mut Manifest,
    repaired: &mut Repaired,
) -> Result<(), StoreError> {
    let mut next = manifest.log_start;
    for path in list(&layout.logs(), LOG_EXTENSION)? {
        let named = named_first(&path);
        if named.is_some_and(|first| first < manifest.log_start) {
            continue;
        }
        let loaded = Log::load(&path)?;
        let log = loaded.log;
        if !loaded.damage.is_empty() {
            let content = rewritten(&log, named.unwrap_or(log.first))?;
            set_aside(layout, &path, repaired)?;
            replace(&path, &content)?;
        }
        for range in log.ranges() {
            let gap = next..range.start;
            if !gap.is_empty() && !manifest.gave_up(&gap) {
                repaired.lost += gap.end - gap.start;
                manifest.lost.push(gap);
            }
            next = next.max(range.end);
        }
    }
    manifest.lost.sort_by_key(|lost| lost.start);
    Ok(())
}

/// A log file of the good records of another.
fn rewritten(log: &Log, first: u64) -> Result<Vec<u8>, StoreError> {
    let bytes = log.bytes()?;
    let mut good: Vec<(u64, &[u8])> = Vec::with_capacity(log.len());
    for (sequence, place) in log.records() {
        let payload = log.payload_in(&bytes, place)?;
        // What cannot be decoded is no record of this version, whatever its checksum says.
        if record::decode(payload).is_some() {
            good.push((sequence, payload));
        }
    }
    let mut content = format::header(first);
    for run in good.chunk_by(|(one, _), (other, _)| one + 1 == *other) {
        for group in run.chunks(GROUP) {
            let mut records = Vec::new();
            for (_, payload) in group {
                let length = payload.len() as u32;
                format::push_record(&mut records, length, |bytes| bytes.extend(*payload));
            }
            let first = group.first().map_or(first, |(sequence, _)| *sequence);
            content.extend(format::group_header(records.len() as u32, group.len() as u32, first));
            content.extend(records);
        }
    }
    Ok(content)
}
