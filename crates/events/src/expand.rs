//! From what a user names to single files.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Input, ReadError};

/// Resolves paths as a user types them: files, folders (recursively, sorted by path, hidden files
/// skipped), patterns that the shell did not expand, and `-` for standard input.
///
/// A path that exists is never read as a pattern. Links to folders are followed once.
///
/// ```
/// # fn main() -> Result<(), mcp_insights_events::ReadError> {
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/captures");
/// assert_eq!(mcp_insights_events::expand(&[folder.into()])?.len(), 7);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ReadError::Unreadable`] where a named path does not exist or a named folder cannot be listed,
/// [`ReadError::Pattern`] where a pattern is malformed or fits nothing.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<Input>, ReadError> {
    let mut inputs = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            inputs.push(Input::Stdin);
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => inputs.extend(folder(path)?),
            Ok(_) => inputs.push(Input::Path(path.clone())),
            Err(error) => {
                let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']));
                let Some(pattern) = pattern else { return Err(unreadable(path, error)) };
                inputs.extend(matching(pattern)?);
            }
        }
    }
    Ok(inputs)
}

fn unreadable(path: &Path, error: io::Error) -> ReadError {
    ReadError::Unreadable { name: path.display().to_string(), error }
}

/// The files of a named folder, in the order of their paths.
pub(crate) fn folder(path: &Path) -> Result<Vec<Input>, ReadError> {
    let mut found = Vec::new();
    let mut visited = HashSet::new();
    // A named folder must be readable; those within it are reported.
    fs::read_dir(path).map_err(|error| unreadable(path, error))?;
    collect(path, &mut found, &mut visited);
    found.sort();
    Ok(found.into_iter().map(Input::Found).collect())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>, visited: &mut HashSet<PathBuf>) {
    let identity = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if !visited.insert(identity) {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else {
        // Whoever tries to read it says why it cannot be read.
        found.push(folder.to_owned());
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_hidden(&entry.file_name()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, found, visited);
        } else {
            found.push(path);
        }
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn matching(pattern: &str) -> Result<Vec<Input>, ReadError> {
    let wrong = |message: String| ReadError::Pattern { pattern: pattern.to_owned(), message };
    // As shells do it: a star stands for no hidden file and for no separator.
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let paths = glob::glob_with(pattern, options).map_err(|error| wrong(error.to_string()))?;
    let mut inputs = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_dir() => inputs.extend(folder(&path)?),
            Ok(path) => inputs.push(Input::Found(path)),
            Err(error) => inputs.push(Input::Found(error.path().to_owned())),
        }
    }
    if inputs.is_empty() {
        return Err(wrong("nothing has such a name".to_owned()));
    }
    Ok(inputs)
}
