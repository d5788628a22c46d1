//! The file that keeps ids and edits between runs.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mcp_insights::{Registry, RegistryError};

use crate::failure::Failure;

/// A registry's file and what it held when it was opened or written last.
pub(crate) struct RegistryFile {
    path: PathBuf,
    /// None where there was no file.
    content: RefCell<Option<String>>,
}

impl RegistryFile {
    /// Reads the registry; one that is not there yet is empty.
    pub(crate) fn open(path: &Path) -> Result<(Self, Registry), Failure> {
        let content = read(path)?;
        let registry = match &content {
            None => Registry::default(),
            Some(content) => parse(path, content)?,
        };
        // A link stays a link: what it points at is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok((Self { path, content: RefCell::new(content) }, registry))
    }

    /// Writes the registry, where it is not what the file holds already. What another run has written meanwhile is not overwritten:
    /// that is [`Failure::RegistryChanged`].
    pub(crate) fn save(&self, registry: &Registry) -> Result<(), Failure> {
        let content = Some(text(registry));
        if *self.content.borrow() == content {
            return Ok(());
        }
        // Without its folder there would be nothing to wait at.
        let unwritten = |error| Failure::FileUnwritten { path: self.path.clone(), error };
        fs::create_dir_all(folder(&self.path)).map_err(unwritten)?;
        let _turn = turn(&self.path);
        if read(&self.path)? != *self.content.borrow() {
            return Err(Failure::RegistryChanged { path: self.path.clone() });
        }
        write_whole(&self.path, content.as_deref().unwrap_or_default().as_bytes())?;
        *self.content.borrow_mut() = content;
        Ok(())
    }
}

/// What a file holds; none where there is none.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::RegistryUnread { path: path.to_owned(), error }),
    }
}

/// Keeps other runs from writing to the folder of a file, where the system can do that for a folder.
fn turn(path: &Path) -> Option<fs::File> {
    let folder = fs::File::open(folder(path)).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The registry that the content of a file is.
pub(crate) fn parse(path: &Path, content: &str) -> Result<Registry, Failure> {
    let path = path.to_owned();
    Registry::from_json(content).map_err(|error| match error {
        RegistryError::Malformed(error) => Failure::NoRegistry { path, error },
        error => Failure::RegistryBroken { path, error },
    })
}

/// The registry as the file holds it.
fn text(registry: &Registry) -> String {
    let mut content = registry.to_json();
    if !content.ends_with('\n') {
        content.push('\n');
    }
    content
}

/// Writes a file so that it is there as a whole or not at all: a temporary file beside it takes its name. Folders that are not there are
/// made. A link stays a link, a
/// device or a pipe is written to, and a file that nobody may write stays as it is.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::FileUnwritten { path: path.to_owned(), error };
    let path = &match fs::metadata(path) {
        Ok(data) if !data.is_file() => return fs::write(path, bytes).map_err(failed),
        Ok(data) if data.permissions().readonly() => {
            return Err(failed(io::ErrorKind::PermissionDenied.into()));
        }
        Ok(_) => fs::canonicalize(path).map_err(failed)?,
        // A link to what is not there yet.
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            return fs::write(path, bytes).map_err(failed);
        }
        Err(_) => path.to_owned(),
    };
    fs::create_dir_all(folder(path)).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mcp-insights-");
    if let Some(permissions) = permissions(path) {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder(path)).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The permissions of the file that is replaced, else those that any new file gets.
fn permissions(path: &Path) -> Option<fs::Permissions> {
    if let Ok(data) = fs::metadata(path) {
        return Some(data.permissions());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The system takes off what the user's mask forbids.
        Some(fs::Permissions::from_mode(0o666))
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_and_a_place_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/there/yet.json");
        write_whole(&path, b"{}").unwrap();
        let within = path.join("all.json");
        let error = write_whole(&within, b"").unwrap_err();
        assert!(error.to_string().contains(&within.display().to_string()), "{error}");
    }

    #[test]
    fn a_registry_that_is_not_there_yet_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.json");
        let (file, registry) = RegistryFile::open(&path).unwrap();
        file.save(&registry).unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        let (file, registry) = RegistryFile::open(&path).unwrap();
        file.save(&registry).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    }

    #[test]
    fn what_another_run_has_written_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.json");
        let registry = |embedder: &str| {
            let mut registry = Registry::default();
            registry.claim(embedder).unwrap();
            registry
        };
        let (early, _) = RegistryFile::open(&path).unwrap();
        let (late, _) = RegistryFile::open(&path).unwrap();
        late.save(&registry("late")).unwrap();
        late.save(&registry("later")).unwrap();
        let refused = early.save(&registry("early"));
        assert!(matches!(refused, Err(Failure::RegistryChanged { .. })));
        let (_, kept) = RegistryFile::open(&path).unwrap();
        assert_eq!(kept.embedder(), Some("later"));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_files_that_nobody_may_write_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink(at("new"), at("link")).unwrap();
        for content in [b"one", b"two"] {
            write_whole(&at("link"), content).unwrap();
            assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
            assert_eq!(fs::read(at("new")).unwrap(), content);
        }
        fs::set_permissions(at("new"), fs::Permissions::from_mode(0o444)).unwrap();
        assert!(write_whole(&at("new"), b"three").is_err());
        assert_eq!(fs::read(at("new")).unwrap(), b"two");
    }

    #[test]
    fn a_broken_registry_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.json");
        fs::write(&path, "not a registry").unwrap();
        assert!(matches!(RegistryFile::open(&path), Err(Failure::NoRegistry { .. })));
    }
}
