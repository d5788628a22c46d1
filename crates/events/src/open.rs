//! From inputs to sources that can be read at any place, more than once.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::source::{Source, identity};
use crate::{Input, ReadError, Unreadable, expand};

/// What tells that two paths name one file.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Number(u64, u64),
    Path(PathBuf),
}

/// Sources in the order of the inputs, and what could not be read.
pub(crate) struct Opened {
    pub(crate) sources: Vec<Source>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// Opens all inputs; a file that is given twice is opened once.
pub(crate) fn open(inputs: Vec<Input>, spooled: &dyn Fn(u64)) -> Result<Opened, ReadError> {
    let mut opening = Opening {
        opened: Opened { sources: Vec::new(), unreadable: Vec::new() },
        seen: HashSet::new(),
        stdin_is_read: false,
        spooled,
    };
    for input in inputs {
        opening.input(input)?;
    }
    Ok(opening.opened)
}

struct Opening<'o> {
    opened: Opened,
    seen: HashSet<Identity>,
    stdin_is_read: bool,
    spooled: &'o dyn Fn(u64),
}

impl Opening<'_> {
    fn input(&mut self, input: Input) -> Result<(), ReadError> {
        let source = match input {
            Input::Path(path) if path.is_dir() => {
                for input in expand::folder(&path)? {
                    self.input(input)?;
                }
                return Ok(());
            }
            Input::Path(path) => match self.named(&path)? {
                Some(source) => source,
                None => return Ok(()),
            },
            Input::Found(path) => match self.found(&path) {
                Ok(Some(source)) => source,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let source = path.display().to_string();
                    let message = format!("cannot read it: {error}; it was left out");
                    self.opened.unreadable.push(Unreadable { source, message });
                    return Ok(());
                }
            },
            Input::Stdin if self.stdin_is_read => return Ok(()),
            Input::Stdin => {
                self.stdin_is_read = true;
                Source::of_stream("-".to_owned(), io::stdin().lock(), self.spooled)?
            }
            Input::Stream { name, reader } => Source::of_stream(name, reader, self.spooled)?,
            Input::Bytes { name, bytes } => Source::of_bytes(name, bytes),
        };
        self.opened.sources.push(source);
        Ok(())
    }

    fn named(&mut self, path: &Path) -> Result<Option<Source>, ReadError> {
        let name = path.display().to_string();
        let unreadable = |error| ReadError::Unreadable { name: name.clone(), error };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !self.is_new(path, &metadata) {
            return Ok(None);
        }
        if metadata.is_file() {
            return Source::of_file(path, false, file, &metadata).map(Some).map_err(unreadable);
        }
        // A pipe or a device: it can be read once only.
        Source::of_stream(name, file, self.spooled).map(Some)
    }

    fn found(&mut self, path: &Path) -> io::Result<Option<Source>> {
        // A pipe in a folder would be waited for, perhaps for ever.
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() && !metadata.is_dir() {
            return Err(io::Error::other("it is no regular file; name it to have it read"));
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            fs::read_dir(path)?;
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !self.is_new(path, &metadata) {
            return Ok(None);
        }
        Source::of_file(path, true, file, &metadata).map(Some)
    }

    fn is_new(&mut self, path: &Path, metadata: &fs::Metadata) -> bool {
        let by_path = || Identity::Path(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        let identity = identity(metadata)
            .map_or_else(by_path, |(device, number)| Identity::Number(device, number));
        self.seen.insert(identity)
    }
}
