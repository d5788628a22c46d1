//! The committed counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::{InstructionsError, Machine};

/// Instructions by the name of the stage.
pub type Counts = BTreeMap<String, u64>;

/// Counts of some machines: a JSON object with one member a machine, an object of counts by stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline(BTreeMap<String, Counts>);

impl Baseline {
    /// Reads a file; one that is not there is an empty baseline.
    ///
    /// # Errors
    /// Where the file cannot be read or is something else.
    pub fn read(path: &Path) -> Result<Self, InstructionsError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(InstructionsError::File { path: path.to_owned(), source }),
        };
        let counts = serde_json::from_slice(&bytes)
            .map_err(|source| InstructionsError::Baseline { path: path.to_owned(), source })?;
        Ok(Self(counts))
    }

    /// Writes the file as [`Baseline::read`] reads it, in an order that changes with nothing.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), InstructionsError> {
        let text = serde_json::to_string_pretty(&self.0)
            .map_err(|source| InstructionsError::Baseline { path: path.to_owned(), source })?;
        fs::write(path, text + "\n")
            .map_err(|source| InstructionsError::File { path: path.to_owned(), source })
    }

    /// The counts of a machine.
    #[must_use]
    pub fn of(&self, machine: &Machine) -> Option<&Counts> {
        self.0.get(&machine.to_string())
    }

    /// Puts these counts in place of what the machine had; those of others stay.
    pub fn set(&mut self, machine: &Machine, counts: Counts) {
        self.0.insert(machine.to_string(), counts);
    }

    /// The machines that have counts.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Done = Result<(), Box<dyn std::error::Error>>;

    fn counts(number: u64) -> Counts {
        Counts::from([("read".to_owned(), number)])
    }

    #[test]
    fn what_is_written_is_read() -> Done {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("instructions.json");
        let (one, other) = (Machine::new("AVX2"), Machine::new("portable"));
        let mut baseline = Baseline::read(&path)?;
        assert_eq!(baseline.machines().count(), 0);
        baseline.set(&one, counts(1));
        baseline.set(&other, counts(2));
        baseline.set(&one, counts(3));
        baseline.write(&path)?;
        let read = Baseline::read(&path)?;
        assert_eq!(read, baseline);
        assert_eq!((read.of(&one), read.of(&other)), (Some(&counts(3)), Some(&counts(2))));
        assert_eq!(read.of(&Machine::new("AVX-512")), None);
        Ok(())
    }

    #[test]
    fn a_file_of_something_else_is_an_error_that_names_it() -> Done {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("instructions.json");
        for text in ["", "[]", "{\"a\": 1}", "{\"a\": {\"read\": -1}}"] {
            fs::write(&path, text)?;
            let message = Baseline::read(&path).map_err(|error| error.to_string());
            assert!(message.is_err_and(|text| text.contains("instructions.json")), "{text}");
        }
        Ok(())
    }
}
