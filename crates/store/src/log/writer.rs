//! Appends groups of records to the newest log file.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::StoreError;
use crate::files::{At, sync_folder};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::log::format::{self, HEADER};

/// What a log is written to; a file, but in tests of failures.
pub(crate) trait Medium: Send + Sync {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    fn sync(&self) -> io::Result<()>;
    fn truncate(&self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    #[cfg(unix)]
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    #[cfg(windows)]
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        use std::os::windows::fs::FileExt;
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match self.seek_write(rest, offset + done as u64)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => done += written,
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// So many zeros are written at a time.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// The end of a log file.
///
/// After a failure nothing of what failed may ever be read: the file is cut back to its last durable group, at once or, where even
/// that fails, before anything else is written.
///
/// Zeros are written ahead, so that most groups do not make the file longer: then a sync has less to do. They are cut off
/// when the file is closed.
#[derive(Debug)]
pub(crate) struct Tail<M: Medium> {
    medium: M,
    path: PathBuf,
    end: u64,
    /// How far the file reaches; zeros stand between the end and there.
    reach: u64,
    /// So many zeros are written ahead; none where there was no room for them.
    ahead: usize,
    /// Whether something else than zeros may stand after the end.
    dirty: bool,
}

impl<M: Medium> Tail<M> {
    /// The end of a file that is durable up to `end` and reaches no further.
    pub(crate) fn new(medium: M, path: PathBuf, end: u64, ahead: usize) -> Self {
        Self { medium, path, end, reach: end, ahead, dirty: false }
    }

    /// Bytes of the file.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes bytes durable at the end; gives the offset at which they stand.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<u64, StoreError> {
        if self.dirty {
            self.cut()?;
        }
        self.dirty = true;
        let written = self.write(bytes).and_then(|()| self.medium.sync());
        if let Err(error) = written {
            // What the caller has to know is why it failed; a cut that fails, too, is tried again later.
            let _ = self.cut();
            return Err(error).at("write", &self.path);
        }
        self.dirty = false;
        let start = self.end;
        self.end += bytes.len() as u64;
        Ok(start)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.medium.write_all_at(bytes, self.end)?;
        let end = self.end + bytes.len() as u64;
        if end <= self.reach {
            return Ok(());
        }
        self.reach = end;
        // What is large takes its time by itself.
        if self.ahead == 0 || bytes.len() > self.ahead / 4 {
            return Ok(());
        }
        if self.write_zeros(end).is_ok() {
            self.reach += self.ahead as u64;
            return Ok(());
        }
        // The disk is nearly full: what is left of it is not for zeros.
        self.ahead = 0;
        self.medium.truncate(end)
    }

    fn write_zeros(&self, start: u64) -> io::Result<()> {
        for done in (0..self.ahead).step_by(ZEROS.len()) {
            let zeros = ZEROS.get(..self.ahead - done).unwrap_or(&ZEROS);
            self.medium.write_all_at(zeros, start + done as u64)?;
        }
        Ok(())
    }

    /// Ends a file with its index, where that can be written.
    pub(crate) fn finish(mut self, index: &[u8]) {
        if self.dirty && self.cut().is_err() {
            return;
        }
        let written = self.medium.write_all_at(index, self.end);
        self.dirty = written.is_err();
        if written.is_ok() {
            self.end += index.len() as u64;
        }
    }

    /// Removes whatever stands after the last durable group.
    pub(crate) fn cut(&mut self) -> Result<(), StoreError> {
        let cut = self.medium.truncate(self.end).and_then(|()| self.medium.sync());
        cut.at("cut back", &self.path)?;
        self.dirty = false;
        self.reach = self.end;
        Ok(())
    }
}

impl<M: Medium> Drop for Tail<M> {
    fn drop(&mut self) {
        // Readers skip what stands there, and who opens the file to write cuts it off: this is for tidiness.
        if self.dirty || self.reach > self.end {
            let _ = self.medium.truncate(self.end);
        }
    }
}

/// Creates the log file that begins with a sequence, durably.
pub(crate) fn create(
    layout: &Layout,
    limits: &Limits,
    first: u64,
) -> Result<(Tail<Arc<File>>, Arc<File>), StoreError> {
    let path = layout.log(first);
    // A file of that name can only be one that was torn while it was created: no record has this sequence yet.
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
    let file = Arc::new(file.at("create", &path)?);
    let written = file.write_all_at(&format::header(first), 0).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = std::fs::remove_file(&path);
        return Err(error).at("write", &path);
    }
    sync_folder(&layout.logs())?;
    Ok((Tail::new(Arc::clone(&file), path, HEADER as u64, limits.log_ahead), file))
}

impl<M: Medium> Medium for Arc<M> {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        M::write_all_at(self, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        M::sync(self)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        M::truncate(self, length)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A disk of a few bytes, of which the next calls of an operation can be made to fail.
    #[derive(Debug, Default)]
    struct Disk(Mutex<Content>);

    #[derive(Debug, Default)]
    struct Content {
        bytes: Vec<u8>,
        room: usize,
        failing_syncs: u32,
        failing_truncates: u32,
    }

    impl Disk {
        fn content(&self) -> std::sync::MutexGuard<'_, Content> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }

    fn failing(left: &mut u32) -> io::Result<()> {
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        Err(io::ErrorKind::Other.into())
    }

    impl Medium for Disk {
        fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
            let mut content = self.content();
            let end = offset as usize + bytes.len();
            let fits = content.room.min(end);
            let length = fits.max(content.bytes.len());
            content.bytes.resize(length, 0);
            let written = fits - offset as usize;
            content.bytes[offset as usize..fits].copy_from_slice(&bytes[..written]);
            if fits < end { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn sync(&self) -> io::Result<()> {
            failing(&mut self.content().failing_syncs)
        }

        fn truncate(&self, length: u64) -> io::Result<()> {
            let mut content = self.content();
            failing(&mut content.failing_truncates)?;
            content.bytes.truncate(length as usize);
            Ok(())
        }
    }

    fn tail(disk: &Arc<Disk>) -> Tail<Arc<Disk>> {
        Tail::new(Arc::clone(disk), PathBuf::from("log"), 0, 0)
    }

    #[test]
    fn a_full_disk_leaves_nothing_behind_and_takes_more_when_there_is_room() {
        let disk = Arc::new(Disk::default());
        disk.content().room = 6;
        let mut tail = tail(&disk);
        assert!(matches!(tail.append(b"1234"), Ok(0)));
        assert!(matches!(tail.append(b"5678"), Err(StoreError::Io { .. })));
        assert_eq!(disk.content().bytes, b"1234");
        disk.content().room = 100;
        assert!(matches!(tail.append(b"abcd"), Ok(4)));
        assert_eq!(disk.content().bytes, b"1234abcd");
    }

    #[test]
    fn what_could_not_be_synced_is_cut_off() {
        let disk = Arc::new(Disk::default());
        disk.content().room = 100;
        disk.content().failing_syncs = 1;
        let mut tail = tail(&disk);
        assert!(tail.append(b"1234").is_err());
        assert_eq!(disk.content().bytes, b"");
    }

    #[test]
    fn nothing_is_written_behind_what_could_not_be_cut_off() {
        let disk = Arc::new(Disk::default());
        disk.content().room = 100;
        disk.content().failing_syncs = 1;
        disk.content().failing_truncates = 2;
        let mut tail = tail(&disk);
        assert!(tail.append(b"12345678").is_err(), "the write fails, and the cut after it");
        assert!(tail.append(b"ab").is_err(), "the cut fails again, and nothing is written");
        assert_eq!(disk.content().bytes, b"12345678");
        assert!(matches!(tail.append(b"ab"), Ok(0)));
        assert_eq!(disk.content().bytes, b"ab");
    }

    #[test]
    fn where_only_some_zeros_fit_there_are_none() {
        let disk = Arc::new(Disk::default());
        disk.content().room = ZEROS.len() * 2;
        let mut tail = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 0, ZEROS.len() * 5 / 2);
        assert!(matches!(tail.append(b"1234"), Ok(0)));
        assert_eq!(disk.content().bytes, b"1234");
        disk.content().room = ZEROS.len() * 4;
        let mut tail = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 4, ZEROS.len() * 5 / 2);
        assert!(matches!(tail.append(b"5678"), Ok(4)));
        assert_eq!(disk.content().bytes.len(), 8 + ZEROS.len() * 5 / 2);
    }

    #[test]
    fn zeros_are_written_ahead_while_there_is_room_and_cut_off_at_the_end() {
        let disk = Arc::new(Disk::default());
        disk.content().room = 32;
        let mut tail = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 0, 16);
        assert!(matches!(tail.append(b"1234"), Ok(0)));
        assert_eq!(disk.content().bytes, b"1234\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        for at in 1..8 {
            assert!(matches!(tail.append(b"abcd"), Ok(start) if start == at * 4), "{at}");
        }
        assert_eq!(disk.content().bytes.len(), 32, "the last room is for what is to be kept");
        assert!(tail.append(b"efgh").is_err());
        drop(tail);
        let mut tail = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 0, 16);
        assert!(matches!(tail.append(b"1234"), Ok(0)));
        drop(tail);
        assert_eq!(disk.content().bytes, b"1234");
    }

    #[test]
    fn an_end_that_cannot_be_written_is_left_out() {
        let disk = Arc::new(Disk::default());
        disk.content().room = 100;
        let mut file = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 0, 16);
        assert!(matches!(file.append(b"1234"), Ok(0)));
        file.finish(b"index");
        assert_eq!(disk.content().bytes, b"1234index");
        let mut file = Tail::new(Arc::clone(&disk), PathBuf::from("log"), 4, 0);
        disk.content().room = 11;
        assert!(matches!(file.append(b"5678"), Ok(4)));
        file.finish(b"index");
        assert_eq!(disk.content().bytes, b"12345678");
        let mut file = tail(&disk);
        disk.content().failing_syncs = 1;
        disk.content().failing_truncates = 1;
        assert!(file.append(b"abcd").is_err());
        file.finish(b"index");
        assert_eq!(disk.content().bytes, b"index", "what failed is cut off first");
    }
}
