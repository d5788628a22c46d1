//! How the command ends.

use std::process::ExitCode;

/// The command's exit status, for scripts that ask `$?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// `validate` or `--strict` met a record that had to be refused.
    Rejected = 1,
    /// Wrong usage, or input that cannot be read. What could be read is answered nevertheless.
    Unusable = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
