//! What every part does with files: positioned reads, atomic replacement, errors that name the file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use crate::StoreError;

/// Ending of files that are being written and mean nothing yet.
pub(crate) const TEMPORARY: &str = "tmp";

/// Turns an error of the system into one that says what was tried, and with which file.
pub(crate) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::Io { action, path: path.to_owned(), error })
    }
}

/// Reads exactly these bytes, whatever other threads read of the same file.
#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Reads exactly these bytes, whatever other threads read of the same file.
#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.seek_read(rest, offset + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

/// So many bytes of a file from an offset on.
pub(crate) fn read_range(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    read_exact_at(file, &mut buffer, offset)?;
    Ok(buffer)
}

/// So many bytes from the beginning of a file that was just opened, or all where it is shorter.
pub(crate) fn read_at_most(file: &File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Which file a name stands for, and as of when: another one where it was replaced or written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    size: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    node: u64,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node: std::os::unix::fs::MetadataExt::ino(metadata),
        }
    }
}

/// So many bytes of a file one thread reads at a time.
const STRETCH: usize = 16 << 20;

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    // Windows keeps names durable by itself and cannot open a folder as a file.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).at("sync", folder)?;
    }
    Ok(())
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the process lets read what it creates.
    AsUsual,
    /// Its owner and nobody else, where the system is a Unix.
    Owner,
}

/// Replaces a file as a whole: at any moment, also after a crash, its name stands for the old or the new content.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    replace_for(Readers::AsUsual, path, content)
}

/// [`replace`], and says who may read it.
pub(crate) fn replace_for(readers: Readers, path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let temporary = temporary(path);
    let written = create(readers, &temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written {
        // The room may be needed, and the name is taken again by the next attempt.
        let _ = fs::remove_file(&temporary);
        return Err(error).at("write", path);
    }
    publish(&temporary, path)
}

/// Creates a file, or empties the one that a crash left.
fn create(readers: Readers, path: &Path) -> io::Result<File> {
    if readers == Readers::AsUsual {
        return File::create(path);
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // The mode above is that of a new file only.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Gives a file that was written and synced under its temporary name the name that counts.
pub(crate) fn publish(temporary: &Path, path: &Path) -> Result<(), StoreError> {
    step(path);
    fs::rename(temporary, path).at("rename", temporary)?;
    step(path);
    path.parent().map_or(Ok(()), sync_folder)
}

/// The name of a file while it is being written.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(TEMPORARY);
    name.into()
}

/// Creates a folder where there is none.
pub(crate) fn create_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).at("create", path)
}

/// Removes a file; one that is gone already is no error.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    step(path);
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}

/// The files of a folder that end so, by name; none where the folder is not there.
pub(crate) fn list(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.at("list", folder)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.at("list", folder)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The content of a file; none where there is none.
///
/// A long one is read by all threads: most of the time goes into memory that is touched for the first time.
pub(crate) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match read_whole(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        content => content.at("read", path).map(Some),
    }
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if length <= STRETCH {
        let mut content = Vec::with_capacity(length);
        file.read_to_end(&mut content)?;
        return Ok(content);
    }
    // Documents are replaced, never written to: its length stays.
    let mut content = vec![0; length];
    (0_u64..)
        .step_by(STRETCH)
        .zip(content.chunks_mut(STRETCH))
        .par_bridge()
        .try_for_each(|(offset, stretch)| read_exact_at(&file, stretch, offset))?;
    Ok(content)
}

/// Bytes of a file; none where there is no such file.
pub(crate) fn size_of(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        metadata => Ok(Some(metadata.at("read", path)?.len())),
    }
}

/// A moment at which a crash would leave something new behind. Tests look at the folder then.
#[cfg(not(test))]
fn step(_: &Path) {}

#[cfg(test)]
pub(crate) use steps::step;

#[cfg(test)]
pub(crate) mod steps {
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, PoisonError};
    use std::{fs, io};

    /// Folders that are watched: what to copy, and where to put the copies.
    static WATCHED: Mutex<Vec<(PathBuf, PathBuf)>> = Mutex::new(Vec::new());

    /// Copies a folder at every step that is made in it while something is done. Gives the copies.
    pub(crate) fn copies<T>(
        folder: &Path,
        target: &Path,
        act: impl FnOnce() -> T,
    ) -> std::io::Result<(T, Vec<PathBuf>)> {
        let watched = || WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        watched().push((folder.to_owned(), target.to_owned()));
        let outcome = act();
        watched().retain(|(watched, _)| watched != folder);
        let mut copies = Vec::new();
        for copy in fs::read_dir(target)? {
            copies.push(copy?.path());
        }
        copies.sort();
        Ok((outcome, copies))
    }

    pub(crate) fn step(path: &Path) {
        let watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        for (folder, target) in watched.iter().filter(|(folder, _)| path.starts_with(folder)) {
            let number = fs::read_dir(target).map_or(0, Iterator::count);
            let copied = copy(folder, &target.join(format!("{number:05}")));
            assert!(copied.is_ok(), "{copied:?}");
        }
    }

    /// Copies a folder with all that is in it.
    pub(crate) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                copy(&entry.path(), &target)?;
            } else {
                match fs::copy(entry.path(), target) {
                    // Segments are written by several threads, and have other names when they are done. No manifest knows them yet.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    copied => drop(copied?),
                }
            }
        }
        Ok(())
    }
}
