//! Small documents of a folder, changed while another process writes the events.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::files::{
    At, Readers, create_folder, read_bytes, remove, replace_for, sync_folder, temporary,
};
use crate::folder::refuse_another_content;
use crate::layout::Layout;
use crate::{DocumentName, StoreError};

/// The documents of a folder, without its events.
///
/// It needs no writer's lock, so that a command can change keys and settings beside a running server. Each change reads the
/// document and replaces it under a lock of that document's own, so that two such commands lose nothing of each other's.
#[derive(Clone, Debug)]
pub struct Documents(Layout);

/// Why a document was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// The folder cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever was to change it could not.
    #[error("{0}")]
    Refused(E),
}

impl Documents {
    /// The documents of a folder; it is created where there is none.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] where the folder holds something else, [`StoreError::Io`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(path);
        create_folder(path)?;
        refuse_another_content(&layout)?;
        if !layout.documents().is_dir() {
            create_folder(&layout.documents())?;
            sync_folder(path)?;
        }
        Ok(Self(layout))
    }

    /// The documents of a folder that is there, to be read. Nothing is created.
    ///
    /// # Errors
    /// [`StoreError::Io`] where there is no such folder, [`StoreError::NotAStore`] where it holds something else.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        std::fs::metadata(path).at("open", path)?;
        let layout = Layout::new(path);
        refuse_another_content(&layout)?;
        Ok(Self(layout))
    }

    /// A document; none where it was never written.
    ///
    /// # Errors
    /// [`StoreError::Io`] where it cannot be read.
    pub fn read(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
        read_bytes(&self.0.document(name))
    }

    /// Where the file of a document is, or would be.
    #[must_use]
    pub fn path(&self, name: DocumentName) -> PathBuf {
        self.0.document(name)
    }

    /// Replaces a document by what `change` makes of it, and gives what `change` gives beside. Nobody else changes it meanwhile
    /// who does so in this way. Durable when it returns.
    ///
    /// # Errors
    /// [`ChangeError::Refused`] with the error of `change`, and then nothing is written; [`ChangeError::Store`].
    pub fn change<T, E>(
        &self,
        name: DocumentName,
        change: impl FnOnce(Option<&[u8]>) -> Result<(Vec<u8>, T), E>,
    ) -> Result<T, ChangeError<E>> {
        let _lock = lock(&self.0, name)?;
        let path = self.0.document(name);
        let (content, outcome) =
            change(read_bytes(&path)?.as_deref()).map_err(ChangeError::Refused)?;
        write(&self.0, name, &content)?;
        Ok(outcome)
    }
}

/// Replaces a document. Who is not the owner of the folder has no business with the hashes of keys.
pub(crate) fn write(layout: &Layout, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
    let readers = if name == DocumentName::Keys { Readers::Owner } else { Readers::AsUsual };
    replace_for(readers, &layout.document(name), content)
}

/// The right to change a document, until it is dropped; the system takes it back when the process ends, however it ends.
fn lock(layout: &Layout, name: DocumentName) -> Result<File, StoreError> {
    let path = layout.documents().join(format!("{}.lock", name.file_name()));
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(&path).at("open", &path)?;
    file.lock().at("lock", &path)?;
    Ok(file)
}

/// Removes a file that counts for nothing. Where it is a document that someone is just writing, it is waited for him.
pub(crate) fn remove_leftover(layout: &Layout, path: &Path) -> Result<(), StoreError> {
    let mut names = DocumentName::ALL.into_iter();
    let name = names.find(|name| temporary(&layout.document(*name)) == path);
    let _lock = name.map(|name| lock(layout, name)).transpose()?;
    remove(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::convert::Infallible;
    use std::thread;

    use super::*;
    use crate::{Folder, Storage};

    fn append_line(documents: &Documents, line: &str) {
        let added = documents.change(DocumentName::Keys, |old| {
            let mut content = old.unwrap_or_default().to_vec();
            content.extend_from_slice(line.as_bytes());
            Ok::<_, Infallible>((content, ()))
        });
        added.unwrap();
    }

    #[test]
    fn two_who_change_a_document_lose_nothing_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let documents = Documents::open(folder.path()).unwrap();
                    for _ in 0..10 {
                        append_line(&documents, "x");
                    }
                });
            }
        });
        let documents = Documents::open_read_only(folder.path()).unwrap();
        assert_eq!(documents.read(DocumentName::Keys).unwrap().unwrap(), b"x".repeat(40));
    }

    #[test]
    fn a_running_writer_sees_the_change() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path()).unwrap();
        append_line(&documents, "before");
        let writer = Folder::open(folder.path()).unwrap();
        assert_eq!(writer.read_document(DocumentName::Keys).unwrap().unwrap(), b"before");
        append_line(&documents, ", after");
        assert_eq!(writer.read_document(DocumentName::Keys).unwrap().unwrap(), b"before, after");
    }

    #[test]
    fn who_opens_the_folder_takes_no_document_from_whoever_is_writing_it() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path()).unwrap();
        append_line(&documents, "old");
        let layout = Layout::new(folder.path());
        let half_written = temporary(&layout.document(DocumentName::Keys));
        std::fs::write(&half_written, "new").unwrap();
        let writing = lock(&layout, DocumentName::Keys).unwrap();
        let opening = thread::scope(|scope| {
            let opening = scope.spawn(|| Folder::open(folder.path()).map(drop));
            thread::sleep(std::time::Duration::from_millis(200));
            assert!(half_written.exists() && !opening.is_finished());
            drop(writing);
            opening.join().unwrap()
        });
        opening.unwrap();
        assert!(!half_written.exists(), "nobody was writing it any more");
    }

    #[test]
    fn a_refused_change_leaves_the_document_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path()).unwrap();
        append_line(&documents, "old");
        let refused =
            documents.change(DocumentName::Keys, |_| Err::<(Vec<u8>, ()), _>("not like this"));
        assert_eq!(refused.unwrap_err().to_string(), "not like this");
        assert_eq!(documents.read(DocumentName::Keys).unwrap().unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_keys() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = Layout::new(folder.path()).document(DocumentName::Keys);
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let documents = Documents::open(folder.path()).unwrap();
        append_line(&documents, "made");
        assert_eq!(mode(), 0o600);
        // As an earlier version or a crash left it.
        let open_to_all = std::fs::Permissions::from_mode(0o644);
        std::fs::write(temporary(&path), "half").unwrap();
        for path in [&path, &temporary(&path)] {
            std::fs::set_permissions(path, open_to_all.clone()).unwrap();
        }
        append_line(&documents, ", changed");
        assert_eq!(mode(), 0o600);
        let writer = Folder::open(folder.path()).unwrap();
        writer.write_document(DocumentName::Keys, b"replaced").unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("letter.txt"), "dear").unwrap();
        let refused = Documents::open(folder.path());
        assert!(matches!(refused, Err(StoreError::NotAStore { .. })), "{refused:?}");
        let missing = Documents::open_read_only(&folder.path().join("nothing"));
        assert!(matches!(missing, Err(StoreError::Io { .. })), "{missing:?}");
    }
}
