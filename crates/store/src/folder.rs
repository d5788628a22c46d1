//! A storage in a folder.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcp_insights_events::Timestamp;
use parking_lot::{Mutex, RwLock};

use crate::append::Appender;
use crate::compact::Rewrite;
use crate::documents::{self, remove_leftover};
use crate::files::{At, TEMPORARY, create_folder, list, read_bytes, remove, size_of, sync_folder};
use crate::layout::{LOG_EXTENSION, Layout, SEGMENT_EXTENSION};
use crate::limits::Limits;
use crate::lock::Lock;
use crate::log::writer::Tail;
use crate::manifest::Manifest;
use crate::read;
use crate::state::{Loaded, State};
use crate::{
    Compacted, DocumentName, Dropped, NewEvent, Sequence, Storage, StoreError, StoredEvent, Usage,
};

/// Keeps everything in a folder on disk.
///
/// One process writes, any number read. See the [crate's page](crate) for what lies in the folder.
#[derive(Debug)]
pub struct Folder {
    layout: Layout,
    limits: Limits,
    state: RwLock<State>,
    /// None where it was opened for reading.
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    appender: Appender,
    /// Held by whoever changes segments: one at a time.
    maintenance: Mutex<()>,
    /// Held by whoever replaces a document.
    documents: Mutex<()>,
    _lock: Lock,
}

impl Folder {
    /// Opens a folder for writing; creates it where there is none. A torn write at the end of the log is cut off: none of it was
    /// acknowledged.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another process writes, [`StoreError::NotAStore`] where the folder holds something else,
    /// [`StoreError::Damaged`] where the manifest or a file of the log that opening reads is damaged, [`StoreError::Version`],
    /// [`StoreError::Io`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Limits::default())
    }

    pub(crate) fn open_with(path: &Path, limits: Limits) -> Result<Self, StoreError> {
        let layout = Layout::new(path);
        create_folder(path)?;
        refuse_another_content(&layout)?;
        let lock = Lock::take(&layout.lock(), path)?;
        create_parts(&layout)?;
        let Loaded { mut state, .. } = State::load(&layout)?;
        state.first_damage()?;
        let tail = open_tail(&layout, &limits, &mut state)?;
        remove_leftovers(&layout, &state)?;
        let writing = Writing {
            appender: Appender::new(limits, tail),
            maintenance: Mutex::default(),
            documents: Mutex::default(),
            _lock: lock,
        };
        Ok(Self { layout, limits, state: RwLock::new(state), writing: Some(writing) })
    }

    /// Opens a folder for reading, whether or not another process writes to it. Each scan sees what was durable when it began, and
    /// perhaps some of what was just becoming so.
    ///
    /// What is damaged keeps nothing else from being read: a scan shows all that it can, and then gives
    /// [`StoreError::Damaged`].
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::Damaged`] where the manifest is damaged or a segment is missing,
    /// [`StoreError::Version`], [`StoreError::Io`].
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(path);
        // A folder that is not there is told as such.
        fs::metadata(path).at("open", path)?;
        let state = RwLock::new(State::load(&layout)?.state);
        let limits = Limits::default();
        Ok(Self { layout, limits, state, writing: None })
    }

    /// Where a folder has the files of its log.
    #[must_use]
    pub fn log_files(path: &Path) -> PathBuf {
        Layout::new(path).logs()
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.layout.root()
    }

    fn writing(&self) -> Result<&Writing, StoreError> {
        self.writing.as_ref().ok_or_else(|| StoreError::ReadOnly { path: self.path().to_owned() })
    }

    /// The state of now. Who does not write has to look for it.
    fn current(&self) -> Result<State, StoreError> {
        if self.writing.is_none() {
            self.refresh()?;
        }
        Ok(self.state.read().clone())
    }

    fn refresh(&self) -> Result<(), StoreError> {
        let known = self.state.read().clone();
        *self.state.write() = known.load_again(&self.layout)?.state;
        Ok(())
    }

    fn rewrite(&self, without: Option<&str>) -> Result<Rewrite, StoreError> {
        let writing = self.writing()?;
        let _one = writing.maintenance.lock();
        crate::compact::run(&self.layout, &self.limits, &self.state, &writing.appender, without)
    }
}

impl Storage for Folder {
    fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
        self.writing()?.appender.append(&self.layout, &self.state, events)
    }

    fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
        let state = self.state.read().clone();
        match read::fetch(&state, sequences) {
            // It may have come since, or gone on to where a writer moved it.
            Err(
                StoreError::UnknownSequence(_) | StoreError::Damaged { .. } | StoreError::Io { .. },
            ) if self.writing.is_none() => read::fetch(&self.current()?, sequences),
            outcome => outcome,
        }
    }

    fn scan(
        &self,
        from: Sequence,
        visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
    ) -> Result<(), StoreError> {
        read::scan(&self.current()?, from, visit)
    }

    /// The sequence that the next event gets. Where the folder was opened for reading: as of the last look into it, which opening
    /// and scanning are.
    fn next_sequence(&self) -> Sequence {
        Sequence(self.state.read().next)
    }

    fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
        read_bytes(&self.layout.document(name))
    }

    fn document_len(&self, name: DocumentName) -> Result<Option<u64>, StoreError> {
        size_of(&self.layout.document(name))
    }

    fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
        let _one = self.writing()?.documents.lock();
        documents::write(&self.layout, name, content)
    }

    fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError> {
        let _one = self.writing()?.maintenance.lock();
        crate::compact::drop_before(&self.layout, &self.state, time)
    }

    fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError> {
        Ok(self.rewrite(Some(actor_id))?.dropped)
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        Ok(self.rewrite(None)?.compacted)
    }

    fn usage(&self) -> Result<Usage, StoreError> {
        let state = self.current()?;
        let entries = &state.manifest.segments;
        let in_logs: u64 = state.logs.iter().map(|log| log.len() as u64).sum();
        let in_segments: u64 = entries.iter().map(|entry| entry.events).sum();
        let mut document_bytes = 0;
        for name in DocumentName::ALL {
            document_bytes += self.document_len(name)?.unwrap_or(0);
        }
        Ok(Usage {
            events: (in_logs + in_segments).saturating_sub(state.replaced.len() as u64),
            segments: entries.len() as u64,
            segment_bytes: entries.iter().map(|entry| entry.bytes).sum(),
            log_bytes: state.logs.iter().map(|log| log.end).sum(),
            document_bytes,
        })
    }
}

/// Keeps a store from being put among files of something else.
pub(crate) fn refuse_another_content(layout: &Layout) -> Result<(), StoreError> {
    if layout.manifest().exists() {
        return Ok(());
    }
    let ours = [layout.lock(), layout.logs(), layout.segments(), layout.documents()];
    for entry in fs::read_dir(layout.root()).at("list", layout.root())? {
        let path = entry.at("list", layout.root())?.path();
        if !ours.contains(&path) && path.extension().is_none_or(|found| found != TEMPORARY) {
            let hint = ", and not empty; name a folder of its own";
            return Err(StoreError::NotAStore { path: layout.root().to_owned(), hint });
        }
    }
    Ok(())
}

fn create_parts(layout: &Layout) -> Result<(), StoreError> {
    for folder in [layout.logs(), layout.segments(), layout.documents()] {
        create_folder(&folder)?;
    }
    sync_folder(layout.root())?;
    let path = layout.manifest();
    if path.exists() {
        return Ok(());
    }
    // The manifest is written before anything else, so that where there is something it was lost.
    let logs = list(&layout.logs(), LOG_EXTENSION)?;
    if logs.is_empty() && list(&layout.segments(), SEGMENT_EXTENSION)?.is_empty() {
        return Manifest::empty().write(&path);
    }
    Err(StoreError::Damaged { path, detail: "it is missing, and there are events".to_owned() })
}

/// Makes the last log file ready to be continued.
fn open_tail(
    layout: &Layout,
    limits: &Limits,
    state: &mut State,
) -> Result<Option<Tail<Arc<fs::File>>>, StoreError> {
    let Some(log) = state.logs.last() else { return Ok(None) };
    if log.len() == 0 {
        // Nothing in it counts, perhaps not even its header: it is created again when it is needed.
        remove(&log.path)?;
        sync_folder(&layout.logs())?;
        state.logs.pop();
        return Ok(None);
    }
    if log.next != state.next || log.is_closed() {
        return Ok(None);
    }
    let file = OpenOptions::new().read(true).write(true).open(&log.path).at("open", &log.path)?;
    let size = file.metadata().at("read", &log.path)?.len();
    let mut tail = Tail::new(Arc::new(file), log.path.clone(), log.end, limits.log_ahead);
    if size > log.end {
        tail.cut()?;
    }
    Ok(Some(tail))
}

/// Removes what a crash left: files that were being written, and files that a compaction had replaced.
fn remove_leftovers(layout: &Layout, state: &State) -> Result<(), StoreError> {
    for path in leftovers(layout, state)? {
        remove_leftover(layout, &path)?;
    }
    Ok(())
}

/// Files of the folder that count for nothing.
pub(crate) fn leftovers(layout: &Layout, state: &State) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for folder in [layout.root().to_owned(), layout.segments(), layout.documents()] {
        paths.extend(list(&folder, TEMPORARY)?);
    }
    let segments = list(&layout.segments(), SEGMENT_EXTENSION)?.into_iter();
    paths.extend(segments.filter(|path| state.segments.iter().all(|live| live.path != *path)));
    let logs = list(&layout.logs(), LOG_EXTENSION)?.into_iter();
    paths.extend(logs.filter(|path| state.logs.iter().all(|live| live.path != *path)));
    Ok(paths)
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
